# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is asked of systemd and of the engines about our units; every question has a time limit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_machine
from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import (
    PLACES,
    Current,
    engine_of,
    render_files,
    service_of,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import call
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import MARKER, is_managed, parse_show

PENDING = "/etc/holdfast/container_units.pending"
_PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Job"


def read(system: System, units: Sequence[ContainerUnit] = ()) -> Current:
    """Our files, the places of ``units`` that others hold, and the states of both; no engine is asked."""
    found = {
        path: system.read(path)
        for directory, prefix, suffix in PLACES
        for path in _list(system, directory, prefix, suffix)
    }
    files = {path: text for path, text in found.items() if text is not None and is_managed(text)}
    services = {unit.service for unit in units} | set(find_engines(files))
    return Current(
        files=files,
        foreign=[path for path in render_files(units) if path in found and path not in files],
        states=show(system, services),
        pending=read_pending(system),
        images=nspawn_machine.find_images(system),
    )


def find_engines(files: Mapping[str, str]) -> dict[str, str]:
    """The services that files of ours define, each with its engine."""
    engines = {path: engine_of(path, text) for path, text in files.items()}
    return {service_of(path): engine for path, engine in engines.items() if engine}


def _list(system: System, directory: str, prefix: str, suffix: str) -> list[str]:
    names = system.listdir(directory)
    return [f"{directory}/{name}" for name in names if name.startswith(prefix) and name.endswith(suffix)]


def read_pending(system: System) -> list[str] | None:
    """Services whose new definition an interrupted run left unapplied; None when none was interrupted."""
    text = system.read(PENDING)
    return None if text is None else [line for line in text.splitlines() if line != MARKER]


def show(system: System, services: Iterable[str], properties: str = _PROPERTIES) -> dict[str, dict[str, str]]:
    """Properties of many services by one call, {service: {property: value}}."""
    names = sorted(services)
    return parse_show(system.check(["systemctl", "show", f"--property={properties}", "--", *names])) if names else {}


def inspect(system: System, engine: str, containers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the engine knows of those of ``containers`` that exist, {name: its own record}."""
    if engine == "nspawn":
        return nspawn_machine.inspect(system, containers)
    if not containers or not system.has(engine):
        return {}
    # Exit status 1 means that some are missing; the others are printed all the same.
    out = call(system, engine, ["inspect", "--type", "container", *containers]).out
    records = json.loads(out) if out.lstrip().startswith("[") else []
    return {str(record["Name"]).lstrip("/"): record for record in records}


def remove(system: System, engine: str, containers: Sequence[str]) -> None:
    """Make sure that none of ``containers`` is left; fine when the engine itself is not there any more."""
    if engine == "nspawn" or not system.has(engine):
        return  # a container of nspawn is a process of its service, which has been stopped
    ignore = ["--ignore"] if engine == "podman" else []
    done = call(system, engine, ["rm", "--force", "--volumes", *ignore, *containers], 120)
    left = sorted(inspect(system, engine, containers)) or (list(containers) if ignore and done.rc != 0 else [])
    if left:
        raise HostError(f"{engine} cannot remove {', '.join(left)}, so the units stay: {done.err.strip()}")
