# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's list of mounts, /proc/PID/mountinfo (proc_pid_mountinfo(5)). Pure: takes text, never a path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mount:
    """One line of mountinfo, unescaped; ``flags`` are those of the mount, ``options`` those of the file system."""

    mount_id: int
    device: str
    root: str
    path: str
    flags: tuple[str, ...]
    tags: tuple[str, ...]
    fstype: str
    source: str
    options: tuple[str, ...]


def parse(text: str) -> list[Mount]:
    """Every mount of a mountinfo text, in its order; lines of another shape are left out."""
    return [mount for mount in map(_parse_line, text.splitlines()) if mount]


def _parse_line(line: str) -> Mount | None:
    # 36 25 0:49 / /srv/holdfast/x rw,nosuid shared:201 - nfs4 10.77.0.11:/srv/volumes/x rw,vers=4.2,hard
    head, separator, tail = line.partition(" - ")
    fields, rest = head.split(), tail.split(" ")
    if not separator or len(fields) < 6 or len(rest) < 3:
        return None
    return Mount(
        mount_id=int(fields[0]),
        device=fields[2],
        root=unescape(fields[3]),
        path=unescape(fields[4]),
        flags=tuple(fields[5].split(",")),
        tags=tuple(fields[6:]),
        fstype=rest[0],
        source=unescape(rest[1]),
        # The kernel escapes the backslash of what user space has already escaped: \134054 is a comma.
        options=tuple(unescape(unescape(option)) for option in split_options(rest[2])),
    )


def unescape(text: str) -> str:
    r"""Undo the kernel's octal escapes: ``\040`` is a space."""
    return re.sub(r"\\([0-3][0-7]{2})", lambda match: chr(int(match.group(1), 8)), text)


def split_options(text: str) -> tuple[str, ...]:
    """Split at commas that are not in double quotes: ``rw,context="a:s0:c1,c2"`` is two options."""
    return tuple(re.findall(r'(?:"[^"]*"|[^,"]|")+', text))


def find_top(mounts: Iterable[Mount], path: str) -> Mount | None:
    """What a look at ``path`` reaches: the last mount there, which covers those before it."""
    found = [mount for mount in mounts if mount.path == path]
    return found[-1] if found else None
