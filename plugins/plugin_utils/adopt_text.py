# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A catalogue that was made, as the text of a file: stable, with comments, under a seal that tells who changed it."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from ansible_collections.holdfast.volumes.plugins.plugin_utils.compiled_text import Dumper

WIDTH = 120
SEAL = re.compile(r"# Written by holdfast\.volumes\.adopt, sha256 of what follows: ([0-9a-f]{64})\n")


def render(data: Mapping[str, Any], notes: Mapping[tuple[str, str], Iterable[str]], closing: Iterable[str]) -> str:
    """The catalogue, ``notes`` above the entries that they are about, (section, name), and ``closing`` at the end."""
    parts = [f"plugin: {data['plugin']}\n"]
    for section in (key for key in data if key != "plugin"):
        entries = [
            _comment(notes.get((section, name), ()), 2) + textwrap.indent(_dump({name: entry}), "  ")
            for name, entry in data[section].items()
        ]
        parts.append(f"{section}:\n" + "".join(entries))
    end = _comment(closing, 0)
    return "\n".join([*parts, *([end] if end else [])])


def _dump(value: Any) -> str:
    return str(yaml.dump(value, Dumper=Dumper, sort_keys=False, width=WIDTH - 2, allow_unicode=True))


def _comment(notes: Iterable[str], indent: int) -> str:
    head = " " * indent + "# "
    lines = [
        line
        for note in notes
        for line in textwrap.wrap(
            note, WIDTH - indent - 2, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
    ]
    return "".join(f"{head}{line}\n" for line in lines)


def seal(text: str) -> str:
    """The text under a line that says who wrote it, and what it was then."""
    return f"# Written by holdfast.volumes.adopt, sha256 of what follows: {_digest(text)}\n{text}"


def is_untouched(text: str) -> bool:
    """Whether a file was written by adopt, and by nobody since."""
    match = SEAL.match(text)
    return match is not None and match[1] == _digest(text[match.end() :])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
