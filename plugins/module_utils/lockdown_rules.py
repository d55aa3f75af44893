# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose a host's data is, by what the roles are given, and who may be somebody else than they should. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import split_source

# Whose members reach the data of a host by other ways than files; by name, since numbers differ.
GROUPS = {
    "disk": "reads and writes every disk of the host past its files",
    "incus-admin": "starts containers on any path of the host",
    "lxd": "starts containers on any path of the host",
}
# By each of them root of a container is root of its host, or reads what belongs to others (capabilities(7)).
ROOT_CAPABILITIES = frozenset(
    "ALL BPF CHECKPOINT_RESTORE DAC_READ_SEARCH MAC_ADMIN MAC_OVERRIDE PERFMON SYS_ADMIN SYS_BOOT SYS_MODULE SYS_PTRACE"
    " SYS_RAWIO".split()
)
# Containers of nspawn are in the network of their host, and so is what it says to NFS servers.
NETWORK_CAPABILITIES = frozenset({"NET_ADMIN", "NET_RAW"})


def parse_logins(text: str) -> list[tuple[str, int]]:
    """(name, user id) of those lines of passwd(5) whose account has a shell."""
    # alice:x:1000:1000:Alice:/home/alice:/bin/bash
    rows = [line.split(":") for line in text.splitlines() if line.count(":") == 6]
    shells = [(row[0], int(row[2])) for row in rows if os.path.basename(row[6]) not in ("nologin", "false", "sync")]
    return [login for login in dict.fromkeys(shells) if login[1] != 0]


def parse_members(text: str) -> dict[str, list[str]]:
    """{group: members} of lines of group(5), those without any left out."""
    # disk:x:6:alice,bob
    rows = [line.split(":") for line in text.splitlines() if line.count(":") == 3]
    return {row[0]: row[3].split(",") for row in rows if row[0] in GROUPS and row[3]}


def find_owners(
    units: Any, volumes: Any = (), mounts: Any = (), catalogue: Optional[Mapping[str, Any]] = None
) -> dict[str, list[str]]:
    """{user id: what of a host's data is reached as that user, in words}, from the variables of the roles.

    Of ``mounts`` the owner is in the catalogue alone. Root is left out: nothing is closed to it. What has no shape is
    left out too, for the preflight of its own role to refuse.
    """
    known = (catalogue or {}).get("volumes") or {}
    owned = [(one.get("owner"), f"volume {one.get('name')}") for one in _records(volumes)]
    owned += [(known.get(one.get("name"), {}).get("owner"), f"volume {one.get('name')}") for one in _records(mounts)]
    for unit in _records(units):
        owned.append((str(unit.get("user") or "").partition(":")[0], f"app {unit.get('name')}"))
        attached = _records([mount.get("engine_volume") for mount in _records(unit.get("mounts"))])
        owned += [(one.get("owner"), f"volume {one.get('volume') or one.get('name')}") for one in attached]
    things: dict[str, set[str]] = {}
    for uid, word in owned:
        number = int(uid) if uid is not None and str(uid).isdigit() else 0
        if number:
            things.setdefault(str(number), set()).add(word)
    return {uid: sorted(words) for uid, words in sorted(things.items())}


def find_parents(served: Any, local: Any = ()) -> list[dict[str, Any]]:
    """The directories that volumes lie in, ``{path, served: whether NFS clients are led through it}``."""
    led = _find_directories(served)
    return [{"path": path, "served": path in led} for path in sorted(led | _find_directories(local))]


def find_servers(mounts: Any, units: Any = (), own: Iterable[Any] = ()) -> list[str]:
    """The NFS servers of what a host mounts and of what its engines mount, without the host itself, ``own``."""
    attached = [mount.get("engine_volume") for unit in _records(units) for mount in _records(unit.get("mounts"))]
    sources = [str(one.get("source", "")) for one in [*_records(mounts), *_records(attached)]]
    # 10.77.0.11:/srv/volumes/site, [fd00::1]:/srv/volumes/site
    hosts = {split_source(source)[0] for source in sources if ":/" in source}
    return sorted(hosts - set(map(str, own)))


def _find_directories(volumes: Any) -> set[str]:
    return {os.path.dirname(one["path"]) for one in _records(volumes) if isinstance(one.get("path"), str)}


def _records(items: Any) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, (list, tuple)) else []


def find_capability_problems(units: Any, accepted: Mapping[str, Iterable[str]]) -> list[str]:
    """Apps that ask for what makes them root of the host, but for what is accepted, {app: capabilities}."""
    return [
        f"app {app} asks for the capability {name}, by which its root gets at more than its own data; leave it out,"
        f" or accept it: host_lockdown_capabilities: {{{app}: [{name}]}}"
        for app, name in sorted({*_find_capabilities(units)})
        if name not in map(_bare, accepted.get(app, ()))
    ]


def _find_capabilities(units: Any) -> Iterator[tuple[str, str]]:
    for unit in _records(units):
        host = ROOT_CAPABILITIES | (NETWORK_CAPABILITIES if unit.get("engine") == "nspawn" else frozenset())
        for name in map(_bare, unit.get("capabilities") or ()):
            if name in host:
                yield unit.get("app") or unit["name"], name


def _bare(capability: str) -> str:
    name = capability.upper()
    return name[4:] if name.startswith("CAP_") else name
