"""What servers, clients and containers do with many volumes and much data: exports, boot, options, containers."""

from __future__ import annotations

import argparse
from pathlib import Path

from lab.paths import CACHE, say

from . import guests, report_data, server_parts, volume_parts
from .results import Results, now
from .volumes import CLIENT, SERVER

PACKAGES = {CLIENT: ["fio"]}
PARTS = {
    "exports": server_parts.run_exports,
    "boot": server_parts.run_boot,
    "options": volume_parts.run_options,
    "containers": volume_parts.run_containers,
}


def main() -> None:
    """Run what the command line asks for; print the tables, and where the results are."""
    arguments = _parse()
    guests.guard(lambda: _run(arguments))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.data_path", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS])
    parser.add_argument("--repeats", type=int, default=3, help="of everything but the containers")
    parser.add_argument("--container-repeats", type=int, default=8, help="of each engine and the bare mount")
    parser.add_argument("--engines", nargs="+", choices=volume_parts.ENGINES, default=[*volume_parts.ENGINES])
    parser.add_argument("--exports", type=int, default=10000, help="exports to load")
    parser.add_argument("--volumes", type=int, default=200, help="volumes to mount at boot")
    parser.add_argument("--size", default="32m", help="of each of the four files of fio")
    parser.add_argument("--runtime", type=int, default=6, help="seconds of each job of fio")
    parser.add_argument("--files", type=int, default=500, help="small files of the metadata load")
    parser.add_argument("--results", type=Path, help="file of results; those of parts that run are added to it")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> None:
    path = arguments.results or CACHE / "benchmarks" / f"data-path-{now().replace(':', '')}.json"
    settings = {key: value for key, value in vars(arguments).items() if key not in ("results", "parts")}
    results = Results(path, "data_path", settings)
    work = path.parent / f"{path.stem}-work"
    work.mkdir(parents=True, exist_ok=True)
    guests.warn_of_others()
    state = guests.prepare([SERVER, CLIENT], PACKAGES)
    for part in arguments.parts:
        PARTS[part](results, state, work)
    print(report_data.render(results.data))
    say(f"results: {path}")


if __name__ == "__main__":
    main()
