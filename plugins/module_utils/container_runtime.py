# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is asked of systemd and of the engines about our units; every question has a time limit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_traces,
    nspawn_machine,
    podman_volumes,
    secret_store,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import (
    PLACES,
    Current,
    find_volumes,
    render_files,
    service_of,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import call
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume, podman_service
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, ProbeTimeout, System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import MARKER, is_managed, parse_show
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import engine_of

PENDING = "/etc/holdfast/container_units.pending"
_PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Job"


def read(system: System, wanted: Optional[Sequence[ContainerUnit]] = None) -> Current:
    """Our files, the places of ``wanted`` units that others hold, and the states of both.

    No engine is asked but Podman for its volumes and secrets, and that only where it is said what is wanted.
    """
    units = wanted or ()
    found = _read_places(system)
    files = _find_ours(found)
    services = {unit.service for unit in units} | set(find_engines(files))
    volumes = find_volumes(units)
    names = sorted({volume.name for volume in volumes} | set(filter(None, map(podman_volumes.find_name, files))))
    return Current(
        files=files,
        foreign=[path for path in render_files(units) if path in found and path not in files],
        states=show(system, services | {podman_service(name) for name in names}),
        pending=read_pending(system),
        volumes={} if wanted is None else read_volumes(system, names, volumes),
        images=nspawn_machine.find_images(system),
        traces={} if wanted is None or wanted else container_traces.read(system),
        secrets={} if wanted is None else secret_store.read(system),
        key=secret_store.read_key(system),
    )


def read_files(system: System) -> dict[str, str]:
    """{path: text} of every file of ours."""
    return _find_ours(_read_places(system))


def _read_places(system: System) -> dict[str, Optional[str]]:
    return {
        path: system.read(path)
        for directory, prefix, suffix in PLACES
        for path in _list(system, directory, prefix, suffix)
    }


def _find_ours(found: Mapping[str, Optional[str]]) -> dict[str, str]:
    return {path: text for path, text in found.items() if text is not None and is_managed(text)}


def find_engines(files: Mapping[str, str]) -> dict[str, str]:
    """The services that files of ours define, each with its engine."""
    engines = {path: engine_of(path, text) for path, text in files.items()}
    return {service_of(path): engine for path, engine in engines.items() if engine}


def read_volumes(
    system: System, names: Sequence[str], wanted: Sequence[EngineVolume] = ()
) -> dict[str, podman_volumes.Found]:
    """Those of ``names`` that Podman has, with the users of those that are not as ``wanted``."""
    if not names or not system.has("podman"):
        return {}
    # As with containers: those that are there are printed, whatever the exit status.
    done = call(system, "podman", ["volume", "inspect", *names])
    if not done.out.lstrip().startswith("["):
        raise HostError(f"podman volume inspect failed ({done.rc}): {done.err.strip()}")
    options = {str(record["Name"]): dict(record.get("Options") or {}) for record in json.loads(done.out)}
    users = {name: _find_users(system, name) for name in podman_volumes.find_suspects(options, wanted)}
    return {name: podman_volumes.Found(options[name], users.get(name, ())) for name in options}


def _find_users(system: System, volume: str) -> list[str]:
    words = ["ps", "--all", "--filter", f"volume={volume}", "--format", "{{.Names}}"]
    done = call(system, "podman", words)
    if done.rc != 0:
        raise HostError(f"podman {' '.join(words)} failed ({done.rc}): {done.err.strip()}")
    return done.out.split()


def remove_volume(system: System, name: str) -> None:
    """Take one of Podman's volumes away, never by force: what is in use stays and raises HostError."""
    done = call(system, "podman", ["volume", "rm", name])
    if done.rc not in (0, 1):
        raise HostError(f"podman cannot remove its volume {name}: {done.err.strip()}")


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


def inspect(system: System, engine: str, containers: Sequence[str], timeout: float = 60) -> dict[str, dict[str, Any]]:
    """What the engine knows of those of ``containers`` that exist, {name: its own record}."""
    if engine == "nspawn":
        return nspawn_machine.inspect(system, containers)
    if not containers or not system.has(engine):
        return {}
    # Exit status 1 means that some are missing; the others are printed all the same.
    out = call(system, engine, ["inspect", "--type", "container", *containers], timeout).out
    records = json.loads(out) if out.lstrip().startswith("[") else []
    return {str(record["Name"]).lstrip("/"): record for record in records}


def find_running(system: System, engine: str, containers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The records of those that run; none when the engine does not answer in time."""
    try:
        known = inspect(system, engine, containers)
    except ProbeTimeout:
        # Docker says nothing about a container that it is starting; on a busy host that may take a while.
        return {}
    return {name: record for name, record in known.items() if record["State"]["Running"]}


def read_journal(system: System, service: str) -> str:
    """The last words of a service, on one line."""
    words = ["journalctl", "--unit", service, "--lines", "5", "--output", "cat", "--no-pager"]
    return " | ".join(system.run(words).out.strip().splitlines())


def remove(system: System, engine: str, containers: Sequence[str]) -> None:
    """Make sure that none of ``containers`` is left; fine when the engine itself is not there any more."""
    if engine == "nspawn" or not system.has(engine):
        return  # a container of nspawn is a process of its service, which has been stopped
    ignore = ["--ignore"] if engine == "podman" else []
    done = call(system, engine, ["rm", "--force", "--volumes", *ignore, *containers], 120)
    left = sorted(inspect(system, engine, containers)) or (list(containers) if ignore and done.rc != 0 else [])
    if left:
        raise HostError(f"{engine} cannot remove {', '.join(left)}, so the units stay: {done.err.strip()}")
