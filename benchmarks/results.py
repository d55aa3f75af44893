"""The file of a benchmark's results: what ran where, every sample, and what was not run. Kept as JSON."""

from __future__ import annotations

import json
import statistics
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from lab import fleet, image, machine, prepare
from lab.machine import Machine
from lab.paths import PROJECT

from . import controller

FORMAT = 1


@dataclass(frozen=True)
class Cell:
    """All samples of one thing that was measured; ``wanted`` is how many there should be."""

    values: tuple[float, ...]
    wanted: int

    @property
    def median(self) -> float | None:
        return statistics.median(self.values) if self.values else None

    @property
    def spread(self) -> float:
        """How far the samples lie apart, as a share of their median."""
        return (max(self.values) - min(self.values)) / self.median if self.values and self.median else 0.0

    @property
    def complete(self) -> bool:
        return len(self.values) >= self.wanted


class Results:
    """The results in a file, written after every sample, so that a run that is ended keeps what it has."""

    def __init__(self, path: Path, benchmark: str, settings: dict[str, Any]) -> None:
        self.path = path
        self.data: dict[str, Any] = {"benchmark": benchmark, "format": FORMAT, "sessions": [], "samples": []}
        if path.exists():
            self.data = read(path, benchmark)
        self.data["settings"] = settings
        self.data["missing"] = []
        self.data["sessions"].append({"began": now(), "commit": read_commit(), "machine": describe_machine()})

    @property
    def samples(self) -> list[dict[str, Any]]:
        samples: list[dict[str, Any]] = self.data["samples"]
        return samples

    def add(self, **sample: Any) -> None:
        """Keep one sample, with the session that it belongs to and the other fleets that ran beside it."""
        beside = len(fleet.running()) - 1
        self.samples.append({**sample, "session": len(self.data["sessions"]) - 1, "other_fleets": beside})
        self.write()

    def miss(self, **cell: Any) -> None:
        """Keep what was not run, and why."""
        self.data["missing"].append(cell)
        self.write()

    def write(self) -> None:
        self.data["sessions"][-1]["ended"] = now()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".part")
        partial.write_text(json.dumps(self.data, indent=1) + "\n")
        partial.rename(self.path)


def read(path: Path, benchmark: str = "") -> dict[str, Any]:
    """The content of a file of results. Raises ValueError when it is of another kind."""
    data: dict[str, Any] = json.loads(path.read_text())
    if data.get("format") != FORMAT or (benchmark and data.get("benchmark") != benchmark):
        raise ValueError(f"{path} has no results of the benchmark {benchmark} in format {FORMAT}; choose another file")
    return data


def select(data: dict[str, Any], key: str, **where: Any) -> Cell:
    """The values of ``key`` of all samples that match ``where``."""
    found = [one for one in data["samples"] if all(one.get(name) == value for name, value in where.items())]
    values = tuple(float(one[key]) for one in found if one.get(key) is not None)
    return Cell(values, data["settings"].get("repeats", 1))


def ratio(one: Cell, other: Cell) -> float | None:
    """How many times the median of ``other`` goes into that of ``one``; None where one of them was not run."""
    return one.median / other.median if one.median and other.median else None


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def read_commit() -> str:
    """The commit of the checkout, with a + when files differ from it."""
    words = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    return subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False).stdout.strip()


def describe_machine() -> dict[str, Any]:
    """What the figures depend on, without a name of the host."""
    guest = Machine("", "", 0)
    return {
        **controller.describe(),
        "guests": f"Debian {image.SUITE}, 1 processor, {guest.memory} MiB each",
        "acceleration": machine.accel(image.ensure()).partition(",")[0],
        "qemu": prepare.qemu_version(),
    }
