# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apps for a catalogue, from the containers of hosts. An app is described whole or not at all. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import (
    Bind,
    Box,
    Difference,
    make_name,
    parse_box,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_stores import (
    Described,
    Fleet,
    Spot,
    Use,
    find_local,
    is_below,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import SYSTEM_PATHS

# Nothing below these is data of an app.
_SYSTEM = (
    "/boot",
    "/dev",
    "/etc",
    "/proc",
    "/run",
    "/sys",
    "/usr",
    "/var/run",
    "/var/lib/docker",
    "/var/lib/containers",
)


@dataclass
class Found:
    """Apps as a catalogue has them, where each came from, and the variables that values of each stand in."""

    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    origins: dict[str, list[tuple[str, Box]]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """{variable: what its value is} of all apps."""
        return {variable: what for app in self.values.values() for variable, what in app.items()}


@dataclass(frozen=True)
class Ground:
    """What the containers of a fleet stand on."""

    fleet: Fleet
    uses: Sequence[Use]
    described: Described


def read_boxes(fleet: Fleet) -> list[tuple[str, Box]]:
    """(host, container) of every host."""
    return [(host, parse_box(item)) for host, look in sorted(fleet.looks.items()) for item in look["boxes"]]


def find_disk(fleet: Fleet, uses: Sequence[Use], boxes: Sequence[tuple[str, Box]]) -> list[tuple[str, str]]:
    """(host, path) of the directories on hosts' own disks that containers have."""
    return sorted(
        {
            (host, bind.path)
            for host, box in boxes
            for bind in box.binds
            if bind.path and find_mount(uses, host, bind.path) is None and not find_strange(fleet, host, bind.path)
        }
    )


def find_mount(uses: Sequence[Use], host: str, path: str) -> Use | None:
    """The mount of a host that a path of it is in, the innermost."""
    inside = [
        use
        for use in uses
        if use.host == host and use.share.origin in ("fstab", "unit", "hand") and is_below(path, use.share.name)
    ]
    return max(inside, key=lambda use: len(use.share.name), default=None)


def find_strange(fleet: Fleet, host: str, path: str) -> str:
    """Why a path of a host's own disk can be no volume, "" when it can."""
    found = fleet.looks[host]["directories"].get(path, {})
    if path in SYSTEM_PATHS or any(is_below(path, place) for place in _SYSTEM):
        return f"{path} belongs to the operating system"
    if found.get("kind") != "directory":
        return f"{path} is no directory" if "kind" in found else f"{path} could not be looked at"
    return ""


def describe(ground: Ground, boxes: Sequence[tuple[str, Box]]) -> Found:
    """An app for each container that can be said whole; alike ones of one name are one app on their hosts."""
    found = Found()
    alike: dict[tuple[str, str], list[tuple[str, Box, dict[str, Any]]]] = {}
    for host, box in boxes:
        try:
            app = {**_describe_box(box), "volumes": [_bind(ground, host, box, bind) for bind in box.binds]}
        except Unfit as error:
            way_out = "an app is described whole or not at all; see to that, and adopt again"
            found.differences.append(Difference(host, "left_out", box.origin, error.findings[0][1], way_out))
            continue
        alike.setdefault((box.name, repr(app)), []).append((host, box, app))
    for (wanted, dummy), items in sorted(alike.items(), key=lambda item: (item[0][0], item[1][0][0])):
        name = make_name(wanted, found.apps, items[0][0])
        _add(found, name, items)
    return found


def _add(found: Found, name: str, items: Sequence[tuple[str, Box, dict[str, Any]]]) -> None:
    dummy_host, box, app = items[0]
    hosts = sorted({host for host, dummy_box, dummy_app in items})
    found.values[name] = {}
    values = {key: _make_variable(found, name, key) for key in box.variables}
    command = {"command": _make_variable(found, name, "command")} if box.commanded and not box.command else {}
    found.apps[name] = {
        **{key: app[key] for key in ("engine", "image")},
        "hosts": hosts[0] if len(hosts) == 1 else hosts,
        **app,
        **({"environment": {key: f"{{{{ {value} }}}}" for key, value in values.items()}} if values else {}),
        **{key: f"{{{{ {value} }}}}" for key, value in command.items()},
    }
    found.origins[name] = [(host, box) for host, box, dummy in items]
    for one, its, dummy in items:
        if its.unsaid:
            text = f"no key of the catalogue says what it has of its own: {', '.join(its.unsaid)}"
            found.differences.append(Difference(one, "differs", its.origin, text, "see whether the app needs that"))


def _make_variable(found: Found, name: str, key: str) -> str:
    base = re.sub(r"\W", "_", f"adopted_{name}_{key}".lower())
    taken = found.variables
    variable = next(one for one in (base, *(f"{base}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    found.values[name][variable] = f"{key} of {name}"
    return variable


def _describe_box(box: Box) -> dict[str, Any]:
    if not box.image:
        raise Unfit("it names no image, or by a variable of Compose")
    given = {
        "user": box.user,
        "command": list(box.command),
        "ports": list(box.ports),
        "capabilities": list(box.capabilities),
        "tmpfs": list(box.tmpfs),
    }
    return {
        "engine": box.engine,
        "image": box.image,
        **{key: value for key, value in given.items() if value},
        **({} if box.read_only else {"read_only": False}),
        **({} if box.start == "boot" else {"start": box.start}),
    }


def _bind(ground: Ground, host: str, box: Box, bind: Bind) -> Any:
    if bind.volume:
        return _render(*ground.described.find(_find_volume(ground.uses, host, box, bind)), "engine", bind)
    mount = find_mount(ground.uses, host, bind.path)
    if mount is not None:
        below = posixpath.normpath(f"{mount.spot.path}/{posixpath.relpath(bind.path, mount.share.name)}")
        spot = Spot(mount.spot.kind, mount.spot.server, below)
        return _render(*ground.described.find(spot), "host", bind)
    strange = find_strange(ground.fleet, host, bind.path)
    if strange:
        raise Unfit(f"at {bind.target} it has a path that can be no volume: {strange}")
    return _render(*ground.described.find(find_local(ground.fleet, host, bind.path)), "host", bind)


def _find_volume(uses: Sequence[Use], host: str, box: Box, bind: Bind) -> Spot:
    wanted = (host, box.engine, bind.volume)
    for use in uses:
        if (use.host, use.share.origin, use.share.name) == wanted:
            return use.spot
    raise Unfit(
        f"the volume {bind.volume} at {bind.target} has its data on the disk of {box.engine} itself, or is of another "
        "driver, and the catalogue has no word for that"
    )


def _render(volume: str, subpath: str, attach: str, bind: Bind) -> Any:
    if not subpath and attach == "host":
        return f"{volume}:{bind.target}{':ro' if bind.read_only else ''}"
    return {
        "volume": volume,
        "target": bind.target,
        **({"subpath": subpath} if subpath else {}),
        **({"read_only": True} if bind.read_only else {}),
        **({"attach": attach} if attach == "engine" else {}),
    }


def find_bound(apps: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str, bool]]:
    """(host, volume, who attaches it, read only) of each binding of each app."""
    for app in apps.values():
        for host in [app["hosts"]] if isinstance(app["hosts"], str) else app["hosts"]:
            for bind in app["volumes"]:
                if isinstance(bind, str):
                    yield host, bind.partition(":")[0], "host", bind.endswith(":ro")
                else:
                    yield host, bind["volume"], bind.get("attach", "host"), bind.get("read_only", False)
