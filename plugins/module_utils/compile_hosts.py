# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engines of single hosts get: the very files that the collection writes there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    compile_limits,
    container_plan,
    mount_plan,
    mount_units,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Content, Output, render_json
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import AppRecord, Note, Plan
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import (
    ContainerUnit,
    find_problems,
    parse_units,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import LABEL, render_docker_options

PARENT = "/srv/holdfast"
# Which apps an engine of the table can run at all: the images of nspawn are of another kind.
_NO_ROOT = "left out: systemd-nspawn runs root file systems, and this app has an OCI image"
_DIGEST = "the digest of its image is known on the host only, and is missing in the path of its root"

Files = dict[str, Content]


def compile_hosts(plan: Plan, engine: str) -> Output:
    """For each host its apps as if ``engine`` ran them, and for systemd the mounts of all of them as well."""
    files: Files = {}
    confidential: Files = {}
    notes = list(plan.notes)
    for host, items in plan.units.items():
        units, faults = _choose_units(items, engine)
        notes += faults
        for path, content in _render_units(units, engine).items():
            (confidential if _is_confidential(path) else files)[host + path] = content
        confidential.update({host + path: text for path, text in _render_secrets(units).items()})
        if engine == "systemd":
            files.update({host + path: text for path, text in _render_mounts(plan.mounts[host]).items()})
    notes += [note for app in plan.apps for note in _find_notes(app, engine)]
    return Output(files, confidential, tuple(dict.fromkeys(notes)))


def _choose_units(items: Sequence[Mapping[str, Any]], engine: str) -> tuple[list[ContainerUnit], list[Note]]:
    units, notes = [], []
    for item in items:
        if (item["engine"] == "nspawn") != (engine == "systemd"):
            continue
        wanted = {**item, "engine": "nspawn" if engine == "systemd" else engine}
        problems = find_problems([wanted])
        if problems:
            notes.append(Note(item["name"], f"left out: {'; '.join(problems)}"))
        else:
            # SELinux is on wherever the collection runs containers.
            units.append(replace(parse_units([wanted])[0], confined=True))
    return units, notes


def _render_units(units: Sequence[ContainerUnit], engine: str) -> Files:
    files: Files = dict(container_plan.render_files(units))
    if engine == "systemd":
        with_values = {path: text for path, text in files.items() if path.endswith(".nspawn")}
        files.update(container_plan.render_files([_withhold(unit) for unit in units]))
        files.update({f"{path}{_VALUES}": text for path, text in with_values.items() if text != files[path]})
    volumes = {volume.name: volume for unit in units for volume in unit.volumes}
    if engine == "docker" and volumes:
        files["/volumes.json"] = render_json(
            [
                {
                    "Name": name,
                    "Driver": "local",
                    "DriverOpts": render_docker_options(volume),
                    "Labels": {LABEL: volume.volume},
                }
                for name, volume in sorted(volumes.items())
            ]
        )
    return files


# Ends the name of settings that have the environment in them, beside those that have not.
_VALUES = ".with-environment"


def _is_confidential(path: str) -> bool:
    return path.endswith((".env", _VALUES))


def _withhold(unit: ContainerUnit) -> ContainerUnit:
    """The unit without its environment, but with the variables that name the files of its credentials."""
    named = {name for secret in unit.secrets for name in secret.variables}
    return replace(unit, environment=tuple(one for one in unit.environment if one[0] in named))


def _render_secrets(units: Sequence[ContainerUnit]) -> dict[str, str]:
    """Credentials by where they are on the host; those of Podman, which has a store of its own, below secrets/."""
    places = {place: secret for unit in units for place, secret in unit.secret_places.items()}
    return {place if place.startswith("/") else f"/secrets/{place}": secret.value for place, secret in places.items()}


def _render_mounts(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    wanted = mount_plan.parse_desired([dict(item) for item in items], PARENT).mounts
    return {
        f"{mount_units.DIRECTORY}/{mount_units.find_name(path)}": mount_units.render(one.unit)
        for path, one in wanted.items()
    }


def _find_notes(app: AppRecord, engine: str) -> Iterator[Note]:
    if (app.unit.engine == "nspawn") != (engine == "systemd"):
        yield Note(app.name, _NO_ROOT if engine == "systemd" else compile_limits.ROOT_IMAGE)
        return
    yield from compile_limits.find_app_notes(engine, app)
    if engine == "systemd" and not app.unit.image_directory and not app.unit.image_digest:
        yield Note(app.name, _DIGEST)
