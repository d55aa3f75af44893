# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Unit files of systemd and Quadlet: quoting, rendering, ownership, and what ``systemctl`` says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Union

MARKER = "# Managed by holdfast.volumes"
# Of every container, and of the service that runs it.
CONTAINER_PREFIX = "holdfast-"
Entry = tuple[str, Union[str, Sequence[str]]]
Section = tuple[str, Sequence[Entry]]
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def render(sections: Sequence[Section]) -> str:
    """Sections of (key, value) as the text of a file we own; a list of values repeats the key, [] leaves it out."""
    blocks = [
        f"[{name}]\n" + "".join(_render_entry(key, value) for key, value in entries) for name, entries in sections
    ]
    return MARKER + "\n" + "\n".join(blocks)


def _render_entry(key: str, value: str | Sequence[str]) -> str:
    values = [value] if isinstance(value, str) else value
    return "".join(f"{key}={one}\n" for one in values)


def parse_entries(text: str) -> dict[str, list[str]]:
    """The values of each key of a file we own, whatever its section; lines that go on are one (systemd.syntax(7))."""
    entries: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            entries.setdefault(key, []).append(value)
    return entries


def is_managed(text: str | None) -> bool:
    """Whether a file's text is one of ours."""
    return bool(text) and str(text).split("\n", 1)[0] == MARKER


def escape(text: str) -> str:
    """Keep systemd from expanding specifiers in a value (systemd.unit(5))."""
    return text.replace("%", "%%")


def quote(word: str) -> str:
    """One word of a command line: neither split, nor unescaped, nor expanded (systemd.service(5), COMMAND LINES)."""
    escaped = escape(word).replace("$", "$$")
    if re.fullmatch(r"[\w@%$+=:,./~{}-]+", escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command_line(words: Sequence[str]) -> str:
    """A whole command line."""
    return " ".join(quote(word) for word in words)


def parse_span(text: str) -> int:
    """Seconds of a time span (systemd.time(7)) in whole units, such as 90, 15m or 1h 30min; 0 when it is none."""
    if not re.fullmatch(r"([0-9]{1,9} ?(s|min|m|h|d)? ?)+", text):
        return 0
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9]+) ?([a-z]*)", text))


def parse_show(text: str) -> dict[str, dict[str, str]]:
    """Output of ``systemctl show -p Id,... UNIT...`` (blocks parted by empty lines) as {Id: {property: value}}."""
    blocks = [
        dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        for block in text.strip().split("\n\n")
    ]
    return {block["Id"]: block for block in blocks if "Id" in block}


def parse_list(text: str) -> dict[str, str]:
    """Output of ``systemctl list-units --plain --no-legend`` as {unit: ActiveState} of the units that are loaded."""
    rows = [line.split(None, 3)[:3] for line in text.splitlines()]
    return {row[0]: row[2] for row in rows if len(row) == 3 and row[1] == "loaded"}
