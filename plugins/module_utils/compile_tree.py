# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A directory of compiled files as one set: what was written there and is wanted no longer goes, nothing else does."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

# The paths of the set, so that a file of somebody else is never taken for one of ours.
INDEX = ".holdfast-compiled.json"
PUBLIC, PRIVATE = 0o644, 0o600
ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "files": {"type": "dict", "required": True},
    "confidential": {"type": "dict", "default": {}, "no_log": True},
}


@dataclass(frozen=True)
class Written:
    """A file; its text may be confidential."""

    text: str = field(repr=False)
    mode: int = PUBLIC

    @property
    def shown(self) -> str:
        """Its text for a diff."""
        return self.text if self.mode == PUBLIC else "hidden"


@dataclass(frozen=True)
class Current:
    """The paths that the index has, and the files of these and of all that are wanted."""

    index: tuple[str, ...]
    files: Mapping[str, Written]


def desired(params: Mapping[str, Any]) -> dict[str, Written]:
    """The wanted files by path; HostError names every path that would lead elsewhere."""
    wanted = {path: Written(str(text)) for path, text in params["files"].items()}
    wanted.update({path: Written(str(text), PRIVATE) for path, text in params["confidential"].items()})
    astray = [path for path in wanted if not _is_below(path)]
    if astray:
        raise HostError(f"nothing was written: {', '.join(astray)}: give plain paths below the directory")
    return wanted


def _is_below(path: str) -> bool:
    plain = posixpath.normpath(path) == path and not path.startswith(("/", "../"))
    return plain and path not in (".", "..", INDEX)


def read(system: System, root: str, wanted: Iterable[str]) -> Current:
    """What is there of a set."""
    index = tuple(filter(_is_below, _read_index(system, root)))
    files = {}
    for path in sorted({*index, *wanted}):
        state = system.stat(f"{root}/{path}")
        if state is not None:
            if state.kind != "file":
                raise HostError(f"{root}/{path} is no file but a {state.kind}; move it out of the way")
            files[path] = Written(system.read(f"{root}/{path}") or "", state.mode)
    return Current(index, files)


def _read_index(system: System, root: str) -> list[str]:
    text = system.read(f"{root}/{INDEX}")
    try:
        return [str(path) for path in json.loads(text)["files"]] if text else []
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(f"{root}/{INDEX} cannot be read: {error}; remove it, and what it was about") from error


def plan(current: Current, wanted: Mapping[str, Written]) -> Change:
    """The steps from one to the other; HostError names every file that somebody else has put there."""
    changed = [path for path, one in sorted(wanted.items()) if current.files.get(path) != one]
    foreign = [path for path in changed if path in current.files and path not in current.index]
    if foreign:
        raise HostError(
            f"nothing was written: {', '.join(foreign)}: there already, and not of this collection; "
            "give another directory, or move what is there"
        )
    gone = [path for path in current.index if path not in wanted and path in current.files]
    steps = [Step("remove", path) for path in gone]
    steps += [Step("write", path, {"text": wanted[path].text, "mode": wanted[path].mode}) for path in changed]
    if sorted(wanted) != sorted(current.index):
        # First what is to come, so that a run that was killed is completed by the next one.
        steps.insert(0, Step("write", INDEX, {"text": _render_index({*wanted, *gone}), "mode": PUBLIC}))
        steps += [Step("write", INDEX, {"text": _render_index(wanted), "mode": PUBLIC})] if gone else []
    return Change(
        {path: current.files[path].shown if path in current.files else None for path in (*gone, *changed)},
        {**dict.fromkeys(gone), **{path: wanted[path].shown for path in changed}},
        tuple(steps),
    )


def _render_index(paths: Iterable[str]) -> str:
    return json.dumps({"files": sorted(paths)}, indent=2) + "\n"


def apply(system: System, root: str, change: Change) -> None:
    """Take the steps."""
    for step in change.steps:
        if step.action == "write":
            system.write(f"{root}/{step.name}", step.args["text"], step.args["mode"])
        else:
            system.remove(f"{root}/{step.name}")
            _remove_empty(system, root, posixpath.dirname(step.name))


def _remove_empty(system: System, root: str, directory: str) -> None:
    while directory and not system.listdir(f"{root}/{directory}"):
        system.remove_directory(f"{root}/{directory}")
        directory = posixpath.dirname(directory)
