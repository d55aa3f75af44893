"""The machine that benchmarks run on, as it matters to their figures: without its name."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any


def describe() -> dict[str, Any]:
    """Processor, memory and programs of this machine."""
    return {
        "processor": _find(Path("/proc/cpuinfo").read_text(), "model name"),
        "processors": os.cpu_count(),
        "memory_gib": round(int(_find(Path("/proc/meminfo").read_text(), "MemTotal").split()[0]) / 2**20),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "ansible_core": version("ansible-core"),
        "ansible": version("ansible"),
    }


def _find(text: str, key: str) -> str:
    # model name      : Some Processor
    found = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(key))
    return next(found, "unknown")
