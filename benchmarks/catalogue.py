"""Measures catalogues of 100 to 10,000 volumes: python -m benchmarks.catalogue DIRECTORY writes JSON and SVG there.

Every measurement is of a process of its own, as its parent is told when it ends: wall time, time of the processor,
largest resident set. The commands are Ansible's own, on inventories that benchmarks/catalogue_generate.py writes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from lab.paths import PROJECT

from . import controller, lines, measure
from .catalogue_generate import first_app_host

SIZES = (100, 300, 1000, 3000, 10000)
PLAY = "- {hosts: all, gather_facts: false}\n"
# What is measured, by the name that it has in the results.
ALONE, LOAD, SHOW = "hosts alone", "with the catalogue", "show one host"
PANELS = {"cpu_s": "processor time, s", "rss_mib": "largest resident set, MiB"}

Run = dict[str, float]


def main() -> None:
    """Measure every size and write what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("directory", type=Path, help="where catalogue.json and catalogue.svg are written")
    parser.add_argument("--collection", type=Path, default=PROJECT, help="the checkout to measure (default: this one)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of volumes, multiples of 100")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each command (default: 3)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as scratch:
        bench = _Bench(Path(scratch), arguments.collection.resolve(), arguments.repeats)
        sizes = [bench.measure(volumes) for volumes in arguments.sizes]
    libyaml = f"{yaml.__version__}, {'with' if yaml.__with_libyaml__ else 'without'} libyaml"
    machine = {**controller.describe(), "pyyaml": libyaml}
    results = {"date": datetime.date.today().isoformat(), "machine": machine, "sizes": sizes}
    results["fits"] = {name: {key: _fit(sizes, name, key) for key in PANELS} for name in (ALONE, LOAD, SHOW)}
    arguments.directory.mkdir(parents=True, exist_ok=True)
    (arguments.directory / "catalogue.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    _plot(results, arguments.directory / "catalogue.svg")


class _Bench:
    """Runs commands on generated inventories below one directory."""

    def __init__(self, scratch: Path, collection: Path, repeats: int) -> None:
        self._scratch = scratch
        self._repeats = repeats
        link = scratch / "ansible_collections" / "holdfast" / "volumes"
        link.parent.mkdir(parents=True)
        link.symlink_to(collection)
        (scratch / "play.yml").write_text(PLAY, encoding="utf-8")
        self._environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(scratch),
            "PYTHONPATH": str(PROJECT),
        }

    def measure(self, volumes: int) -> dict[str, Any]:
        """What a fleet of so many volumes costs; prints a line."""
        directory = self._scratch / str(volumes)
        size = self._call_python("catalogue_generate", directory, volumes)
        inventory, host = directory / "inventory", first_app_host()
        load = ["ansible-playbook", "--list-hosts", "--limit", host, str(self._scratch / "play.yml"), "-i"]
        commands = {
            ALONE: [*load, str(inventory / "hosts.yml")],
            LOAD: [*load, str(inventory)],
            SHOW: ["ansible-inventory", "-i", str(inventory), "--host", host, "--output", os.devnull],
        }
        runs = {name: [self._run(command) for dummy in range(self._repeats)] for name, command in commands.items()}
        stages = [self._call_python("catalogue_stages", inventory) for dummy in range(self._repeats)]
        for name, found in runs.items():
            print(
                f"{volumes:6} volumes, {name:20}", *(f"{key} {_middle(found, key):g}" for key in found[0]), flush=True
            )
        return {
            **size,
            "bytes": sum(path.stat().st_size for path in directory.rglob("*.yml")),
            "runs": runs,
            "stages": {stage: [round(one[stage], 3) for one in stages] for stage in stages[0]},
        }

    def _run(self, command: list[str]) -> Run:
        used = measure.run(command, self._scratch / "log", self._environment)
        # A process counts from its fork on, so what this one has taken at most would be the least that can be told.
        if used.memory_kib <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
            raise RuntimeError("this process is larger than what it measures")
        return {
            "wall_s": round(used.seconds, 3),
            "cpu_s": round(used.cpu_seconds, 3),
            "rss_mib": round(used.memory_kib / 1024, 1),
        }

    def _call_python(self, module: str, *words: Any) -> dict[str, Any]:
        command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]
        done = subprocess.run(command, env=self._environment, stdout=subprocess.PIPE, check=True, text=True)
        return dict(json.loads(done.stdout))


def _middle(runs: list[Run], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def _fit(sizes: list[dict[str, Any]], name: str, key: str) -> dict[str, float]:
    return lines.fit([size["volumes"] for size in sizes], [_middle(size["runs"][name], key) for size in sizes])


def _plot(results: dict[str, Any], path: Path) -> None:
    from .plot_lines import Series, draw  # noqa: PLC0415 # not before: this process has to stay small

    panels = {
        label: [
            Series(
                name,
                {size["volumes"]: [run[key] for run in size["runs"][name]] for size in results["sizes"]},
                results["fits"][name][key],
            )
            for name in results["fits"]
        ]
        for key, label in PANELS.items()
    }
    draw(panels, "volumes (bindings: ten times as many)", path)


if __name__ == "__main__":
    main()
