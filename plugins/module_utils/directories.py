# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volume directories: who they belong to, and which volume's data they hold. Nothing here reaches below them."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

IDENTITY = "user.holdfast.identity"
MODE = re.compile(r"[0-7]{3,4}")
# A volume here would give the operating system's own directory to an app.
SYSTEM_PATHS = frozenset(
    "/ /bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin"
    " /usr/lib /usr/local /var /var/lib /var/log /var/tmp".split()
)

ARGUMENTS = {
    "directories": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "path": {"type": "path", "required": True},
            "owner": {"type": "int", "required": True},
            "group": {"type": "int", "required": True},
            "mode": {"type": "str", "default": "0750"},
            "identity": {"type": "str", "default": ""},
        },
    },
}


@dataclass(frozen=True)
class Directory:
    """What a volume's directory shall be; ``identity`` is empty when nobody asks whose data it holds."""

    name: str
    path: str
    owner: int
    group: int
    mode: int
    identity: str


@dataclass(frozen=True)
class Found:
    """A path as it is; ``kind`` is file, directory, link or other."""

    kind: str
    owner: int
    group: int
    mode: int
    identity: Optional[str] = None


def find_problems(items: Iterable[Any]) -> list[str]:
    """Everything that is wrong with items ``{name, path, owner, group, mode, identity}``, each with its item's name."""
    items = list(items)
    problems = [problem for index, item in enumerate(items) for problem in _find_item_problems(index, item)]
    for key in ("name", "path"):
        counts = Counter(item[key] for item in items if isinstance(item, dict) and isinstance(item.get(key), str))
        problems += [f"{key} {value} belongs to {count} volumes" for value, count in counts.items() if count > 1]
    return problems


def desired(params: dict[str, Any]) -> list[Directory]:
    """The wanted directories; HostError names everything that is wrong with them."""
    problems = find_problems(params["directories"])
    if problems:
        raise HostError("; ".join(problems))
    return parse_items(params["directories"])


def parse_items(items: Iterable[dict[str, Any]]) -> list[Directory]:
    """Directories of items that have no problems, parents before what is in them."""
    parsed = [
        Directory(
            item["name"], item["path"], int(item["owner"]), int(item["group"]), int(item["mode"], 8), item["identity"]
        )
        for item in items
    ]
    return sorted(parsed, key=lambda directory: directory.path)


def read(system: System, paths: Iterable[str]) -> dict[str, Optional[Found]]:
    """Each path and each of its parents as it is, None where there is nothing."""
    wanted = set(paths)
    parents = {str(parent) for path in wanted for parent in PurePosixPath(path).parents}
    return {path: _read_one(system, path, path in wanted) for path in sorted(wanted | parents)}


def plan(current: Mapping[str, Optional[Found]], wanted: list[Directory]) -> Change:
    """Create what is missing, give each directory its owner, mode and identity; HostError names all that is refused."""
    refused = [reason for directory in wanted for reason in _find_refusals(current, directory)]
    if refused:
        raise HostError("; ".join(refused))
    steps = [*_plan_creation(current, {directory.path for directory in wanted})]
    steps += [step for directory in wanted for step in _plan_properties(current[directory.path], directory)]
    before = {directory.path: render(current[directory.path]) for directory in wanted}
    after = {directory.path: _render_wanted(current[directory.path], directory) for directory in wanted}
    return Change(before, after, tuple(steps))


def apply(system: System, change: Change) -> None:
    """Take the steps in their order."""
    for step in change.steps:
        if step.action == "create":
            system.make_directory(step.name, step.args["mode"])
        elif step.action == "own":
            system.set_owner(step.name, step.args["owner"], step.args["group"])
        elif step.action == "permit":
            system.set_mode(step.name, step.args["mode"])
        else:
            _set_identity(system, step.name, step.args["identity"])


def render(found: Optional[Found]) -> Optional[dict[str, Any]]:
    """What a path is, for a diff or a report: mode as digits, identity empty when there is none."""
    if found is None:
        return None
    return {**asdict(found), "mode": f"{found.mode:04o}", "identity": found.identity or ""}


def _render_wanted(found: Optional[Found], directory: Directory) -> Optional[dict[str, Any]]:
    identity = directory.identity or (found.identity if found else None)
    return render(Found("directory", directory.owner, directory.group, directory.mode, identity))


def _plan_creation(current: Mapping[str, Optional[Found]], wanted: set[str]) -> Iterator[Step]:
    for path in sorted(path for path, found in current.items() if found is None):
        # Nobody enters a volume before it has its owner; its parents must be passable by everybody.
        yield Step("create", path, {"mode": 0o700 if path in wanted else 0o755})


def _plan_properties(found: Optional[Found], directory: Directory) -> Iterator[Step]:
    if found is None or (found.owner, found.group) != (directory.owner, directory.group):
        yield Step("own", directory.path, {"owner": directory.owner, "group": directory.group})
    if found is None or found.mode != directory.mode:
        yield Step("permit", directory.path, {"mode": directory.mode})
    if directory.identity and (found is None or found.identity != directory.identity):
        yield Step("identify", directory.path, {"identity": directory.identity})


def _find_refusals(current: Mapping[str, Optional[Found]], directory: Directory) -> Iterator[str]:
    found = current[directory.path]
    if found and found.kind != "directory":
        what = "a symbolic link" if found.kind == "link" else "no directory"
        yield f"volume {directory.name}: {directory.path} is {what}; move it away or name another path"
    if found and directory.identity and found.identity not in (None, directory.identity):
        yield (
            f"volume {directory.name}: {directory.path} holds the data of another volume (its identity is"
            f" {found.identity}, wanted is {directory.identity}); name another path, or, if this data is meant,"
            f" take the mark away with: setfattr -x {IDENTITY} {directory.path}"
        )
    for parent in map(str, PurePosixPath(directory.path).parents):
        above = current[parent]
        if above and above.kind not in ("directory", "link"):
            yield f"volume {directory.name}: {parent} is no directory, so {directory.path} cannot be made in it"


def _find_item_problems(index: int, item: Any) -> Iterator[str]:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not isinstance(item.get("path"), str):
        yield f"directories[{index}] has no name or no path; give both"
        return
    name, path = item["name"], item["path"]
    if not path.startswith("/") or os.path.normpath(path) != path or re.search(r"[\x00-\x1f\x7f]", path):
        yield f"volume {name}: path {path!r} must be absolute, without '..', '//', a final '/' or control characters"
    if path in SYSTEM_PATHS:
        yield f"volume {name}: {path} belongs to the operating system; name a directory below it"
    for key in ("owner", "group"):
        if not re.fullmatch(r"\d+", str(item.get(key))):
            yield f"volume {name}: {key} {item.get(key)!r} is no numeric id; names differ from host to host"
    if not isinstance(item.get("mode"), str) or not MODE.fullmatch(item["mode"]):
        yield f"volume {name}: mode {item.get('mode')!r} is no quoted octal mode such as '0750'"


def _read_one(system: System, path: str, with_identity: bool) -> Optional[Found]:
    state = system.stat(path)
    if state is None:
        return None
    identity = system.get_xattr(path, IDENTITY) if with_identity and state.kind == "directory" else None
    return Found(state.kind, state.owner, state.group, state.mode, identity)


def _set_identity(system: System, path: str, identity: str) -> None:
    try:
        system.set_xattr(path, IDENTITY, identity)
    except (HostError, OSError) as error:
        raise HostError(
            f"cannot mark {path} with its identity ({error}); its file system must have extended attributes of users,"
            " as ext4, xfs, btrfs and zfs have"
        ) from error
