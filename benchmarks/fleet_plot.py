"""The results of the benchmark of fleets as a picture (SVG)."""

from __future__ import annotations

import math
from typing import Any

WIDTH, HEIGHT = 340, 250
LEFT, TOP, RIGHT, BOTTOM = 56, 40, 16, 44
PANELS = {
    "controller_cpu_s": "controller, processor seconds",
    "wall_s": "wall time, seconds",
    "controller_mib": "controller, memory in MiB",
}
KINDS = {
    "no_op": ("nothing to do", "#1f6f8b"),
    "one_volume": ("one volume changed", "#c4622d"),
    "one_volume_limited": ("the same with --limit", "#6b7f3a"),
}


def render(record: dict[str, Any]) -> str:
    """A panel for each measure, with a point for each size and kind of run and the fitted line of each kind."""
    panels = "".join(
        f'<g transform="translate({WIDTH * place},0)">{_render_panel(record, measure, title)}</g>'
        for place, (measure, title) in enumerate(PANELS.items())
    )
    keys = "".join(
        f'<circle cx="{LEFT + 190 * place}" cy="{HEIGHT + 12}" r="4" fill="{colour}"/>'
        f'<text x="{LEFT + 10 + 190 * place}" y="{HEIGHT + 16}">{name}</text>'
        for place, (name, colour) in enumerate(KINDS.values())
    )
    size = f'width="{WIDTH * len(PANELS)}" height="{HEIGHT + 30}"'
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
        f'<rect width="100%" height="100%" fill="white"/>{panels}{keys}</svg>\n'
    )


def _render_panel(record: dict[str, Any], measure: str, title: str) -> str:
    results = record["results"]
    widest = max(result["hosts"] for result in results)
    highest = max(result["medians"][kind][measure] for result in results for kind in KINDS)
    top = _round_up(highest)
    parts = [f'<text x="{LEFT}" y="20" font-weight="bold">{title}</text>']
    for share in (0, 0.5, 1):
        y = _y(share, 1)
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{top * share:g}</text>')
    for result in results:
        x = _x(result["hosts"], widest)
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{result["hosts"]}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">hosts</text>')
    for kind, (dummy_name, colour) in KINDS.items():
        parts.append(_render_line(record["fits"][kind][measure], widest, top, colour))
        for result in results:
            x, y = _x(result["hosts"], widest), _y(result["medians"][kind][measure], top)
            parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
    return "".join(parts)


def _render_line(line: dict[str, float], widest: int, top: float, colour: str) -> str:
    if not line:
        return ""
    ends = [(_x(size, widest), _y(line["at_zero"] + line["per_host"] * size, top)) for size in (0, widest)]
    return f'<path d="M{ends[0][0]} {ends[0][1]}L{ends[1][0]} {ends[1][1]}" stroke="{colour}" fill="none"/>'


def _x(size: float, widest: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * size / widest, 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)


def _round_up(value: float) -> float:
    """The next number of one digit, so that a scale reads easily."""
    unit = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return math.ceil(value / unit) * unit
