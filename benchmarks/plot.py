"""A picture of what a run costs as the number of volumes grows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot

from .contestants import TITLES
from .plot_lines import METADATA, STYLE
from .publish import KEPT
from .report import STEPS
from .results import read, select

COLOURS = {"neighbours": "#b3452c", "collection": "#1f6f54", "by_hand": "#3b5b92", "pings": "#8a8a8a"}


def main() -> None:
    """Draw a file of results into the documentation, beside what `publish` wrote."""
    parser = argparse.ArgumentParser(prog="benchmarks.plot", description=__doc__)
    parser.add_argument("results", type=Path)
    data = read(parser.parse_args().results)
    if data["benchmark"] == "converge":
        draw(data, KEPT / "converge.svg")


def draw(data: dict[str, Any], path: Path) -> None:
    """Write an SVG with seconds against volumes, one panel for each of two steps; only what was run is in it."""
    with mpl.rc_context(STYLE):
        figure, panels = pyplot.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
        for axes, step in zip(panels, ("first", "nothing"), strict=True):
            _draw_step(axes, data, step)
        panels[0].set_ylabel("seconds")
        handles, labels = panels[1].get_legend_handles_labels()
        figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=2)
        figure.savefig(path, format="svg", metadata=METADATA)
        pyplot.close(figure)


def _draw_step(axes: Any, data: dict[str, Any], step: str) -> None:
    sizes = sorted(data["settings"]["sizes"])
    for name, title in TITLES.items():
        cells = {size: select(data, "seconds", contestant=name, size=size, step=step) for size in sizes}
        points = [(size, cell.median) for size, cell in cells.items() if cell.median is not None]
        if points:
            style = "--" if name == "pings" else "-"
            axes.plot(*zip(*points, strict=True), style, marker="o", color=COLOURS[name], label=title)
    axes.set_title(STEPS[step])
    axes.set_xlabel("volumes")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.grid(True, alpha=0.3)


if __name__ == "__main__":
    main()
