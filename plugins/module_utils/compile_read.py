# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The volumes and apps of a catalogue, read from the variables that it gives hosts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    BindingRecord,
    Note,
    OperationRecord,
    Plan,
    VolumeRecord,
    find_app,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import (
    ContainerUnit,
    find_problems,
    parse_units,
)

# What may differ between the units of one app where it names its host or its instance.
_TOLD_BY_ONE = ("image", "command", "environment", "user", "secrets", "health")


def read_plan(catalogue: Mapping[str, Any], hosts: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The plan of a catalogue, ``holdfast_catalogue``, and of the variables of its hosts, {host: {variable: value}}."""
    volumes = {name: _read_volume(catalogue, name) for name in sorted(catalogue["volumes"])}
    units = {host: list(values.get("container_units_units") or ()) for host, values in hosts.items()}
    orchestrated = [_adopt(item) for values in hosts.values() for item in values.get("holdfast_orchestrated") or ()]
    of_apps = _group([*(item for items in units.values() for item in items), *orchestrated], find_app)
    apps: dict[str, list[ContainerUnit]] = {}
    notes: list[Note] = []
    for name in sorted(catalogue["apps"]):
        found = of_apps.get(name, [])
        problems = dict.fromkeys(problem for item in found for problem in find_problems([item]))
        if found and not problems:
            apps[name] = [parse_units([item])[0] for item in found]
        else:
            why = "; ".join(problems) or "the variables of its hosts were not given"
            notes.append(Note(name, f"left out: {why}"))
    return Plan(
        volumes=tuple(volumes.values()),
        apps=tuple(_read_apps(catalogue, {name: parsed[0] for name, parsed in apps.items()}, volumes)),
        units=units,
        mounts={host: list(values.get("host_mounts_mounts") or ()) for host, values in hosts.items()},
        notes=tuple(notes),
        variants=tuple(note for name, parsed in apps.items() for note in _find_variants(name, parsed)),
        operations={
            item["app"]: OperationRecord(run=tuple(item["run"]), fetch=tuple(item["fetch"]))
            for values in hosts.values()
            for item in values.get("container_units_operations") or ()
        },
    )


def _adopt(item: Mapping[str, Any]) -> dict[str, Any]:
    """The unit of an orchestrated app as Docker would run it: every orchestrator runs OCI images."""
    return {**item, "engine": "docker"}


def _group(items: Iterable[Mapping[str, Any]], find: Callable[[Mapping[str, Any]], str]) -> dict[str, list[Any]]:
    """Items by a key of theirs."""
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(find(item), []).append(item)
    return found


def _read_volume(catalogue: Mapping[str, Any], name: str) -> VolumeRecord:
    volume = catalogue["volumes"][name]
    mount = volume["mount"]
    return VolumeRecord(
        name=name,
        path=mount["path"],
        source=mount["source"],
        fstype=mount["fstype"],
        options=tuple(mount["options"]),
        file_system_id=catalogue["stores"][volume["store"]]["file_system_id"],
        **{key: volume[key] for key in ("owner", "group", "mode", "size", "single_writer", "level")},
    )


def _read_apps(
    catalogue: Mapping[str, Any], units: Mapping[str, ContainerUnit], volumes: Mapping[str, VolumeRecord]
) -> Iterator[AppRecord]:
    bound, used = (_group(catalogue[key], lambda one: str(one["app"])) for key in ("bindings", "resource_bindings"))
    keys = ("target", "subpath", "read_only", "attach")
    for name, unit in units.items():
        resources = [catalogue["resources"][one["resource"]] for one in used.get(name, ())]
        bindings = [
            BindingRecord(volumes[one["volume"]], **{key: one[key] for key in keys}) for one in bound.get(name, ())
        ]
        yield AppRecord(
            name=name,
            unit=unit,
            hosts=tuple(catalogue["apps"][name]["hosts"]),
            instances=catalogue["apps"][name]["instances"],
            bindings=tuple(bindings),
            resources={one["app"]: one["address"] for one in resources if one["app"] not in ("", name)},
            wanted=catalogue["apps"][name].get("replicas", 0),
            update=catalogue["apps"][name].get("update", {}),
        )


def _find_variants(name: str, units: Sequence[ContainerUnit]) -> Iterable[Note]:
    differing = [key for key in _TOLD_BY_ONE if len({getattr(unit, key) for unit in units}) > 1]
    if differing:
        what = f"its {' and '.join(differing)} differ between hosts or instances; those of the first are taken for all"
        yield Note(name, what)
