# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The containers of systemd-nspawn that run, in records with the keys of ``docker inspect``.

They are asked of systemd and the kernel: a container of nspawn is its service, and exists while that runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import IMAGES
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_unit import (
    DIRECTORY,
    SETTINGS,
    SUFFIX,
    parse_binds,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import parse_entries, parse_show

# nspawn keeps a directory here for each container while it runs, whatever became of our files.
RUNNING = "/run/systemd/nspawn/propagate"
# A digest, and what an interrupted run leaves: .<digest>.tar, .<digest>.part
_IMAGE = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.(tar|part)")
_PROPERTIES = "Id,MainPID,InvocationID,ExecMainStartTimestamp"


def find_names(system: System, prefix: str) -> list[str]:
    """The containers whose names begin with ``prefix``: those with settings of ours, and any that runs."""
    settings = [name[: -len(".nspawn")] for name in system.listdir(SETTINGS) if name.endswith(".nspawn")]
    return sorted({name for name in [*settings, *system.listdir(RUNNING)] if name.startswith(prefix)})


def find_images(system: System) -> list[str]:
    """The paths of our images on this host, and of what an interrupted run left of one."""
    return [f"{IMAGES}/{name}" for name in system.listdir(IMAGES) if _IMAGE.fullmatch(name)]


def inspect(system: System, containers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A record for each of ``containers`` that runs; an id is that of one start, so each start has another."""
    if not containers:
        return {}
    services = [f"{name}{SUFFIX}" for name in containers]
    states = parse_show(system.check(["systemctl", "show", f"--property={_PROPERTIES}", "--", *services]))
    found = {name: states.get(f"{name}{SUFFIX}", {}) for name in containers}
    leaders = {name: find_leader(system, int(state.get("MainPID") or 0)) for name, state in found.items()}
    return {name: _describe(system, name, found[name], pid) for name, pid in leaders.items() if pid}


def find_leader(system: System, supervisor: int) -> int:
    """The first process of the container that a systemd-nspawn runs, 0 until that is the app's own program."""
    children = system.read(f"/proc/{supervisor}/task/{supervisor}/children") if supervisor else ""
    for pid in (children or "").split():
        # NSpid:  4711  1
        fields = parse_status(system.read(f"/proc/{pid}/status") or "")
        inside = fields.get("NSpid", "").split()[1:] == ["1"]
        if inside and _read_command(system, pid) != _read_command(system, str(supervisor)):
            return int(pid)
    return 0


def parse_status(text: str) -> dict[str, str]:
    """The fields of /proc/PID/status (proc_pid_status(5))."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _read_command(system: System, pid: str) -> str:
    return system.read(f"/proc/{pid}/cmdline") or ""


def _describe(system: System, name: str, state: Mapping[str, str], pid: int) -> dict[str, Any]:
    service = parse_entries(system.read(f"{DIRECTORY}/{name}{SUFFIX}") or "")
    about = {key: service.get(key, [""])[-1] for key in ("Image", "Root", "User")}
    selinux = system.read("/sys/fs/selinux/enforce") is not None
    label = (system.read(f"/proc/{pid}/attr/current") or "") if selinux else ""
    return {
        "Id": state.get("InvocationID", ""),
        "Name": name,
        "Image": about["Root"].rpartition("/")[2],
        "State": {"Running": True, "Pid": pid, "StartedAt": state.get("ExecMainStartTimestamp", "")},
        "Config": {"Image": about["Image"], "User": about["User"]},
        "ProcessLabel": label.rstrip("\0\n"),
        "Mounts": [
            {
                "Type": "bind",
                "Source": bind["source"],
                "Destination": bind["target"],
                "RW": not bind["read_only"],
            }
            for bind in parse_binds(system.read(f"{SETTINGS}/{name}.nspawn") or "")
        ],
    }
