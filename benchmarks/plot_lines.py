"""Pictures of what grows with a size: a panel for each measure, a colour for each kind of run, the fitted lines."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Texts as texts, and nothing in the file that differs from one drawing to the next.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "holdfast", "font.family": "sans-serif", "font.size": 10}
METADATA = {"Date": None, "Creator": None}


@dataclass(frozen=True)
class Series:
    """One kind of run: its samples by size, and the line of ``lines.fit`` where there is one."""

    label: str
    samples: Mapping[int, Sequence[float]]
    line: Mapping[str, float]


def draw(panels: Mapping[str, Sequence[Series]], axis: str, path: Path) -> None:
    """Write an SVG with medians as dots, samples as small ones; ``panels`` by what their height is."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.5 * len(panels), 3.6), layout="constrained")
        for axes, (label, series) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
            for number, one in enumerate(series):
                _draw_series(axes, one, f"C{number}")
            axes.set(xlabel=axis, ylabel=label, xlim=(0, None), ylim=(0, None))
            axes.grid(alpha=0.3)
        figure.axes[0].legend(frameon=False)
        figure.savefig(path, format="svg", metadata=METADATA)


def _draw_series(axes: Any, one: Series, colour: str) -> None:
    sizes = sorted(one.samples)
    axes.plot(sizes, [statistics.median(one.samples[size]) for size in sizes], "o", color=colour, label=one.label)
    for size in sizes:
        axes.plot([size] * len(one.samples[size]), one.samples[size], ".", color=colour, ms=3)
    if one.line:
        ends = [0, max(sizes)]
        axes.plot(ends, [one.line["at_zero"] + one.line["slope"] * size for size in ends], color=colour, lw=0.8)
