# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the mounts of a host through System: unit files, live mounts, what is under them and who uses them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    efs_tunnel,
    mount_probe,
    mount_units,
    mountinfo,
    unit_files,
    unit_loads,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    DEFAULT_TIMEOUT,
    HostError,
    ProbeTimeout,
    System,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Current, Desired, Found
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount

USING = ("active", "reloading", "deactivating")
# To ask for each of so few units costs less than to ask for all and for when they were read.
FEW = 6


def read_units(system: System) -> dict[str, str]:
    """The text of every mount unit of ours by the path that it mounts."""
    found = {}
    for name in system.listdir(mount_units.DIRECTORY):
        text = system.read(f"{mount_units.DIRECTORY}/{name}") if name.endswith(".mount") else None
        if text is not None and unit_files.is_managed(text):
            found[mount_units.parse(text).where] = text
    return found


def read_mounts(system: System, desired: Desired, timeout: float) -> Current:
    """Everything about the wanted paths and those that have a unit of ours; a dead server costs one ``timeout``."""
    texts = read_units(system)
    paths = sorted({*desired.mounts, *texts})
    live = read_live(system, paths)
    behind = _read_tunnels(system, live.values())
    shown = _read_states(system, paths)
    bare = _read_bare(system, paths, timeout)
    answers = _ask(system, sorted(live), timeout)
    found = {}
    for path in paths:
        name = mount_units.find_name(path)
        state, file = shown.get(name, {}), f"{mount_units.DIRECTORY}/{name}"
        text = texts[path] if path in texts else system.read(file)
        found[path] = Found(
            path=path,
            text=text,
            managed=path in texts,
            enabled=system.stat(f"{mount_units.WANTS}/{name}") is not None,
            active=state.get("ActiveState", "inactive"),
            needs_reload=path in texts and _is_outdated(state, file),
            live=live.get(path),
            answer=answers.get(path, {}),
            bare=bare.get(path),
            behind=behind.get(path, ""),
        )
    inside = tuple(f"{desired.parent}/{name}" for name in system.listdir(desired.parent))
    selinux = system.stat("/sys/fs/selinux/enforce") is not None
    return Current(found, _is_ready(system, desired), selinux, inside)


def _read_states(system: System, paths: list[str]) -> dict[str, dict[str, str]]:
    """What systemd knows of the units of these paths; it is asked for each of those alone that its list leaves open."""
    names = {path: mount_units.find_name(path) for path in paths}
    listed = unit_loads.read(system, names.values(), mount_units.DIRECTORY, "mount") if len(paths) > FEW else {}
    told = {
        name: {"ActiveState": state, "FragmentPath": f"{mount_units.DIRECTORY}/{name}"}
        for name, state in listed.items()
    }
    left = [path for path in paths if names[path] not in told]
    return {**told, **show(system, left, "ActiveState", "NeedDaemonReload", "FragmentPath")}


def _is_outdated(state: dict[str, str], file: str) -> bool:
    return state.get("NeedDaemonReload") == "yes" or state.get("FragmentPath") != file


def _is_ready(system: System, desired: Desired) -> bool:
    found = system.stat(desired.parent)
    if found and found.kind != "directory":
        raise HostError(f"{desired.parent} is no directory but a {found.kind}; move it away, or set another parent")
    return found is not None and (found.mode, found.owner, found.group) == (0o700, 0, 0)


def read_live(system: System, paths: Iterable[str]) -> dict[str, Mount]:
    """{path: the live mount there}."""
    mounts = mountinfo.parse(system.read("/proc/self/mountinfo") or "")
    tops = {path: mountinfo.find_top(mounts, path) for path in paths}
    return {path: mount for path, mount in tops.items() if mount}


def _read_tunnels(system: System, mounts: Iterable[Mount]) -> dict[str, str]:
    """{path: the source behind its tunnel} of the mounts that lead to one of amazon-efs-utils."""
    names = system.listdir(efs_tunnel.DIRECTORY)
    states = {mount.path: (mount, efs_tunnel.find_state(mount, names)) for mount in mounts}
    return {
        path: efs_tunnel.parse_state(name, system.read(f"{efs_tunnel.DIRECTORY}/{name}") or "", mount)
        for path, (mount, name) in states.items()
        if name
    }


def show(system: System, paths: Iterable[str], *properties: str) -> dict[str, dict[str, str]]:
    """What systemd knows of the units of these paths, in one call."""
    return _show(system, [mount_units.find_name(path) for path in paths], *properties)


def _show(system: System, units: list[str], *properties: str) -> dict[str, dict[str, str]]:
    if not units:
        return {}
    argv = ["systemctl", "show", f"--property=Id,{','.join(properties)}", "--", *units]
    # systemd answers late while it starts that many.
    return unit_files.parse_show(system.check(argv, DEFAULT_TIMEOUT + len(units)))


def _ask(system: System, paths: list[str], timeout: float) -> dict[str, Any]:
    if not paths:
        return {}
    answers = system.probe(mount_probe.ask_mounts, paths, timeout, timeout=timeout + 10)
    return dict(answers)


def split_by_parent(paths: Iterable[str]) -> dict[str, list[str]]:
    """{parent: [names]} of paths."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(os.path.dirname(path), []).append(os.path.basename(path))
    return groups


def _read_bare(system: System, paths: list[str], timeout: float) -> dict[str, Any]:
    found = {}
    for parent, names in split_by_parent(paths).items():
        if system.stat(parent):
            try:
                answers = system.probe(mount_probe.look_under, parent, names, timeout=timeout + 10)
            except (OSError, ProbeTimeout) as error:
                raise HostError(f"cannot look under the mount points in {parent}: {error}") from error
            found.update({os.path.join(parent, name): answer for name, answer in answers.items()})
    return found


def read_holders(system: System, mounts: Iterable[Mount], timeout: float) -> list[dict[str, Any]]:
    """Who uses these mounts: processes, containers that bound them, units that are bound to them (pid 0)."""
    targets = [{"path": mount.path, "device": mount.device, "source": mount.source} for mount in mounts]
    if not targets:
        return []
    try:
        holders = system.probe(mount_probe.find_holders, targets, timeout=timeout + 10)
    except ProbeTimeout:
        holders = system.probe(mount_probe.find_holders, targets, False, timeout=timeout + 10)
    known = {(holder["path"], holder["unit"]) for holder in holders}
    bound = _read_bound(system, [target["path"] for target in targets])
    return [*holders, *(unit for unit in bound if (unit["path"], unit["unit"]) not in known)]


def _read_bound(system: System, paths: list[str]) -> list[dict[str, Any]]:
    shown = show(system, paths, "BoundBy", "RequiredBy")
    users = {
        path: sorted({*state.get("BoundBy", "").split(), *state.get("RequiredBy", "").split()})
        for path in paths
        for state in [shown.get(mount_units.find_name(path), {})]
    }
    states = _show(system, sorted({unit for units in users.values() for unit in units}), "ActiveState")
    return [
        {"path": path, "pid": 0, "comm": "", "unit": unit}
        for path, units in users.items()
        for unit in units
        if not unit.endswith(".target") and states.get(unit, {}).get("ActiveState") in USING
    ]
