# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a witness is, what the engines say about containers, and how a set of witnesses changes. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import parse_name
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX

PREFIX = ".holdfast-witness-"
CONTENT_LIMIT = 4096
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")


class WitnessError(ValueError):
    """A witness that cannot be asked for; every fault of the list is named at once."""


@dataclass(frozen=True)
class Witness:
    """One small file below ``target``; as ``app`` sees it, or as the host does when there is no app."""

    target: str
    name: str
    app: str = ""
    engine: str = ""
    content: str = ""
    volume: str = ""
    attempt_write: bool = False

    @property
    def path(self) -> str:
        """Where the file is, in the container or on the host."""
        return f"{self.target.rstrip('/')}/{PREFIX}{self.name}"

    @property
    def key(self) -> str:
        """How reports call it."""
        return f"{self.app or 'host'}:{self.path}"


@dataclass(frozen=True)
class Container:
    """A container as its engine knows it; ``pid`` is 0 unless it runs."""

    app: str
    engine: str
    container_id: str
    pid: int
    image: str
    mounts: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Identity:
    """Whom a process acts as: numeric ids, supplementary groups, effective capabilities and label."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    capabilities: int
    label: str


def parse_witnesses(items: list[dict[str, Any]]) -> list[Witness]:
    """The wanted witnesses, in order; raises WitnessError naming every item that is no good."""
    witnesses = [Witness(**{key: value for key, value in item.items() if value is not None}) for item in items]
    faults = [f"{one.key}: {fault}" for one in witnesses for fault in _faults(one)]
    keys = [one.key for one in witnesses]
    faults += [f"{key}: given twice; keep one" for key in sorted({key for key in keys if keys.count(key) > 1})]
    if faults:
        raise WitnessError("; ".join(faults))
    return witnesses


def _faults(one: Witness) -> list[str]:
    rules = (
        (not one.target.startswith("/"), "target must be an absolute path"),
        (".." in one.target.split("/"), "target must not contain '..'"),
        (not _NAME.fullmatch(one.name), "name must be letters, digits, '.', '_' and '-', at most 201 of them"),
        (bool(one.app) != bool(one.engine), "app and engine belong together; give both or neither"),
        (len(one.content.encode()) > CONTENT_LIMIT, f"content is longer than {CONTENT_LIMIT} bytes; shorten it"),
    )
    return [fault for broken, fault in rules if broken]


def parse_inspect(text: str, engine: str) -> list[Container]:
    """Containers from the JSON of ``docker inspect`` or ``podman inspect`` (the keys used here are the same).

    A mount with a ``name`` is a volume of the collection that the engine mounts itself; its source is the engine's own.
    """
    return [
        Container(
            app=one["Name"].lstrip("/")[len(CONTAINER_PREFIX) :],
            engine=engine,
            container_id=one["Id"],
            pid=int(one["State"]["Pid"]) if one["State"]["Running"] else 0,
            image=one["Config"]["Image"],
            mounts=tuple(
                {"source": mount["Source"], "target": mount["Destination"], "read_only": not mount["RW"], **name}
                for mount in sorted(one.get("Mounts") or [], key=lambda mount: str(mount["Destination"]))
                for name in [{"name": mount["Name"]} if mount["Type"] == "volume" else {}]
                if mount["Type"] == "bind" or (name and parse_name(mount["Name"]))
            ),
        )
        for one in json.loads(text or "[]")
    ]


def parse_identity(status: str, label: str) -> Identity:
    """From the text of /proc/PID/status (proc_pid_status(5)) and /proc/PID/attr/current."""
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return Identity(
        uid=int(fields["Uid"].split()[1]),  # Uid: real effective saved filesystem
        gid=int(fields["Gid"].split()[1]),
        groups=tuple(int(group) for group in fields["Groups"].split()),
        capabilities=int(fields["CapEff"], 16),
        label=label.rstrip("\0\n"),
    )


def parse_level(label: str) -> str:
    """The level of an SELinux label: ``s0:c1,c2`` of ``system_u:object_r:container_file_t:s0:c1,c2``."""
    return label.split(":", 3)[3] if label.count(":") >= 3 else ""


def report(answer: dict[str, Any]) -> dict[str, Any]:
    """The part of a witness's report that follows from the answer to a read."""
    value = answer.get("value")
    return {
        "present": bool(value),
        **({**value, "sha256": sha256(value["content"])} if value else {}),
        "error": answer.get("message", ""),
    }


def sha256(content: str) -> str:
    """The checksum that reports and certificates give."""
    return hashlib.sha256(content.encode()).hexdigest()


def plan(current: dict[str, str | None], witnesses: list[Witness], state: str) -> Change:
    """Steps from ``current`` ({key: content, or None when absent}) to every witness being ``state``.

    Raises WitnessError when a file of that name holds something else: nothing is ever overwritten.
    """
    wanted = {one.key: one.content if state == "present" else None for one in witnesses}
    if state == "present":
        foreign = [key for key, content in wanted.items() if current[key] not in (None, content)]
        if foreign:
            raise WitnessError(f"{', '.join(foreign)}: holds other content and is left alone; choose another name")
    action = "write" if state == "present" else "remove"
    changed = [one for one in witnesses if current[one.key] != wanted[one.key]]
    return Change(current, wanted, tuple(Step(action, one.key, {"witness": one}) for one in changed))
