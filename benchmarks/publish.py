"""Put results into the documentation: the figures as JSON, the tables between two marks of a page."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from lab.paths import PROJECT

from . import report, report_data
from .results import read

DOCS = PROJECT / "docs"
KEPT = DOCS / "benchmarks"


def main() -> None:
    """Publish one file of results."""
    parser = argparse.ArgumentParser(prog="benchmarks.publish", description=__doc__)
    parser.add_argument("results", type=Path)
    path = parser.parse_args().results
    try:
        data = read(path)
        publish(data)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def publish(data: dict[str, Any]) -> None:
    """Write the JSON, and the tables where the page has the marks of this benchmark."""
    KEPT.mkdir(parents=True, exist_ok=True)
    name, page, render = PAGES[data["benchmark"]]
    # Profiles are for whoever looks for time to save; they would be most of the file.
    samples = [{key: value for key, value in one.items() if key != "profile"} for one in data["samples"]]
    (KEPT / f"{name}.json").write_text(json.dumps({**data, "samples": samples}, indent=1) + "\n")
    target = DOCS / page
    target.write_text(replace(target.read_text(), name, render(data)))


def replace(text: str, name: str, tables: str) -> str:
    """The page with ``tables`` between its marks. Raises ValueError when it has none."""
    marks = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    pattern = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no line {marks[0]} with {marks[1]} after it; put them where the tables belong")
    return pattern.sub(lambda dummy: f"{marks[0]}\n\n{tables.strip()}\n\n{marks[1]}", text)


def _render_converge(data: dict[str, Any]) -> str:
    picture = "![Seconds against volumes, for each contestant](benchmarks/converge.svg)"
    return f"{picture}\n\n{report.render_converge(data)}"


PAGES = {
    "converge": ("converge", "benchmarks.md", _render_converge),
    "data_path": ("data-path", "scale.md", report_data.render),
}


if __name__ == "__main__":
    main()
