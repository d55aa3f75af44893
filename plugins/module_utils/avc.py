# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Denials of SELinux in the text of an audit log. Pure; the format is that of auditd's log with its AVC records."""

from __future__ import annotations

import re
from dataclasses import dataclass

# type=AVC msg=audit(1732384000.123:45): avc:  denied  { read write } for  pid=7 comm="nginx" name="x" ... tclass=file
_RECORD = re.compile(
    r"^(?:node=\S+ )?type=(?:USER_)?AVC msg=audit\((\d+\.\d+):\d+\):.*?avc:\s+denied\s+\{ ([^}]*)\}(.*)"
)
_FIELD = re.compile(r"\b(comm|path|name|scontext|tcontext|tclass|permissive)=(\"[^\"]*\"|[^\s'\x1d]+)")


@dataclass(frozen=True)
class Denial:
    """One denial: seconds since 1970, who (``comm``, ``scontext``), what, on what."""

    time: float
    comm: str
    path: str
    scontext: str
    tcontext: str
    tclass: str
    permissions: tuple[str, ...]
    permissive: bool


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


def _decode(value: str) -> str:
    if value.startswith('"'):
        return value[1:-1]
    # auditd writes a name that holds a space or a quote in hexadecimal: comm=6D7920617070
    if re.fullmatch(r"(?:[0-9A-F]{2}){3,}", value):
        return bytes.fromhex(value).decode(errors="replace")
    return value
