"""Draws the results of benchmarks/catalogue.py."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Text stays text, and the same numbers make the same file.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "holdfast", "font.size": 9, "axes.spines.top": False}
PANELS = (("cpu_s", "processor time, s"), ("rss_mib", "largest resident set, MiB"))


def plot(results: dict[str, Any], path: Path) -> None:
    """Processor time and memory over the number of volumes, with the fitted lines, as SVG."""
    with mpl.rc_context({**STYLE, "axes.spines.right": False}):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        for axes, (key, label) in zip(figure.subplots(1, 2), PANELS, strict=True):
            _draw(axes, results, key)
            axes.set(xlabel="volumes (bindings: ten times as many)", ylabel=label, xlim=(0, None), ylim=(0, None))
            axes.grid(alpha=0.3)
        figure.axes[0].legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})


def _draw(axes: Any, results: dict[str, Any], key: str) -> None:
    volumes = [size["volumes"] for size in results["sizes"]]
    for number, name in enumerate(results["sizes"][0]["runs"]):
        colour = f"C{number}"
        middle = [statistics.median(run[key] for run in size["runs"][name]) for size in results["sizes"]]
        axes.plot(volumes, middle, "o", color=colour, label=name)
        for x, size in zip(volumes, results["sizes"], strict=True):
            axes.plot([x] * len(size["runs"][name]), [run[key] for run in size["runs"][name]], ".", color=colour, ms=3)
        if key == "cpu_s" and results["fits"][name]:
            fit = results["fits"][name]
            ends = [0, max(volumes)]
            line = [fit["seconds_at_0"] + fit["seconds_per_1000_volumes"] * x / 1000 for x in ends]
            axes.plot(ends, line, color=colour, lw=0.8)
        elif key != "cpu_s":
            axes.plot(volumes, middle, color=colour, lw=0.8)
