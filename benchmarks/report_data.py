"""Tables from the results of `data_path`: only parts that were run, and only figures that were measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from .report import render_about, render_cell, render_table
from .results import Cell, select

JOBS = {
    "write": "write 1 MiB",
    "read": "read 1 MiB",
    "randwrite": "random write 4 KiB",
    "randread": "random read 4 KiB",
}
FILES = {"create_per_second": "create", "stat_per_second": "stat", "unlink_per_second": "unlink"}
RATIO_GOAL = 0.98


def render(data: dict[str, Any]) -> str:
    """Everything, for the terminal."""
    return "\n\n".join([render_about(data), *(text for part in PARTS for text in render_part(data, part))]) + "\n"


def render_part(data: dict[str, Any], part: str) -> list[str]:
    """The paragraphs of one part, none when it was not run."""
    return list(PARTS[part](data)) if any(sample["part"] == part for sample in data["samples"]) else []


def _render_exports(data: dict[str, Any]) -> Iterable[str]:
    counts = sorted({sample["exports"] for sample in data["samples"] if sample["part"] == "exports"})
    titles = {
        "loaded": "`nfs_exports`: none before, all loaded",
        "unchanged": "`nfs_exports`: all loaded, nothing to change",
        "one changed": "`nfs_exports`: one of them changed, loaded",
        "exportfs": "`exportfs -ra` alone, on all of them",
    }
    for count in counts:
        rows = []
        for step, title in titles.items():
            cells = [_cell(data, key, "exports", step=step, exports=count) for key in ("module_seconds", "seconds")]
            rows.append([title, *(render_cell(cell, 1) if cell.values else "-" for cell in cells)])
        yield f"{count:,} exports on one server, in seconds:"
        yield render_table(["", "on the server", "with ansible-playbook"], rows)


def _render_boot(data: dict[str, Any]) -> Iterable[str]:
    counts = sorted({sample["volumes"] for sample in data["samples"] if sample["part"] == "boot"})
    stages = {
        "kernel": "power on to the start of the kernel",
        "login": "from there until ssh lets people in",
        "multi_user": "from there until the last unit of the boot has started",
        "mounted": "from there until every volume is mounted",
    }
    rows = []
    for stage, title in stages.items():
        cells = [_cell(data, stage, "boot", volumes=count) for count in counts]
        texts = [render_cell(cell, 1) if cell.median else "-" for cell in cells]
        rows.append([title, *texts])
    yield "The boot of a client, in seconds:"
    yield render_table(["", *(f"{count} volumes" for count in counts)], rows)


def _render_options(data: dict[str, Any]) -> Iterable[str]:
    samples = [sample for sample in data["samples"] if sample["part"] == "options"]
    choices = list(dict.fromkeys((sample["choice"], sample["value"]) for sample in samples))
    jobs = [
        [_name(choice, value), *(_render_figure(data, f"{job}_mib", choice=choice, value=value) for job in JOBS)]
        for choice, value in choices
    ]
    files = [
        [_name(choice, value), *(_render_figure(data, key, choice=choice, value=value) for key in FILES)]
        for choice, value in choices
    ]
    yield "MiB a second, four threads, without the client's page cache:"
    yield render_table(["", *JOBS.values()], jobs)
    yield "Small files, how many of each a second, one after the other:"
    yield render_table(["", *FILES.values()], files)


def _name(choice: str, value: str) -> str:
    return f"{choice}: {value}" if value else choice


def _render_figure(data: dict[str, Any], key: str, **where: Any) -> str:
    cell = _cell(data, key, "options", **where)
    return render_cell(cell, 1 if (cell.median or 0) < 100 else 0)


def _render_containers(data: dict[str, Any]) -> Iterable[str]:
    samples = [sample for sample in data["samples"] if sample["part"] == "containers"]
    places = list(dict.fromkeys(sample["place"] for sample in samples))
    rows = []
    for job, title in JOBS.items():
        for place in sorted(places, key=lambda place: place != "bare"):
            cells = [_container(data, f"{job}_{unit}", place) for unit in ("mib", "ms", "p99_ms")]
            found = find_ratio(samples, f"{job}_mib", place)
            rows.append([f"{title}: {place}", *(render_cell(cell, 2) for cell in cells), *_render_ratio(place, found)])
    yield "A volume in containers beside the bare mount, the same files in turn:"
    head = ["", "MiB a second", "mean latency, ms", "99 %, ms", "of the bare mount", f"at least {RATIO_GOAL}"]
    yield render_table(head, rows)


def _container(data: dict[str, Any], key: str, place: str) -> Cell:
    cell = _cell(data, key, "containers", place=place)
    return Cell(cell.values, data["settings"]["container_repeats"])


def find_ratio(samples: list[dict[str, Any]], key: str, place: str) -> float | None:
    """The median, over the turns, of what ``place`` gives by what the bare mount gave in the same turn."""
    bare = {sample["turn"]: sample[key] for sample in samples if sample["place"] == "bare"}
    pairs = [(sample[key], bare.get(sample["turn"])) for sample in samples if sample["place"] == place]
    ratios = [one / other for one, other in pairs if other]
    return statistics.median(ratios) if ratios else None


def _render_ratio(place: str, found: float | None) -> list[str]:
    if place == "bare":
        return ["", ""]
    return ["unknown", "unknown"] if found is None else [f"{found:.3f}", "met" if found >= RATIO_GOAL else "missed"]


def _cell(data: dict[str, Any], key: str, part: str, **where: Any) -> Cell:
    return select(data, key, part=part, **where)


PARTS = {
    "exports": _render_exports,
    "boot": _render_boot,
    "options": _render_options,
    "containers": _render_containers,
}
