# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers of other origin that are root of their host, or see its volumes, as the kernel has them.

No engine is asked: a container is a control group whose processes have another root than the host. One process stands
for its group. The containers of the collection are told by the names of their groups and, with Docker, by its record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import split_source
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount, find_top, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_machine import parse_status
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX

DOCKER_CONTAINERS = "/var/lib/docker/containers"
# /system.slice/docker-4f5e.scope, /machine.slice/libpod-4f5e.scope/container
_DOCKER = re.compile(r"docker-([0-9a-f]{64})\.scope")
NAMESPACES = ("ipc", "net", "pid")
# Bits of CapEff in proc_pid_status(5), from linux/capability.h: by these root of a container is root of its host.
MIGHTY = {
    2: "DAC_READ_SEARCH",
    16: "SYS_MODULE",
    17: "SYS_RAWIO",
    19: "SYS_PTRACE",
    21: "SYS_ADMIN",
    33: "MAC_ADMIN",
    39: "BPF",
}


@dataclass(frozen=True)
class Stranger:
    """A container that is not the collection's: its name, one of its processes, and what it has of the host."""

    name: str
    pid: int
    has: tuple[str, ...]


def read(system: System, parents: Iterable[str] = (), servers: Iterable[str] = ()) -> list[Stranger]:
    """Those that have anything; data of the collection is what lies below ``parents``, and what ``servers`` serve."""
    host = _read_root(system, "1")
    data = (tuple(f"{path}/" for path in parents), tuple(servers))
    found = []
    for group, pid in _find_groups(system).items():
        mounts = parse(_ask(system, f"/proc/{pid}/mountinfo"))
        root = find_top(mounts, "/")
        if root is None or _place(root) == host or _is_ours(group):
            continue
        name = _find_name(system, group)
        if not name.startswith(CONTAINER_PREFIX):
            found.append(Stranger(name, int(pid), tuple(_find_powers(system, pid, mounts, data))))
    return sorted((one for one in found if one.has), key=lambda one: (one.name, one.pid))


def _find_groups(system: System) -> dict[str, str]:
    """{control group: the first of its processes}."""
    groups: dict[str, str] = {}
    for pid in sorted(filter(str.isdigit, system.listdir("/proc")), key=int):
        # 0::/system.slice/cron.service
        group = _ask(system, f"/proc/{pid}/cgroup").strip().rpartition("::")[2]
        groups.setdefault(group, pid)
    return groups


def _is_ours(group: str) -> bool:
    return any(part.startswith(CONTAINER_PREFIX) and part.endswith(".service") for part in group.split("/"))


def _find_name(system: System, group: str) -> str:
    match = _DOCKER.search(group)
    if match:
        try:
            return str(json.loads(_ask(system, f"{DOCKER_CONTAINERS}/{match[1]}/config.v2.json"))["Name"]).lstrip("/")
        except (ValueError, KeyError, TypeError):
            return match[0]
    parts = [part for part in group.split("/") if part.endswith((".scope", ".service"))]
    return parts[-1] if parts else group


def _find_powers(
    system: System, pid: str, mounts: list[Mount], data: tuple[tuple[str, ...], tuple[str, ...]]
) -> Iterator[str]:
    status = parse_status(_ask(system, f"/proc/{pid}/status"))
    effective = int(status.get("CapEff", "0").strip() or "0", 16)
    names = [name for bit, name in MIGHTY.items() if effective >> bit & 1]
    if names:
        yield f"the capabilities {', '.join(names)}"
    shared = [name for name in NAMESPACES if _link(system, pid, name) == _link(system, "1", name)]
    if shared:
        yield f"the host's name spaces {', '.join(shared)}"
    seen = sorted({source for mount in mounts for source in _find_data(mount, *data)})
    if seen:
        yield f"data of {', '.join(seen)}"


def _find_data(mount: Mount, parents: tuple[str, ...], servers: tuple[str, ...]) -> Iterator[str]:
    # 10.77.0.11:/srv/volumes/site, [fd00::1]:/srv/volumes/site
    if mount.fstype.startswith("nfs") and split_source(mount.source)[0] in servers:
        yield mount.source
    elif mount.root.startswith(parents):
        yield mount.root


def _read_root(system: System, pid: str) -> tuple[str, str]:
    root = find_top(parse(_ask(system, f"/proc/{pid}/mountinfo")), "/")
    return _place(root) if root else ("", "/")


def _place(mount: Mount) -> tuple[str, str]:
    return mount.device, mount.root


def _link(system: System, pid: str, name: str) -> Optional[str]:
    try:
        return system.link(f"/proc/{pid}/ns/{name}")
    except HostError:
        return f"that of {pid}"


def _ask(system: System, path: str) -> str:
    """A file of a process, "" when that has ended meanwhile."""
    try:
        return system.read(path) or ""
    except HostError:
        return ""
