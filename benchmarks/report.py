"""Tables from results, readable on a terminal and valid Markdown: what was not run, or seldom, is said in its place."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from .contestants import TITLES
from .results import Cell, ratio, select

STEPS = {
    "first": "first converge",
    "nothing": "nothing to change",
    "added": "one volume added",
    "removed": "one volume removed",
}
RATIOS = (
    ("neighbours", "collection", "times as long as the collection"),
    ("collection", "by_hand", "times the script"),
)
# What is compared, at which size (0: at each), of whom to whom, and the wish.
GOALS = (
    ("first", 50, "neighbours", "collection", ">=", 15.0),
    ("first", 50, "collection", "by_hand", "<=", 1.5),
    ("nothing", 50, "neighbours", "collection", ">=", 30.0),
    ("nothing", 200, "neighbours", "collection", ">=", 120.0),
    ("nothing", 0, "collection", "pings", "<=", 3.0),
)
MEETS = {">=": operator.ge, "<=": operator.le}


def render_converge(data: dict[str, Any]) -> str:
    """All tables of the benchmark `converge`."""
    sizes = data["settings"]["sizes"]
    head = ["", *(f"{size} volumes" for size in sizes)]
    seconds = [row for step in STEPS for row in _render_step(data, step, sizes)]
    parts = [
        render_about(data),
        "Seconds, the median of the repeats and how far these lie from it:",
        render_table(head, seconds),
        "What a run consists of, and what it takes of the controller (medians):",
        _render_means(data, sizes),
        "Goals:",
        render_table(["goal", "wanted", "measured", ""], [*_render_goals(data, sizes)]),
        *_render_missing(data),
    ]
    return "\n\n".join(parts) + "\n"


def render_about(data: dict[str, Any]) -> str:
    """When and where the samples were taken."""
    used = sorted({sample["session"] for sample in data["samples"]})
    sessions = [data["sessions"][number] for number in used]
    machines = list(dict.fromkeys(_describe(session["machine"]) for session in sessions))
    times = "; ".join(f"{one['began']} to {one['ended']}, commit {one['commit']}" for one in sessions)
    text = f"Measured {times or 'not yet'}. {' Then: '.join(machines)}"
    disturbed = len([sample for sample in data["samples"] if sample["other_fleets"]])
    if disturbed:
        text += f" {disturbed} of {len(data['samples'])} samples were taken while other guests ran on the machine."
    return text


def _describe(machine: dict[str, Any]) -> str:
    return (
        f"{machine['processors']} x {machine['processor']}, {machine['memory_gib']} GiB, Linux {machine['kernel']}; "
        f"guests: {machine['guests']}, QEMU {machine['qemu']} with {machine['acceleration']}; "
        f"ansible-core {machine['ansible_core']} and ansible {machine['ansible']} on Python {machine['python']}."
    )


def _render_step(data: dict[str, Any], step: str, sizes: Sequence[int]) -> Iterable[list[str]]:
    yield [f"**{STEPS[step]}**", *("" for size in sizes)]
    shown = [name for name in TITLES if any(_cell(data, name, size, step).values for size in sizes)]
    asked = [*data["settings"]["contestants"], *(["pings"] if step == "nothing" else [])]
    for name in TITLES:
        if name in shown or name in asked:
            yield [TITLES[name], *(render_cell(_cell(data, name, size, step)) for size in sizes)]
    for one, other, title in RATIOS:
        if {one, other} <= {*shown}:
            ratios = [ratio(_cell(data, one, size, step), _cell(data, other, size, step)) for size in sizes]
            yield [f"{TITLES[one]}: {title}", *map(render_ratio, ratios)]


def _cell(data: dict[str, Any], contestant: str, size: int, step: str, key: str = "seconds") -> Cell:
    return select(data, key, contestant=contestant, size=size, step=step)


def render_cell(cell: Cell, digits: int = 0) -> str:
    """The median, half the range of the samples, and how many there are when that is not as many as wanted."""
    if cell.median is None:
        return "not run"
    text = f"{cell.median:,.{digits}f}"
    if len(cell.values) > 1:
        text += f" ±{100 * cell.spread / 2:.0f} %"
    if cell.complete:
        return text
    return f"{text} ({len(cell.values)} of {cell.wanted})" if len(cell.values) > 1 else f"{text} (once)"


def render_ratio(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}x"


def _render_means(data: dict[str, Any], sizes: Sequence[int]) -> str:
    head = ["", "volumes", "tasks", "that changed", "modules started", "commands sent", "CPU s", "largest process, MiB"]
    cells = product(("first", "nothing"), TITLES, sizes)
    rows = [
        [f"{STEPS[step]}: {TITLES[name]}", str(size), *_render_mean(data, name, size, step)]
        for step, name, size in cells
        if _cell(data, name, size, step).values
    ]
    return render_table(head, rows)


def _render_mean(data: dict[str, Any], name: str, size: int, step: str) -> list[str]:
    def median(key: str) -> float:
        return _cell(data, name, size, step, key).median or 0.0

    counts = [f"{median(key):.0f}" for key in ("tasks", "changed", "modules", "commands")]
    return [
        *(counts if median("tasks") else [""] * len(counts)),
        f"{median('cpu_seconds'):.1f}",
        f"{median('memory_kib') / 1024:.0f}",
    ]


def _render_goals(data: dict[str, Any], sizes: Sequence[int]) -> Iterable[list[str]]:
    for step, wanted_size, one, other, sign, wish in GOALS:
        for size in [wanted_size] if wanted_size else sizes:
            value = ratio(_cell(data, one, size, step), _cell(data, other, size, step))
            title = f"{STEPS[step]}, {size} volumes: {TITLES[one]} to {TITLES[other]}"
            verdict = "unknown" if value is None else ("met" if MEETS[sign](value, wish) else "missed")
            yield [title, f"{sign} {wish:g}", render_ratio(value), verdict]


def _render_missing(data: dict[str, Any]) -> list[str]:
    cells = {
        (one["contestant"], one["size"], one["step"]): one["reason"]
        for one in data["missing"]
        if not _cell(data, one["contestant"], one["size"], one["step"]).complete
    }
    lines = [
        f"- {STEPS[step]}, {size} volumes, {TITLES[name]}: {reason}" for (name, size, step), reason in cells.items()
    ]
    return ["Not run, or not as often as asked:\n\n" + "\n".join(lines)] if lines else []


def render_comparison(data: dict[str, Any], former: dict[str, Any]) -> str:
    """Each cell of both results: seconds then, seconds now, and the change."""
    rows = []
    for step, name, size in product(STEPS, TITLES, data["settings"]["sizes"]):
        now, then = _cell(data, name, size, step), _cell(former, name, size, step)
        change = ratio(now, then)
        if change is not None:
            title = f"{STEPS[step]}, {size} volumes: {TITLES[name]}"
            rows.append([title, render_cell(then, 1), render_cell(now, 1), f"{100 * (change - 1):+.0f} %"])
    about = f"Compared with: {render_about(former)}"
    return f"{about}\n\n{render_table(['', 'then', 'now', 'change'], rows)}\n"


def render_profile(data: dict[str, Any]) -> str:
    """Where the time of each run of ansible-playbook went, task by task; of the last turn of each cell."""
    last = {
        (sample["contestant"], sample["size"], sample["step"]): sample
        for sample in data["samples"]
        if sample.get("profile")
    }
    parts = [
        f"{TITLES[name]}, {size} volumes, {STEPS[step]}: {sample['seconds']:.1f} s\n\n{_render_tasks(sample)}"
        for (name, size, step), sample in last.items()
    ]
    return "\n\n".join(parts) + "\n"


def _render_tasks(sample: dict[str, Any]) -> str:
    rows = []
    for task in sample["profile"]:
        longest = max((host["seconds"] for host in task["hosts"].values()), default=0.0)
        states = ", ".join(f"{host} {found['status']}" for host, found in task["hosts"].items())
        modules: dict[str, list[float]] = {}
        for one in task["modules"]:
            modules.setdefault(one["name"].rpartition(".")[2], []).append(one["seconds"])
        started = ", ".join(f"{len(took)} {name} {sum(took):.1f}" for name, took in modules.items())
        rows.append([task["name"], f"{longest:.1f}", states, started])
    return render_table(["task", "s", "hosts", "modules started, and their seconds together"], rows)


def render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown with aligned columns."""
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]

    def render(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([render(head), render(["-" * width for width in widths]), *map(render, rows)])
