"""Run a contestant and say what it cost the controller; read what ansible-playbook did from its record."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import converge, fleet
from lab.paths import PROJECT, LabError

CALLBACKS = PROJECT / "benchmarks/callbacks"


@dataclass(frozen=True)
class Usage:
    """What a command and all its descendants that it waited for used: wall and processor seconds, and the KiB of
    memory of the largest of these processes."""

    seconds: float
    cpu_seconds: float
    memory_kib: int


@dataclass(frozen=True)
class Play:
    """What a run of ansible-playbook did. ``tasks`` counts those that ran on one host at least, ``changed`` those that
    changed one; ``modules`` every start of a module on a host; ``commands`` every command that was sent to one, modules
    included."""

    tasks: int = 0
    changed: int = 0
    modules: int = 0
    commands: int = 0
    profile: tuple[dict[str, Any], ...] = ()


def run(argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end; LabError with the end of its output when it fails."""
    begin = time.monotonic()
    with log.open("ab") as out:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=PROJECT, env=env
        )
        try:
            dummy, status, used = os.wait4(child.pid, 0)
        except BaseException:
            child.terminate()
            child.wait()
            raise
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begin
    if child.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise LabError(f"{argv[0]} failed ({child.returncode}); the end of {log}:\n{tail}")
    return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss)


def play(argv: Sequence[str], work: Path, log: Path) -> tuple[Usage, Play]:
    """Run ansible-playbook with the checkout's configuration and connections of its own, ended afterwards."""
    record = work / "record.jsonl"
    record.unlink(missing_ok=True)
    # Short, since a path of a socket is at most 108 bytes; new, so that no run finds the connections of the last.
    sockets = fleet.RUN / "cp"
    sockets.mkdir(parents=True, exist_ok=True)
    env = {
        **converge.environment(),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "benchmark_record",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
        "ANSIBLE_NOCOLOR": "true",
        "HOLDFAST_BENCHMARK_RECORD": str(record),
    }
    try:
        usage = run(argv, log, env)
    finally:
        _close(sockets)
    return usage, read_record(record.read_text())


def _close(sockets: Path) -> None:
    for path in sockets.iterdir():
        subprocess.run(["ssh", "-O", "exit", "-o", f"ControlPath={path}", "none"], capture_output=True, check=False)
        path.unlink(missing_ok=True)


def read_record(text: str) -> Play:
    """What the callback benchmark_record wrote; the profile has a row for each task, in the order of their starts."""
    tasks: dict[str, dict[str, Any]] = {}
    counts = {"module": 0, "command": 0}
    for entry in map(json.loads, text.splitlines()):
        row = tasks.setdefault(entry["task"], {"name": "", "hosts": {}, "modules": []})
        if entry["kind"] == "task":
            row["name"], row["action"] = entry["name"], entry["action"]
        elif entry["kind"] == "result":
            row["hosts"][entry["host"]] = {"status": entry["status"], "seconds": round(entry["seconds"], 3)}
        else:
            counts[entry["kind"]] += 1
        if entry["kind"] == "module":
            found = {"host": entry["host"], "name": entry["name"], "seconds": round(entry["seconds"], 3)}
            row["modules"].append(found)
    states = [{one["status"] for one in row["hosts"].values()} for row in tasks.values()]
    ran, changed = len([one for one in states if one - {"skipped"}]), len([one for one in states if "changed" in one])
    return Play(ran, changed, counts["module"], counts["command"], tuple(tasks.values()))
