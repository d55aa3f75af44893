# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access points of Amazon EFS: what is wanted against what is there. An access point cannot be changed. Pure."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

NAMESPACE = uuid.UUID("1f0a6f0c-7d0c-4d39-9d57-0f6a6f3b9d11")
LARGEST_ID = 2**32 - 1
GONE = ("deleting", "deleted")


@dataclass(frozen=True)
class AccessPoint:
    """A directory of a file system, made with this owner and mode when it is first mounted.

    ``squash`` is all (every client is the owner) or none; ``name`` is the tag Name; ``access_point_id`` is "" until
    it is known, and so is what somebody else's has left open.
    """

    name: str
    path: str
    owner: int | None
    group: int | None
    mode: str
    squash: str
    access_point_id: str = ""

    @property
    def lasting(self) -> dict[str, Any]:
        """What cannot be changed, as options have it."""
        return {
            "path": self.path,
            "owner": self.owner,
            "group": self.group,
            "mode": self.mode,
            "squash": self.squash,
        }


def parse_items(items: Iterable[Mapping[str, Any]]) -> list[AccessPoint]:
    """Wanted access points, sorted by name; raises HostError that names every problem at once."""
    points = [_parse_item(item) for item in items]
    problems = [f"{point.name or '(no name)'}: {fault}" for point in points for fault in _find_faults(point)]
    counts = Counter(point.name for point in points)
    problems += [f"{name}: given {count} times; keep one" for name, count in counts.items() if count > 1]
    if problems:
        raise HostError(f"these access points cannot be made, nothing was changed: {'; '.join(problems)}")
    return sorted(points, key=lambda point: point.name)


def _parse_item(item: Mapping[str, Any]) -> AccessPoint:
    owner, group = item["owner"], item.get("group")
    return AccessPoint(
        name=item["name"],
        path=item.get("path") or f"/{item['name']}",
        owner=owner,
        group=owner if group is None else group,
        mode=(item.get("mode") or "0750").zfill(4),
        squash=item.get("squash") or "all",
    )


def _find_faults(point: AccessPoint) -> list[str]:
    ids = [("owner", point.owner), ("group", point.group)]
    checks = [
        (bool(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", point.name)), "a name has only a-z, 0-9, _ and -"),
        (
            bool(re.fullmatch(r"(/[\w.@+=-]+){1,4}", point.path)) and ".." not in point.path.split("/"),
            f"path {point.path!r} is not absolute, or has more than the four levels that AWS makes",
        ),
        (bool(re.fullmatch(r"[0-7]{4}", point.mode)), f"mode {point.mode!r} has other than octal digits"),
        *((0 <= (number or 0) <= LARGEST_ID, f"{key} {number} is no numeric id") for key, number in ids),
    ]
    return [fault for holds, fault in checks if not holds]


def parse_answer(answers: Iterable[Mapping[str, Any]]) -> list[AccessPoint]:
    """Access points of the API (AccessPointDescription) that are there to stay, sorted by name and id."""
    points = [_parse_description(one) for one in answers if one.get("LifeCycleState") not in GONE]
    return sorted(points, key=lambda point: (point.name, point.access_point_id))


def _parse_description(one: Mapping[str, Any]) -> AccessPoint:
    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags") or []}
    root = one.get("RootDirectory") or {}
    made, user = root.get("CreationInfo") or {}, one.get("PosixUser") or {}
    return AccessPoint(
        name=tags.get("Name", ""),
        path=root.get("Path", "/"),
        owner=made.get("OwnerUid", user.get("Uid")),
        group=made.get("OwnerGid", user.get("Gid")),
        mode=made["Permissions"].zfill(4) if "Permissions" in made else "",
        squash="all" if user else "none",
        access_point_id=one["AccessPointId"],
    )


def render_request(file_system_id: str, point: AccessPoint) -> dict[str, Any]:
    """What CreateAccessPoint takes; the token is the same for the same file system and name."""
    made = {"OwnerUid": point.owner, "OwnerGid": point.group, "Permissions": point.mode}
    user = {"PosixUser": {"Uid": point.owner, "Gid": point.group}} if point.squash == "all" else {}
    return {
        "ClientToken": str(uuid.uuid5(NAMESPACE, f"{file_system_id}/{point.name}")),
        "FileSystemId": file_system_id,
        "Tags": [{"Key": "Name", "Value": point.name}],
        "RootDirectory": {"Path": point.path, "CreationInfo": made},
        **user,
    }


def render_item(point: AccessPoint) -> dict[str, Any]:
    """An access point as results have it."""
    return {"name": point.name, "access_point_id": point.access_point_id, **point.lasting}


def find_wanted(current: Iterable[AccessPoint], wanted: Iterable[AccessPoint]) -> list[AccessPoint]:
    """The wanted ones, those that are there with their ids."""
    ids = {(point.name, *point.lasting.values()): point.access_point_id for point in current}
    return [replace(point, access_point_id=ids.get((point.name, *point.lasting.values()), "")) for point in wanted]


def plan(current: list[AccessPoint], wanted: list[AccessPoint]) -> Change:
    """A step for each one that is not there; raises HostError where one of its name is another."""
    there = {point.name: point for point in current}
    found = find_wanted(current, wanted)
    missing = [point for point in found if not point.access_point_id]
    problems = [_say_other(there[point.name], point) for point in missing if point.name in there]
    if problems:
        raise HostError("; ".join(problems))
    before = {point.name: point.lasting for point in found if point.access_point_id}
    after = {point.name: point.lasting for point in found}
    return Change(before, after, tuple(Step("create", point.name, {"point": point}) for point in missing))


def _say_other(is_now: AccessPoint, wanted: AccessPoint) -> str:
    differences = [
        f"{key} {is_now.lasting[key]} instead of {value}"
        for key, value in wanted.lasting.items()
        if is_now.lasting[key] != value
    ]
    return (
        f"the access point {wanted.name} ({is_now.access_point_id}) has {', '.join(differences)}, and AWS cannot "
        "change one: give the wanted one another name, or delete this one yourself once nothing mounts it; data stays"
    )
