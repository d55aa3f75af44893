# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tells that a container serves, not only runs: a request, a connection or a command. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

KINDS = ("http", "tcp", "command")
LIMITS = {"interval": 2, "timeout": 5, "start_period": 60}
LONGEST = 3600
_HTTP = re.compile(r":([0-9]{1,5})(/[!-~]*)?")  # :8080/healthz

Findings = Iterator[tuple[str, str, str]]


@dataclass(frozen=True)
class Health:
    """One of ``port`` with ``path`` (http), ``port`` alone (tcp) and ``command``; the limits are in seconds."""

    port: int
    path: str
    command: tuple[str, ...]
    interval: int
    timeout: int
    start_period: int

    def __str__(self) -> str:
        if self.command:
            return f"the command {self.command[0]}"
        return f"GET http://127.0.0.1:{self.port}{self.path}" if self.path else f"a connection to port {self.port}"


def find_faults(engine: str, health: Mapping[str, Any]) -> Findings:
    """(key, what is wrong, the way out) for every fault of a check as it is written; {} is none."""
    given = [kind for kind in KINDS if health.get(kind)]
    if health and len(given) != 1:
        what = f"has {' and '.join(given)}" if given else "says nothing to check"
        yield "", what, f"give it one of {', '.join(KINDS)}"
    if health.get("http") and not _has_port(_HTTP.fullmatch(str(health["http"]))):
        yield "http", f"{health['http']!r} is no request", 'write the port in the container and a path, ":8080/healthz"'
    if health.get("tcp") and not _has_port(re.fullmatch("([0-9]{1,5})", str(health["tcp"]))):
        yield "tcp", f"{health['tcp']!r} is no port", "write the port in the container, such as 5432"
    if health.get("command") and engine == "nspawn":
        yield "command", "nspawn runs no second program in a container", "use http or tcp"
    for key in LIMITS:
        if not 1 <= _read_seconds(health, key) <= LONGEST:
            yield key, f"{health[key]} is no such time", f"write whole seconds, 1 to {LONGEST}"


def _has_port(match: Optional[re.Match[str]]) -> bool:
    return match is not None and 0 < int(match[1]) < 65536


def _read_seconds(health: Mapping[str, Any], key: str) -> int:
    value = LIMITS[key] if health.get(key) is None else str(health[key])
    return int(value) if str(value).isdigit() else 0


def parse(health: Mapping[str, Any]) -> Optional[Health]:
    """The check that was written without faults, None for none; what has faults makes no sense but raises nothing."""
    if not any(health.get(kind) for kind in KINDS):
        return None
    request = _HTTP.fullmatch(str(health.get("http") or ""))
    port = request[1] if request else str(health.get("tcp") or "")
    return Health(
        port=int(port) if port.isdigit() else 0,
        path=(request[2] or "/") if request else "",
        command=tuple(map(str, health.get("command") or ())),
        **{key: _read_seconds(health, key) for key in LIMITS},
    )
