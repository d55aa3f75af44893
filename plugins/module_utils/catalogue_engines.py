# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an app of the catalogue may ask of its engine, before a plan is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import health_checks
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_instances import (
    check_instances,
    fill,
    find_names,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import App, Catalogue, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import is_deferred, join_path
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import (
    IMAGES,
    find_faults,
    find_misplaced,
)

# The labels of a root image are set on everything below it; these are not a root image's alone.
SHARED = re.compile(
    r"/([^/]+/)?|/var/[^/]+/|/(bin|boot|dev|etc|home|lib|lib64|proc|root|run|sbin|srv/holdfast|sys|tmp|usr)/.*"
)

# (number in the catalogue, name, directory) of volumes
_Found = list[tuple[int, str, str]]


@dataclass(frozen=True)
class _Volumes:
    """The volumes that lie in directories of hosts, by their own directory and by each of those above it."""

    at: dict[str, _Found] = field(default_factory=dict)
    below: dict[str, _Found] = field(default_factory=dict)


def check_engines(catalogue: Catalogue, problems: Problems) -> None:
    """Every app says what its engine needs, and nothing that the engine does not have."""
    volumes = _find_volumes(catalogue) if any(app.image_directory for app in catalogue.apps.values()) else _Volumes()
    for app in catalogue.apps.values():
        about = _describe(app)
        longest = find_names(app)[-1]
        findings = find_faults(longest, about) if app.engine == "nspawn" else find_misplaced(app.engine, about)
        for key, what, way_out in findings:
            place = {"": app.place, "targets": app.place.at("volumes")}.get(key) or app.place.at(key)
            problems.add(place, what, way_out)
        if app.image_directory:
            _check_directory(volumes, app, problems)
        health = {key: fill(value) if isinstance(value, str) else value for key, value in app.health.items()}
        for key, what, way_out in health_checks.find_faults(app.engine, health):
            problems.add(app.place.at(f"health.{key}"), what, way_out)
    check_instances(catalogue, problems)


def _describe(app: App) -> dict[str, Any]:
    """The app as the rules take it: what only Ansible will know later is None."""
    keys = ("image_archive", "image_directory", "image_url", "image_digest", "command", "ports", "user", "read_only")
    about = {key: _know(getattr(app, key)) for key in keys}
    tmpfs = _know(app.tmpfs)
    return {
        **about,
        "tmpfs": None if tmpfs is None else [_know(path) for path in tmpfs],
        "environment": None if is_deferred(app.environment) else list(app.environment),
        "targets": [binding.target for binding in app.bindings],
    }


def _know(value: Any) -> Any:
    return None if is_deferred(value) else value


def _find_volumes(catalogue: Catalogue) -> _Volumes:
    found = _Volumes()
    for number, volume in enumerate(catalogue.volumes.values()):
        store = catalogue.stores.get(volume.store)
        if store is not None and not store.foreign:
            data = join_path(store.path, volume.path)
            found.at.setdefault(data, []).append((number, volume.name, data))
            for directory in _find_parents(data):
                found.below.setdefault(directory, []).append((number, volume.name, data))
    return found


def _find_parents(path: str) -> Iterator[str]:
    """/srv/images and /srv of /srv/images/web."""
    while path.rfind("/") > 0:
        path = path[: path.rfind("/")]
        yield path


def _check_directory(volumes: _Volumes, app: App, problems: Problems) -> None:
    place, path = app.place.at("image.directory"), app.image_directory
    if SHARED.fullmatch(f"{path.rstrip('/')}/") or f"{path}/".startswith(f"{IMAGES}/"):
        problems.add(
            place,
            f"{path} holds more than a root image, and all of it would get the label of one",
            "give the image a directory of its own, such as /srv/images/NAME",
        )
    around = [volume for directory in (path, *_find_parents(path)) for volume in volumes.at.get(directory, ())]
    for dummy, name, data in sorted(around + volumes.below.get(path, [])):
        problems.add(
            place,
            f"{path} and the volume {name} at {data} lie in one another",
            "keep images and volumes apart: an image is labelled read-only and is no data",
        )
