# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How closed a host is, and the steps that close it or give back what was open."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import strangers
from ansible_collections.holdfast.volumes.plugins.module_utils.access_state import (
    CONTROLLED,
    DOCKER_CONFIGURATION,
    DOCKER_SOCKET,
    SOCKETS,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown import (
    FILES,
    LIMITED,
    RECORD,
    Access,
    Current,
    Wanted,
    parse_record,
    render_record,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown_rules import (
    GROUPS,
    parse_logins,
    parse_members,
)

FOUND = (0, 2)  # getent(1): all keys were found, or some were not


def read(system: System, wanted: Wanted) -> Current:
    """The host as it is."""
    before, pending = _read_record(system)
    paths = [*wanted.parents, *(before or {}), *SOCKETS]
    return Current(
        files={path: system.read(path) for path in FILES},
        access=_read_access(system, paths),
        before=before,
        pending=pending,
        links=tuple(path for path in wanted.parents if _is_strange(system.stat(path))),
        logins=_read_logins(system, wanted.owners) if wanted.owners else (),
        members=_read_members(system) if wanted else {},
        strangers=tuple(strangers.read(system, wanted.parents, wanted.servers)) if wanted else (),
        listens=wanted.close_sockets and _listens(system),
    )


def _read_record(system: System) -> tuple[Optional[dict[str, Access]], bool]:
    text = system.read(RECORD)
    if text is None:
        return None, False
    try:
        return parse_record(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HostError(
            f"{RECORD} is no record of what was closed here ({error}); restore it from a backup, or remove it and set"
            " by hand what should be open again"
        ) from error


def _read_access(system: System, paths: Iterable[str]) -> dict[str, Access]:
    states = {path: system.stat(path) for path in paths}
    return {path: Access(one.mode, one.owner, one.group) for path, one in states.items() if one is not None}


def _is_strange(state: Optional[FileState]) -> bool:
    return state is not None and state.kind != "directory"


def _read_logins(system: System, owners: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """Of this host's file, which may have two names for one id, and of directory services, which are asked by id."""
    asked = system.run(["getent", "passwd", *map(str, sorted(owners))])
    if asked.rc not in FOUND:
        raise HostError(f"getent passwd failed ({asked.rc}): {asked.err.strip()}; who may log in is not known")
    both = parse_logins((system.read("/etc/passwd") or "") + "\n" + asked.out)
    return tuple(sorted({login for login in both if login[1] in set(owners)}))


def _read_members(system: System) -> dict[str, list[str]]:
    asked = system.run(["getent", "group", *sorted(GROUPS)])
    if asked.rc not in FOUND:
        raise HostError(f"getent group failed ({asked.rc}): {asked.err.strip()}; who is in which group is not known")
    return parse_members(asked.out)


def _listens(system: System) -> bool:
    """Whether Docker takes callers from the network that show no certificate (dockerd(8))."""
    if system.stat(DOCKER_SOCKET) is None:
        return False
    told = system.check(["systemctl", "show", "--property=ExecStart", "--", "docker.service"])
    words = told + (system.read(DOCKER_CONFIGURATION) or "")
    return "tcp://" in words and "tlsverify" not in words


def apply(system: System, change: Change) -> None:
    """Take the steps in their order; the record says last that all is done."""
    for step in change.steps:
        _take(system, step)
    for step in change.steps:
        if step.action == "record":
            _write_record(system, step.args["last"], pending=False)


def _take(system: System, step: Step) -> None:
    if step.action == "record":
        _write_record(system, step.args["first"], pending=True)
    elif step.action == "write":
        system.write(step.name, step.args["text"])
    elif step.action == "remove":
        _remove(system, step.name)
    elif step.action == "reload":
        system.check(["systemctl", "daemon-reload"])
    elif step.action == "limit":
        _limit(system, step.args["properties"])
    else:
        _set_access(system, step.name, step.args["access"])


def _limit(system: System, properties: list[str]) -> None:
    listed = system.check(["systemctl", "list-units", "--plain", "--no-legend", "--state=active", *LIMITED])
    for line in listed.splitlines():
        # holdfast-web.service loaded active running web (podman container of holdfast.volumes)
        done = system.run(["systemctl", "set-property", "--runtime", "--", line.split()[0], *properties])
        if done.rc and line.split()[0] in system.check(["systemctl", "list-units", "--plain", "--no-legend", *LIMITED]):
            raise HostError(f"{line.split()[0]} could not be given its limits: {done.err.strip()}")


def _write_record(system: System, before: Optional[Mapping[str, Access]], pending: bool) -> None:
    if before is None:
        _remove(system, RECORD)
    else:
        system.write(RECORD, json.dumps(render_record(before, pending)) + "\n", 0o600)


def _remove(system: System, path: str) -> None:
    """A file, and its directory when nothing else is in that."""
    system.remove(path)
    if not system.listdir(os.path.dirname(path)):
        system.remove_directory(os.path.dirname(path))


def _set_access(system: System, path: str, access: Access) -> None:
    if system.stat(path) is None:
        if path in CONTROLLED:
            return  # its daemon went meanwhile, and comes back as its unit says
        raise HostError(f"{path} is not there to be closed; make its volumes first (tasks of nfs_server, host_mounts)")
    system.set_owner(path, access.owner, access.group)
    system.set_mode(path, access.mode)
