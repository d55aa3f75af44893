# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host to whose data nobody gets past the containers: what has to be closed, and what only a person can close. Pure.

Closed are directories above volumes, sockets of engines, and swap for containers. What was open before is kept in a
record, and given back when it is wanted no longer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.access_state import CONTROLLED, SOCKETS
from ansible_collections.holdfast.volumes.plugins.module_utils.addresses import is_network
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import SYSTEM_PATHS
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown_rules import GROUPS
from ansible_collections.holdfast.volumes.plugins.module_utils.strangers import Stranger
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import (
    MARKER,
    Entry,
    is_managed,
    render,
)

RECORD = "/etc/holdfast/host_lockdown.json"
UNITS = "/etc/systemd/system"
# Drop-ins of one unit are read in the order of their names, and the last word counts.
DROP_IN = "zz-holdfast.conf"
# An NFS server leads clients of version 4 through what is above an export as this group (exports(5), anongid).
NOBODY = 65534

ARGUMENTS: dict[str, Any] = {
    "parents": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"path": {"type": "path", "required": True}, "served": {"type": "bool", "default": False}},
    },
    "close_sockets": {"type": "bool", "default": False},
    "allow_swap": {"type": "bool", "default": True},
    "servers": {"type": "list", "elements": "str", "default": []},
    "owners": {"type": "dict", "default": {}},
    "accounts": {"type": "list", "elements": "str", "default": []},
    "containers": {"type": "list", "elements": "str", "default": []},
}


class Access(NamedTuple):
    """Who may pass a path."""

    mode: int
    owner: int
    group: int


ROOT_ONLY, LED_THROUGH, SOCKET = Access(0o700, 0, 0), Access(0o710, 0, NOBODY), Access(0o600, 0, 0)


@dataclass(frozen=True)
class Wanted:
    """What the host shall be; ``owners`` are user ids of data, each with what belongs to it, in words."""

    parents: Mapping[str, Access]
    files: Mapping[str, str]
    close_sockets: bool
    owners: Mapping[int, list[str]]
    accounts: frozenset[str]
    containers: frozenset[str]
    servers: frozenset[str]
    properties: list[str]

    def __bool__(self) -> bool:
        return bool(self.parents or self.files or self.close_sockets or self.owners)


@dataclass(frozen=True)
class Current:
    """What it is. ``access`` has paths that are there, ``links`` wanted parents that are no directories; ``before`` and
    ``pending`` are the record (None without one), ``logins`` (name, user id) of accounts with a shell, ``members``
    those of GROUPS; ``listens``: whether Docker takes calls from the network without asking who calls;
    ``strangers`` are containers of other origin that have something of the host."""

    files: Mapping[str, Optional[str]]
    access: Mapping[str, Access]
    before: Optional[Mapping[str, Access]] = None
    pending: bool = False
    links: tuple[str, ...] = ()
    logins: tuple[tuple[str, int], ...] = ()
    members: Mapping[str, list[str]] = field(default_factory=dict)
    listens: bool = False
    strangers: tuple[Stranger, ...] = ()


def render_files(close_sockets: bool, allow_swap: bool, servers: Iterable[str] = ()) -> dict[str, str]:
    """The drop-ins that are wanted: of a unit, or of all units whose names begin alike (systemd.unit(5))."""
    root: list[Entry] = [("SocketUser", "root"), ("SocketGroup", "root"), ("SocketMode", "0600")]
    places = [(f"{unit}.d", "Socket", root if close_sockets else []) for unit in sorted(CONTROLLED.values())]
    limits: list[Entry] = [
        ("MemorySwapMax", [] if allow_swap else "0"),
        # A server knows clients by their addresses, and what leaves a container leaves with that of its host.
        ("IPAddressDeny", sorted(servers)),
    ]
    limits = [entry for entry in limits if entry[1]]
    # Podman and nspawn run containers below the service of the unit, Docker in scopes of its own.
    places += [("docker-.scope.d", "Scope", limits), ("holdfast-.service.d", "Service", limits)]
    return {f"{UNITS}/{place}/{DROP_IN}": render([(kind, words)]) for place, kind, words in places if words}


def render_properties(allow_swap: bool, servers: Iterable[str] = ()) -> list[str]:
    """The same limits for units that run already, which systemd gives no drop-in's limits when it reads that anew."""
    swap = "infinity" if allow_swap else "0"
    return [f"MemorySwapMax={swap}", "IPAddressDeny=", *(f"IPAddressDeny={one}" for one in sorted(servers))]


FILES = tuple(render_files(close_sockets=True, allow_swap=False))
LIMITS = tuple(path for path in FILES if "docker-." in path or "holdfast-." in path)
# Names of units that have these limits.
LIMITED = ("docker-*.scope", "holdfast-*.service")


def desired(params: Mapping[str, Any]) -> Wanted:
    """What is wanted; HostError names every path and id that cannot be meant."""
    paths = [str(item["path"]) for item in params["parents"]]
    problems = [problem for path in paths for problem in _find_path_problems(path)]
    problems += [
        f"owners: {uid!r} is no user id; give the number" for uid in params["owners"] if not str(uid).isdigit()
    ]
    problems += [
        f"servers: {one} is no address, and systemd knows no names; give the addresses in host_lockdown_servers"
        for one in params["servers"]
        if not is_network(one, strict=True)
    ]
    if problems:
        raise HostError("; ".join(problems))
    return Wanted(
        parents={str(item["path"]): LED_THROUGH if item["served"] else ROOT_ONLY for item in params["parents"]},
        files=render_files(params["close_sockets"], params["allow_swap"], params["servers"]),
        close_sockets=params["close_sockets"],
        owners={int(uid): list(things) for uid, things in params["owners"].items()},
        accounts=frozenset(params["accounts"]),
        containers=frozenset(params["containers"]),
        servers=frozenset(params["servers"]),
        properties=render_properties(params["allow_swap"], params["servers"]),
    )


def _find_path_problems(path: str) -> Iterator[str]:
    if not path.startswith("/") or os.path.normpath(path) != path:
        yield f"parents: {path!r} must be absolute, without '..', '//' and a final '/'"
    elif path in SYSTEM_PATHS or path.startswith("/proc/"):
        yield (
            f"{path} has volumes in it and belongs to the operating system, so it cannot be closed to users; give their"
            f" store a directory of its own, such as {path.rstrip('/')}/volumes, or set"
            " host_lockdown_parents_enabled to false"
        )


def find_problems(current: Current, wanted: Wanted) -> list[str]:
    """What a person has to decide, each with its way out; the host stays as it is until then."""
    problems = [f"{path} is no directory of its own; name the one that it leads to" for path in current.links]
    problems += [f"{path} is not the collection's; move it away" for path in wanted.files if _is_foreign(current, path)]
    if wanted:
        problems += [*_find_login_problems(current, wanted), *_find_member_problems(current, wanted)]
        problems += _find_stranger_problems(current, wanted)
    if wanted.close_sockets:
        problems += _find_socket_problems(current)
    return problems


def _is_foreign(current: Current, path: str) -> bool:
    return current.files[path] is not None and not is_managed(current.files[path])


def _find_login_problems(current: Current, wanted: Wanted) -> Iterator[str]:
    for name, uid in current.logins:
        if uid in wanted.owners and name not in wanted.accounts:
            yield (
                f"{name} can log in and has the user id {uid}, that of {', '.join(wanted.owners[uid])}: as the same"
                " user it reads the data through the processes of the containers (/proc/PID/root). Give the account"
                " another id, or the data and its apps one that no account has, or name it in host_lockdown_accounts"
            )


def _find_member_problems(current: Current, wanted: Wanted) -> Iterator[str]:
    for group, names in sorted(current.members.items()):
        for name in sorted(set(names) - wanted.accounts - {"root"}):
            yield (
                f"{name} is in the group {group}, which {GROUPS[group]}; take it out (gpasswd -d {name} {group}), or"
                " name it in host_lockdown_accounts"
            )


def _find_stranger_problems(current: Current, wanted: Wanted) -> Iterator[str]:
    for one in current.strangers:
        if one.name not in wanted.containers:
            yield (
                f"the container {one.name} (process {one.pid}) is not the collection's and has"
                f" {', and '.join(one.has)}; run it as an app of the catalogue or without these, or name it in"
                " host_lockdown_containers"
            )


def _find_socket_problems(current: Current) -> Iterator[str]:
    for path in SOCKETS:
        found = current.access.get(path)
        if path not in CONTROLLED and found and is_open(found):
            yield (
                f"{path} has mode {found.mode:04o} and belongs to {found.owner}:{found.group}; its daemon makes it so"
                " at every start: give it to root alone in the configuration of that"
            )
    if current.listens:
        yield (
            "Docker listens on the network and asks nobody who calls; take tcp:// out of its `hosts`"
            " (/etc/docker/daemon.json, or the command line of docker.service), or set tlsverify"
        )


def is_open(found: Access) -> bool:
    """Whether anybody but root may use a socket."""
    return bool(found.mode & 0o007 or found.owner or (found.mode & 0o070 and found.group))


def plan(current: Current, wanted: Wanted) -> Change:
    """Close what is open, give back what is no longer wanted; HostError names all that only a person can close."""
    problems = find_problems(current, wanted)
    if problems:
        raise HostError("; ".join(problems))
    closing = dict(_find_closing(current, wanted))
    before = dict(current.before or {})
    kept = {path: before[path] for path in before if _is_wanted(path, wanted)}
    kept.update({path: current.access[path] for path in closing if path in current.access and path not in before})
    returned = {path: before[path] for path in before if path not in kept and path in current.access}
    steps = [*_plan_files(current, wanted)]
    if steps or current.pending:
        steps.append(Step("reload", "systemd"))
    if current.pending or any(step.name in LIMITS for step in steps):
        steps.append(Step("limit", "running containers", {"properties": wanted.properties}))
    steps += [Step("close", path, {"access": access}) for path, access in closing.items()]
    steps += [Step("give back", path, {"access": access}) for path, access in returned.items()]
    after = _render(wanted.files, {**current.access, **closing, **returned})
    record = _plan_record(current, wanted, kept, bool(steps))
    return Change(_render(current.files, current.access), after, (*record, *steps))


def _is_wanted(path: str, wanted: Wanted) -> bool:
    return path in wanted.parents or (path in CONTROLLED and wanted.close_sockets)


def _find_closing(current: Current, wanted: Wanted) -> Iterator[tuple[str, Access]]:
    for path, access in wanted.parents.items():
        if current.access.get(path) != access:
            yield path, access
    for path in CONTROLLED if wanted.close_sockets else ():
        if path in current.access and is_open(current.access[path]):
            yield path, SOCKET


def _plan_files(current: Current, wanted: Wanted) -> Iterator[Step]:
    for path, found in current.files.items():
        text = wanted.files.get(path)
        if text is not None and text != found:
            yield Step("write", path, {"text": text})
        elif text is None and is_managed(found):
            yield Step("remove", path)


def _plan_record(current: Current, wanted: Wanted, kept: Mapping[str, Access], moves: bool) -> Iterator[Step]:
    """What is about to be closed or given back is noted first, so that a run that is killed loses nothing of it."""
    before = current.before or {}
    if moves or before != kept or (current.before is not None and not wanted):
        yield Step("record", RECORD, {"first": {**before, **kept}, "last": kept if wanted else None})


def _render(files: Mapping[str, Any], access: Mapping[str, Access]) -> dict[str, Any]:
    return {
        "files": {path: text for path, text in files.items() if text is not None},
        "access": render_access(access),
    }


def render_access(access: Mapping[str, Access]) -> dict[str, str]:
    """For a diff or a report."""
    return {path: f"{one.mode:04o} {one.owner} {one.group}" for path, one in sorted(access.items())}


def render_record(before: Mapping[str, Access], pending: bool) -> dict[str, Any]:
    """What is kept on the host, as JSON."""
    return {"note": MARKER, "pending": pending, "before": {path: list(access) for path, access in before.items()}}


def parse_record(record: Mapping[str, Any]) -> tuple[dict[str, Access], bool]:
    """(before, pending) of what ``render_record`` made."""
    return {path: Access(*map(int, access)) for path, access in record["before"].items()}, bool(record["pending"])
