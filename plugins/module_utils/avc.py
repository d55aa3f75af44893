# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Denials of SELinux in the text of an audit log. Pure; the format is that of auditd's log with its AVC records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

# type=AVC msg=audit(1732384000.123:45): avc:  denied  { read write } for  pid=7 comm="nginx" name="x" ... tclass=file
_RECORD = re.compile(
    r"^(?:node=\S+ )?type=(?:USER_)?AVC msg=audit\((\d+\.\d+):\d+\):.*?avc:\s+denied\s+\{ ([^}]*)\}(.*)"
)
_FIELD = re.compile(r"\b(comm|path|name|scontext|tcontext|tclass|permissive)=(\"[^\"]*\"|[^\s'\x1d]+)")
# What processes of containers are, and what they may have by their level alone.
CONTAINERS = frozenset({"container_t", "container_init_t", "container_kvm_t"})
DATA = frozenset({"container_file_t", "container_ro_file_t"})
FILES = frozenset("blk_file chr_file dir fifo_file file lnk_file sock_file".split())
# Programs try these when they start, as they would on any machine, and go on without; no data is there.
_KERNEL = re.compile(r"(proc|sysctl|sysfs|cgroup|debugfs|tracefs|devpts|device|kernel|security)(_\w+)?_t|\w+_device_t")
# Roots of containers are no volumes, though they carry the level of one. Podman's descriptor of such a directory may
# reach the nft that it starts, which asks whether that is a terminal.
_ROOTS = ("/var/lib/containers/storage/overlay/", "/var/lib/docker/overlay2/")


@dataclass(frozen=True)
class Denial:
    """One denial: seconds since 1970, who (``comm``, ``scontext``), what, on what; ``count`` is how many were alike,
    of which this was the last."""

    time: float
    comm: str
    path: str
    scontext: str
    tcontext: str
    tclass: str
    permissions: tuple[str, ...]
    permissive: bool
    count: int = 1


def parse(text: str, since: float) -> list[Denial]:
    """The denials of a log at or after ``since``, in its order."""
    denials = []
    for line in text.splitlines():
        found = _RECORD.match(line)
        if found is None or float(found[1]) < since:
            continue
        fields = {name: _decode(value) for name, value in _FIELD.findall(found[3])}
        denials.append(
            Denial(
                time=float(found[1]),
                comm=fields.get("comm", ""),
                path=fields.get("path", fields.get("name", "")),
                scontext=fields.get("scontext", ""),
                tcontext=fields.get("tcontext", ""),
                tclass=fields.get("tclass", ""),
                permissions=tuple(found[2].split()),
                permissive=fields.get("permissive") == "1",
            )
        )
    return denials


def is_about_containers(denial: Denial) -> bool:
    """Whether a process of a container wanted a file that is not its own, or to meddle with another container; or
    whether anybody wanted the data of one, which its root is not."""
    source, target = read_type(denial.scontext), read_type(denial.tcontext)
    if source in CONTAINERS and target in CONTAINERS:
        return read_level(denial.scontext) != read_level(denial.tcontext)
    if denial.tclass not in FILES:
        return False
    if source in CONTAINERS:
        return target in DATA or (_KERNEL.fullmatch(target) is None and not _is_own(denial))
    return target in DATA and not denial.path.startswith(_ROOTS)


def _is_own(denial: Denial) -> bool:
    # What a process made in memory has its categories, such as the huge pages that PostgreSQL tries to have and may
    # not; files of the host have none.
    level = read_level(denial.tcontext)
    return ":" in level and level == read_level(denial.scontext)


def sum_up(denials: Iterable[Denial]) -> list[Denial]:
    """Those of one program, on one kind of thing and with one context, as one with what was denied in all of them."""
    found: dict[tuple[str, ...], Denial] = {}
    for one in denials:
        key = (one.comm, one.scontext, one.tcontext, one.tclass, str(one.permissive))
        before = found.get(key, replace(one, permissions=(), count=0))
        permissions = tuple(dict.fromkeys(before.permissions + one.permissions))
        found[key] = replace(one, permissions=permissions, count=before.count + one.count)
    return list(found.values())


def read_type(context: str) -> str:
    """The type in a context, "" where there is none."""
    # system_u:system_r:container_t:s0:c12,c500
    return context.split(":")[2] if context.count(":") > 1 else ""


def read_level(context: str) -> str:
    """The level in a context, "" where there is none."""
    return ":".join(context.split(":")[3:])


def _decode(value: str) -> str:
    if value.startswith('"'):
        return value[1:-1]
    # auditd writes a name that holds a space or a quote in hexadecimal: comm=6D7920617070
    if re.fullmatch(r"(?:[0-9A-F]{2}){3,}", value):
        return bytes.fromhex(value).decode(errors="replace")
    return value
