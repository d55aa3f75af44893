# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of stores, volumes and apps: types, defaults, and the values they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import (
    Image,
    read_capability,
    read_command,
    read_digest,
    read_image,
    read_port,
    read_span,
    read_tmpfs,
    read_url,
    read_user,
    read_variables,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_efs import (
    read_access_point,
    read_file_system_id,
    read_region,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_instances import read_health, read_instances
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import TEMPLATED, Key, Table, read_below
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Operation
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_orchestrators import (
    ORCHESTRATORS,
    read_replicas,
    read_update,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    Unfit,
    choice,
    is_deferred,
    list_of,
    read_address,
    read_boolean,
    read_id,
    read_level,
    read_mode,
    read_name,
    read_options,
    read_path,
    read_relative_path,
    read_size,
    read_target,
    show,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.transports import PLAIN, TRANSPORTS

TRANSPORT = choice(*TRANSPORTS)
ROOTLESS = (
    "a rootless engine cannot mount NFS and its units are not run by this collection",
    "leave `rootless` out; the container's own user is the key `user`, and all capabilities are dropped anyway",
)


def _read_pattern(value: Any) -> str:
    if is_deferred(value):
        raise Unfit(TEMPLATED, "write the pattern itself, or name a group and fill that")
    if not isinstance(value, str) or not value.strip():
        raise Unfit(f"{show(value)} is no inventory pattern", "write a host, a group or a pattern of them")
    return value


def read_patterns(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_read_pattern(value),)
    if value == []:
        raise Unfit("it names no hosts", "write an inventory pattern or a list of them")
    return tuple(list_of(_read_pattern, deferrable=False)(value))


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
        "transport": Key(TRANSPORT, PLAIN),
    },
    "nfs": {
        "address": Key(read_address),
        "path": Key(read_path),
        "version": Key(_read_foreign_version, ""),
        "transport": Key(TRANSPORT, PLAIN),
        "options": Key(read_options, ()),
    },
    "efs": {
        "file_system_id": Key(read_file_system_id, ""),
        "region": Key(read_region, ""),
        "dns_name": Key(read_address, ""),
        "address": Key(read_address, ""),
        "access_point": Key(read_access_point, ""),
        "path": Key(read_path, "/"),
        "tls": Key(read_boolean, False),
        "iam": Key(read_boolean, False),
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
    "transport": Key(TRANSPORT, ""),
    "options": Key(read_options, ()),
    "level": Key(read_level, ""),
    "exec": Key(read_boolean, False),
}

IMAGE: Table = {
    "name": Key(read_image, deferrable=True),
    "digest": Key(read_digest, "", deferrable=True),
    "archive": Key(read_path, "", deferrable=True),
    "directory": Key(read_path, ""),
    "url": Key(read_url, "", deferrable=True),
}

OPERATION: Table = {
    "run": Key(read_command, deferrable=True),
    "fetch": Key(list_of(read_path), [], deferrable=True),
}

BINDING: Table = {
    "volume": Key(read_name),
    "target": Key(read_target),
    "subpath": Key(read_relative_path, ""),
    "read_only": Key(read_boolean, False),
    "attach": Key(choice("host", "engine"), "host"),
}


def _read_image_source(value: Any) -> Image:
    if not isinstance(value, dict):
        return Image(read_image(value))
    return Image(**read_below(IMAGE, value))


def _read_operation(value: Any) -> Operation:
    return Operation(**read_below(OPERATION, value))


def read_pinned(image: Image) -> Any:
    """The name under which an engine with registries knows an image, its digest included."""
    if not image.digest:
        return image.name
    if is_deferred(image.name) or is_deferred(image.digest):
        raise Unfit("a template cannot be given a digest", 'write both in one: "{{ registry }}/name@sha256:..."')
    if "@" in image.name or ":" in image.name.rsplit("/", 1)[-1]:
        raise Unfit(f'"{image.name}" has a tag or digest of its own', "leave it out; the digest says which image it is")
    return f"{image.name}@{image.digest}"


APP: Table = {
    "engine": Key(choice("podman", "docker", "nspawn", *ORCHESTRATORS)),
    "image": Key(_read_image_source, deferrable=True),
    "hosts": Key(read_patterns),
    "environment": Key(read_variables, {}, deferrable=True),
    "ports": Key(list_of(read_port), [], deferrable=True),
    "user": Key(read_user, "", deferrable=True),
    "command": Key(read_command, [], deferrable=True),
    "capabilities": Key(list_of(read_capability), [], deferrable=True),
    "read_only": Key(read_boolean, True),
    "tmpfs": Key(list_of(read_tmpfs), [], deferrable=True),
    "start": Key(choice("boot", "on_demand"), "boot"),
    "max_run_time": Key(read_span, ""),
    "ops": Key(_read_operation, None),
    "rootless": Key(_read_rootless, False),
    "instances": Key(read_instances, 1),
    "replicas": Key(read_replicas, 0),
    "update": Key(read_update, {}),
    "health": Key(read_health, {}),
    "volumes": Key(lambda value: value, None),
    "resources": Key(lambda value: value, None),
}
