# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of stores, volumes and apps: types, defaults, and the values they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_binding import parse_binding
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import Entries
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Binding,
    Catalogue,
    Place,
    Problems,
    Store,
    Volume,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    Reader,
    Unfit,
    choice,
    is_deferred,
    is_encrypted,
    list_of,
    read_address,
    read_boolean,
    read_capability,
    read_command,
    read_digest,
    read_id,
    read_image,
    read_level,
    read_mode,
    read_name,
    read_options,
    read_path,
    read_port,
    read_relative_path,
    read_size,
    read_target,
    read_tmpfs,
    read_user,
    read_variables,
    show,
)

REQUIRED = object()
TEMPLATED = "it is a template or encrypted, and the plan needs it before any host is touched"
ROOTLESS = (
    "a rootless engine cannot mount NFS and its units are not run by this collection",
    "leave `rootless` out; the container's own user is the key `user`, and all capabilities are dropped anyway",
)


@dataclass(frozen=True)
class Key:
    """How one key is read; ``deferrable`` values may be templates or vault values and then pass through untouched."""

    read: Reader
    default: Any = REQUIRED
    deferrable: bool = False


Table = Mapping[str, Key]


def _read_patterns(value: Any) -> tuple[str, ...]:
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not patterns:
        raise Unfit(f"{show(value)} names no hosts", "write an inventory pattern or a list of them")
    findings = []
    for index, pattern in enumerate(patterns):
        below = "" if isinstance(value, str) else f"[{index}]"
        if is_deferred(pattern):
            findings.append((below, TEMPLATED, "write the pattern itself, or name a group and fill that"))
        elif not isinstance(pattern, str) or not pattern.strip():
            findings.append(
                (below, f"{show(pattern)} is no inventory pattern", "write a host, a group or a pattern of them")
            )
    if findings:
        raise Unfit(findings=tuple(findings))
    return tuple(patterns)


def _read_version(value: Any) -> str:
    return str(choice("4.2", "4.1", "4.0")(str(value)))


def _read_foreign_version(value: Any) -> str:
    return str(choice("4.2", "4.1", "4.0", "4", "3")(str(value)))


def _read_rootless(value: Any) -> bool:
    if read_boolean(value):
        raise Unfit(*ROOTLESS)
    return False


def _read_store_path(value: Any) -> str:
    path = read_path(value)
    if path == "/":
        raise Unfit("a store cannot be the root of a file system tree", "write a directory, such as /srv/volumes")
    return path


STORES: Mapping[str, Table] = {
    "nfs_server": {
        "host": Key(read_address),
        "path": Key(_read_store_path),
        "address": Key(read_address, ""),
        "version": Key(_read_version, "4.2"),
    },
    "nfs": {
        "address": Key(read_address),
        "path": Key(read_path),
        "version": Key(_read_foreign_version, ""),
        "options": Key(read_options, ()),
    },
    "directory": {"path": Key(_read_store_path)},
}

VOLUME: Table = {
    "store": Key(read_name),
    "path": Key(read_relative_path, ""),
    "owner": Key(read_id),
    "group": Key(read_id, None),
    "mode": Key(read_mode, "0750"),
    "size": Key(read_size, 0),
    "single_writer": Key(read_boolean, False),
    "squash": Key(choice("all", "root", "none"), "all"),
    "options": Key(read_options, ()),
    "level": Key(read_level, ""),
}

IMAGE: Table = {
    "name": Key(read_image, deferrable=True),
    "digest": Key(read_digest, ""),
    "archive": Key(read_path, "", deferrable=True),
}

BINDING: Table = {
    "volume": Key(read_name),
    "target": Key(read_target),
    "subpath": Key(read_relative_path, ""),
    "read_only": Key(read_boolean, False),
}


def _read_image_source(value: Any) -> tuple[Any, Any]:
    """(image, archive) of a string or a mapping."""
    if not isinstance(value, dict):
        return read_image(value), ""
    fields, problems = _collect(IMAGE, value)
    if fields is None:
        raise Unfit(
            findings=tuple((f".{problem.place.key}", problem.what, problem.way_out) for problem in problems.found)
        )
    name, digest = fields["name"], fields["digest"]
    if not digest:
        return name, fields["archive"]
    if is_encrypted(name):
        raise Unfit("an encrypted name cannot be given a digest", "write the name itself")
    if "@" in name or (":" in name.rsplit("/", 1)[-1] and not name.endswith("}}")):
        raise Unfit(f'"{name}" has a tag or digest of its own', "leave it out; the digest says which image it is")
    return f"{name}@{digest}", fields["archive"]


APP: Table = {
    "engine": Key(choice("podman", "docker")),
    "image": Key(_read_image_source, deferrable=True),
    "hosts": Key(_read_patterns),
    "environment": Key(read_variables, {}, deferrable=True),
    "ports": Key(list_of(read_port), [], deferrable=True),
    "user": Key(read_user, "", deferrable=True),
    "command": Key(read_command, [], deferrable=True),
    "capabilities": Key(list_of(read_capability), [], deferrable=True),
    "read_only": Key(read_boolean, True),
    "tmpfs": Key(list_of(read_tmpfs), [], deferrable=True),
    "start": Key(choice("boot", "on_demand"), "boot"),
    "rootless": Key(_read_rootless, False),
    "volumes": Key(lambda value: value, None),
}


def read_catalogue(entries: Entries, problems: Problems) -> Catalogue:
    """The values that well-formed entries make; what is wrong with the others goes to ``problems``."""
    stores: dict[str, Any] = {}
    volumes: dict[str, Any] = {}
    apps: dict[str, Any] = {}
    malformed = set()
    read: dict[str, tuple[dict[str, Any], Callable[[str, Any, Place, Problems], Any]]] = {
        "stores": (stores, _read_store),
        "volumes": (volumes, _read_volume),
        "apps": (apps, _read_app),
    }
    for section, (values, read_entry) in read.items():
        for name, (place, raw) in entries[section].items():
            value = read_entry(name, raw, place, problems) if _has_name(name, place, problems) else None
            if value is None:
                malformed.add((section, name))
            else:
                values[name] = value
    return Catalogue(stores, volumes, apps, frozenset(malformed))


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
    fields = _read_keys(STORES[kind], {key: value for key, value in raw.items() if key != "type"}, place, problems)
    return Store(place, name, kind, **fields) if fields is not None else None


def _read_volume(name: str, raw: Any, place: Place, problems: Problems) -> Volume | None:
    fields = _read_keys(VOLUME, raw, place, problems)
    if fields is None:
        return None
    group = fields["owner"] if fields["group"] is None else fields["group"]
    return Volume(place, name, **{**fields, "group": group, "path": fields["path"] or name})


def _read_app(name: str, raw: Any, place: Place, problems: Problems) -> App | None:
    fields = _read_keys(APP, raw, place, problems)
    bindings = _read_bindings(raw.get("volumes") if isinstance(raw, dict) else None, place.at("volumes"), problems)
    if fields is None or bindings is None:
        return None
    source = fields.pop("image")
    image, archive = source if isinstance(source, tuple) else (source, "")
    del fields["volumes"], fields["rootless"]
    return App(place, name, image=image, image_archive=archive, bindings=bindings, **fields)


def _read_bindings(value: Any, place: Place, problems: Problems) -> tuple[Binding, ...] | None:
    if value is None:
        return ()
    if not isinstance(value, list):
        problems.add(place, "it is no list", 'write ["volume:/target"]')
        return None
    bindings = [_read_binding(item, place.at(f"[{index}]"), problems) for index, item in enumerate(value)]
    found = tuple(binding for binding in bindings if binding is not None)
    return found if len(found) == len(bindings) else None


def _read_binding(value: Any, place: Place, problems: Problems) -> Binding | None:
    if is_deferred(value):
        problems.add(place, TEMPLATED, "write the binding itself")
        return None
    if isinstance(value, dict):
        raw = {"target" if key == "path" and "target" not in value else key: item for key, item in value.items()}
        fields = _read_keys(BINDING, raw, place, problems)
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


def _collect(table: Table, raw: Any) -> tuple[dict[str, Any] | None, Problems]:
    problems = Problems()
    return _read_keys(table, raw, Place(""), problems), problems


def _read_keys(table: Table, raw: Any, place: Place, problems: Problems) -> dict[str, Any] | None:
    """Every key of the table with its value or default; None when any of them is wrong."""
    if not isinstance(raw, dict):
        problems.add(place, "it is no mapping", f"write some of the keys {', '.join(table)}")
        return None
    before = len(problems.found)
    for key in raw:
        if key not in table:
            problems.unknown(place.at(str(key)), "key", str(key), table)
    fields = {name: _read_key(name, key, raw.get(name), place, problems) for name, key in table.items()}
    return fields if len(problems.found) == before else None


def _read_key(name: str, key: Key, value: Any, place: Place, problems: Problems) -> Any:
    if value is None:
        if key.default is REQUIRED:
            problems.add(place.at(name), "it is missing", f"add `{name}:`")
        return key.default
    if is_deferred(value):
        if key.deferrable:
            return value
        problems.add(place.at(name), TEMPLATED, "write the value itself")
        return None
    try:
        return key.read(value)
    except Unfit as error:
        problems.note(error.findings, place.at(name))
        return None
