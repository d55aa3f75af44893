# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of a catalogue become stores, volumes, apps, resources and orchestrators."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_binding import parse_binding
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import Image
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_efs import plan_store
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import Entries
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import TEMPLATED, read_keys, read_list
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Binding,
    Catalogue,
    Orchestrator,
    Place,
    Problems,
    Store,
    Volume,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_orchestrators import read_orchestrator
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_resources import (
    read_resource,
    read_resource_bindings,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_schema import (
    APP,
    BINDING,
    STORES,
    VOLUME,
    read_patterns,
    read_pinned,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    Unfit,
    is_deferred,
    read_name,
    show,
)


def read_catalogue(entries: Entries, problems: Problems) -> Catalogue:
    """The values that well-formed entries make; what is wrong with the others goes to ``problems``."""
    stores: dict[str, Any] = {}
    volumes: dict[str, Any] = {}
    apps: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    orchestrators: dict[str, Any] = {}
    malformed = set()
    read: dict[str, tuple[dict[str, Any], Callable[[str, Any, Place, Problems], Any]]] = {
        "stores": (stores, _read_store),
        "volumes": (volumes, _read_volume),
        "apps": (apps, _read_app),
        "resources": (resources, read_resource),
        "orchestrators": (orchestrators, _read_orchestrator),
    }
    for section, (values, read_entry) in read.items():
        for name, (place, raw) in entries.get(section, {}).items():
            value = read_entry(name, raw, place, problems) if _has_name(name, place, problems) else None
            if value is None:
                malformed.add((section, name))
            else:
                values[name] = value
    return Catalogue(stores, volumes, apps, frozenset(malformed), resources, orchestrators)


def _has_name(name: str, place: Place, problems: Problems) -> bool:
    try:
        read_name(name)
    except Unfit as error:
        problems.note(error.findings, place)
        return False
    return True


def _read_store(name: str, raw: Any, place: Place, problems: Problems) -> Store | None:
    if not isinstance(raw, dict):
        problems.add(place, "it is no mapping", f"write type and path: {name}: {{type: directory, path: /srv/volumes}}")
        return None
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in STORES:
        problems.add(place.at("type"), f"{show(kind)} is no type of store", f"use one of {', '.join(STORES)}")
        return None
    fields = read_keys(STORES[kind], {key: value for key, value in raw.items() if key != "type"}, place, problems)
    if kind == "efs" and fields is not None:
        fields = plan_store(fields, place, problems)
    return Store(place, name, kind, **fields) if fields is not None else None


def _read_volume(name: str, raw: Any, place: Place, problems: Problems) -> Volume | None:
    fields = read_keys(VOLUME, raw, place, problems)
    if fields is None:
        return None
    group = fields["owner"] if fields["group"] is None else fields["group"]
    return Volume(place, name, **{**fields, "group": group, "path": fields["path"] or name})


def _read_orchestrator(name: str, raw: Any, place: Place, problems: Problems) -> Orchestrator | None:
    return read_orchestrator(name, raw, place, problems, read_patterns)


def _read_app(name: str, raw: Any, place: Place, problems: Problems) -> App | None:
    fields = read_keys(APP, raw, place, problems)
    bindings = _read_bindings(raw.get("volumes") if isinstance(raw, dict) else None, place.at("volumes"), problems)
    given = raw.get("resources") if isinstance(raw, dict) else None
    resources = read_resource_bindings(given, place.at("resources"), problems)
    if fields is None or bindings is None or resources is None:
        return None
    images = _read_images(fields.pop("image"), fields["engine"], place.at("image"), problems)
    del fields["volumes"], fields["rootless"]
    if images is None:
        return None
    return App(place, name, bindings=bindings, **images, **{**fields, "resources": resources})


def _read_images(source: Any, engine: str, place: Place, problems: Problems) -> dict[str, Any] | None:
    """What an app says of its image, by the keys of App; ``source`` may be a template."""
    image = source if isinstance(source, Image) else Image(source)
    where = {"image_archive": image.archive, "image_directory": image.directory, "image_url": image.url}
    if engine == "nspawn":
        return {"image": image.name, "image_digest": image.digest, **where}
    try:
        return {"image": read_pinned(image), **where}
    except Unfit as error:
        problems.note(error.findings, place)
        return None


def _read_bindings(value: Any, place: Place, problems: Problems) -> tuple[Binding, ...] | None:
    return read_list(_read_binding, 'write ["volume:/target"]', value, place, problems)


def _read_binding(value: Any, place: Place, problems: Problems) -> Binding | None:
    if is_deferred(value):
        problems.add(place, TEMPLATED, "write the binding itself")
        return None
    if isinstance(value, dict):
        raw = {"target" if key == "path" and "target" not in value else key: item for key, item in value.items()}
        fields = read_keys(BINDING, raw, place, problems)
        return Binding(place, **fields) if fields is not None else None
    if not isinstance(value, str):
        problems.add(
            place, f"{show(value)} is no binding", 'write "volume:/target", or a mapping with volume and target'
        )
        return None
    try:
        return parse_binding(value, place)
    except Unfit as error:
        problems.note(error.findings, place)
        return None
