# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a compiler hands out: files, files with confidential values, and notes. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import AppRecord, Note
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import MARKER

# A text as it is, or the documents of a YAML file.
Content = Union[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Output:
    """Files by their path below the engine's directory; ``confidential`` ones are made only when they are asked for."""

    files: Mapping[str, Content]
    confidential: Mapping[str, Content] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def render_json(value: Any) -> str:
    """A JSON file that is read by people, too."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def environment_path(app: str) -> str:
    """Where a file of the environment of an app is, below the engine's directory."""
    return f"env/{app}.env"


def secret_path(app: str, secret: str) -> str:
    """Where a file of one credential of an app is, below the engine's directory."""
    return f"secrets/{app}/{secret}"


def render_confidential(apps: Iterable[AppRecord]) -> dict[str, Content]:
    """The environment of each app as an env file, and each of its credentials as a file of its own."""
    found: dict[str, Content] = {}
    for app in apps:
        if app.variables:
            lines = [MARKER, *(f"{key}={value}" for key, value in app.variables.items())]
            found[environment_path(app.name)] = "\n".join(lines) + "\n"
        found.update({secret_path(app.name, secret.name): secret.value for secret in app.unit.secrets})
    return found


def prune(value: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping without what is None or empty; False and 0 stay."""
    return {key: one for key, one in value.items() if one is not None and one not in ("", [], {}, ())}


def render_notes(notes: Iterable[Note]) -> str:
    """What an engine cannot say, or says otherwise, for people: each sentence, and what it is about."""
    sentences: dict[str, list[str]] = {}
    for note in notes:
        sentences.setdefault(note.what, []).append(note.subject)
    lines = [f"{', '.join(dict.fromkeys(subjects))}: {what}" for what, subjects in sentences.items()]
    return "\n".join(lines or ["Nothing is left out."]) + "\n"
