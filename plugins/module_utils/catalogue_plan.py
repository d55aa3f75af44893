# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Host plans: what one host must have, derived from the catalogue with least privilege.

The cost is linear in the number of bindings (apps x their volumes x their hosts).
"""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import efs_tunnel
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_efs import RECOMMENDED
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_instances import find_names, share_out
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import plan_app_level
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Binding,
    Catalogue,
    Fleet,
    Store,
    Volume,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import join_path
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import RUN_TIME
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import render_name
from ansible_collections.holdfast.volumes.plugins.module_utils.nfs_mount_options import find_unsaid
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import IMAGES
from ansible_collections.holdfast.volumes.plugins.module_utils.resource_plan import (
    plan_environment,
    plan_secrets,
    render_resource_bindings,
    render_resources,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import DIRECTORY

PARENT = "/srv/holdfast"
NAMESPACE = uuid.UUID("c0f1b7de-6a55-4e0e-9d3b-0b7a3f8c2e41")
VARIABLES = (
    "nfs_server_volumes",
    "nfs_server_exports",
    "host_mounts_directories",
    "host_mounts_mounts",
    "selinux_file_contexts",
    "selinux_engine_nfs_enabled",
    "container_host_engines",
    "docker_nfs_volumes_volumes",
    "container_units_units",
    "container_units_operations",
)

# What a host without any work has; the others are lists.
SWITCHES = {"selinux_engine_nfs_enabled": False}

HostPlan = dict[str, Any]


def plan_hosts(
    catalogue: Catalogue, fleet: Fleet, levels: Mapping[str, str], hosts: Iterable[str]
) -> dict[str, HostPlan]:
    """The variables of every host, empty lists where it has nothing to do."""
    plans: dict[str, HostPlan] = {host: {name: SWITCHES.get(name, []) for name in VARIABLES} for host in hosts}
    access = find_access(catalogue, fleet.placement)
    mounted = find_access(catalogue, fleet.placement, ("host",))
    for name in sorted(catalogue.volumes):
        volume = catalogue.volumes[name]
        store = catalogue.stores[volume.store]
        if store.kind == "nfs_server":
            _plan_server(plans[store.host], store, volume, access.get(name, {}), fleet)
        if store.remote:
            mounts = {writes: _plan_mount(store, volume, levels[name], fleet, writes) for writes in (False, True)}
            for host, writes in mounted.get(name, {}).items():
                plans[host]["host_mounts_mounts"].append(mounts[writes])
        else:
            _plan_directories(plans, store, volume, access.get(name, {}), levels[name])
    for name in sorted(catalogue.apps):
        unit = _plan_unit(catalogue, catalogue.apps[name], levels, fleet)
        units = _plan_instances(catalogue.apps[name], unit)
        for host in fleet.placement[name]:
            plans[host]["container_units_units"] += units
            _plan_engine_volumes(plans[host], unit)
            _plan_image(plans[host], catalogue.apps[name])
            plans[host]["container_units_operations"] += _plan_operations(catalogue.apps[name])
            _plan_secret_files(plans[host], units)
            if unit["engine"] not in plans[host]["container_host_engines"]:
                plans[host]["container_host_engines"].append(unit["engine"])
    for plan in plans.values():
        plan["container_host_engines"].sort()
    return plans


def render_catalogue(catalogue: Catalogue, fleet: Fleet, levels: Mapping[str, str]) -> dict[str, Any]:
    """The catalogue as one variable, for reports: no environment and no command, as they may hold secrets."""
    return {
        "stores": {
            store.name: {
                "type": store.kind,
                "file": posixpath.basename(store.place.file),
                "host": store.host,
                "address": find_address(store, fleet) if store.remote else "",
                "path": store.path,
            }
            for store in _ordered(catalogue.stores)
        },
        "volumes": {
            volume.name: {
                "store": volume.store,
                "path": join_path(catalogue.stores[volume.store].path, volume.path),
                "owner": volume.owner,
                "group": volume.group,
                "mode": volume.mode,
                "size": volume.size,
                "single_writer": volume.single_writer,
                "squash": volume.squash,
                "level": levels[volume.name],
                "identity": find_identity(catalogue.stores[volume.store], volume),
            }
            for volume in _ordered(catalogue.volumes)
        },
        "apps": {
            app.name: {
                "engine": app.engine,
                "image": app.image,
                "hosts": list(fleet.placement[app.name]),
                "user": app.user,
                "ports": app.ports,
                "level": plan_app_level(app, levels),
                "start": app.start,
                "instances": app.instances,
            }
            for app in _ordered(catalogue.apps)
        },
        "bindings": [
            {
                "app": app.name,
                "volume": binding.volume,
                "target": binding.target,
                "subpath": binding.subpath,
                "read_only": binding.read_only,
                "attach": binding.attach,
                "hosts": list(fleet.placement[app.name]),
            }
            for app in _ordered(catalogue.apps)
            for binding in app.bindings
        ],
        "resources": render_resources(catalogue, fleet),
        "resource_bindings": render_resource_bindings(catalogue, fleet),
    }


def find_identity(store: Store, volume: Volume) -> str:
    """What tells this volume from every other; "" in a store of other people, where nothing is written."""
    return "" if store.foreign else str(uuid.uuid5(NAMESPACE, f"{store.name}/{volume.name}"))


def find_address(store: Store, fleet: Fleet) -> str:
    """Where clients find an NFS store."""
    return store.address or fleet.addresses[store.host]


def _ordered(values: Mapping[str, Any]) -> list[Any]:
    return [values[name] for name in sorted(values)]


def find_access(
    catalogue: Catalogue, placement: Mapping[str, tuple[str, ...]], attached: Iterable[str] = ("host", "engine")
) -> dict[str, dict[str, bool]]:
    """For each volume the hosts that bind it, and whether any binding there writes; only bindings so ``attached``."""
    access: dict[str, dict[str, bool]] = {}
    for app in catalogue.apps.values():
        for binding in app.bindings:
            if binding.attach not in attached:
                continue
            hosts = access.setdefault(binding.volume, {})
            for host in placement[app.name]:
                hosts[host] = hosts.get(host, False) or not binding.read_only
    return access


def _plan_server(plan: HostPlan, store: Store, volume: Volume, access: Mapping[str, bool], fleet: Fleet) -> None:
    plan["nfs_server_volumes"].append(_plan_directory(store, volume))
    if not access:
        return
    identity = {
        "all": ["all_squash", f"anonuid={volume.owner}", f"anongid={volume.group}"],
        "root": ["root_squash"],
        "none": ["no_root_squash"],
    }[volume.squash]
    common = ["sync", "no_subtree_check", *identity, "sec=sys"]
    clients = [
        {"host": fleet.addresses[host], "options": ["rw" if writes else "ro", *common]}
        for host, writes in sorted(access.items())
    ]
    plan["nfs_server_exports"].append({"path": join_path(store.path, volume.path), "clients": clients})


def _plan_directory(store: Store, volume: Volume) -> dict[str, Any]:
    return {
        "name": volume.name,
        "path": join_path(store.path, volume.path),
        "owner": volume.owner,
        "group": volume.group,
        "mode": volume.mode,
        "identity": find_identity(store, volume),
    }


def _plan_mount(store: Store, volume: Volume, level: str, fleet: Fleet, writes: bool) -> dict[str, Any]:
    context = f'context="system_u:object_r:container_file_t:{level}"'
    return {
        "name": volume.name,
        "path": f"{PARENT}/{volume.name}",
        "source": _find_source(store, volume, fleet),
        "fstype": _find_fstype(store),
        "options": _plan_options(store, volume, [context], writes),
        "identity": find_identity(store, volume),
    }


def _plan_options(store: Store, volume: Volume, own: list[str], writes: bool) -> list[str]:
    extra = [*find_unsaid(store.options, volume.options), *volume.options]
    version = [f"nfsvers={store.version}"] if store.version else []
    usual = find_unsaid(RECOMMENDED if store.kind == "efs" else ["hard"], extra)
    common = [*version, *usual, "nosharecache", *own, "nodev", "nosuid", *dict.fromkeys(extra)]
    return [*common, *store.helper_options, "rw" if writes else "ro"]


def _find_fstype(store: Store) -> str:
    if store.helper_options:
        return efs_tunnel.FSTYPE
    return "nfs" if store.version == "3" else "nfs4"


def _plan_directories(
    plans: Mapping[str, HostPlan], store: Store, volume: Volume, access: Mapping[str, bool], level: str
) -> None:
    directory = _plan_directory(store, volume)
    context = _plan_context(directory["path"], "container_file_t", level)
    for host in access:
        plans[host]["host_mounts_directories"].append(directory)
        plans[host]["selinux_file_contexts"].append(context)


def _plan_context(path: str, kind: str, level: str) -> dict[str, Any]:
    # The target of a file context is a regular expression; a path may hold two characters that mean something there.
    target = path.replace(".", r"\.").replace("+", r"\+") + "(/.*)?"
    return {"target": target, "type": kind, "level": level}


def _plan_image(plan: HostPlan, app: App) -> None:
    """Root images are read by the containers of every app, and written by none."""
    context = _plan_context(app.image_directory or IMAGES, "container_ro_file_t", "s0")
    if app.engine == "nspawn" and context not in plan["selinux_file_contexts"]:
        plan["selinux_file_contexts"].append(context)


def _plan_secret_files(plan: HostPlan, units: Iterable[Mapping[str, Any]]) -> None:
    """Podman labels the files that it makes of its secrets itself."""
    plan["selinux_file_contexts"] += [
        _plan_context(f"{DIRECTORY}/{unit['name']}", "container_ro_file_t", unit["level"] or "s0")
        for unit in units
        if unit.get("secrets") and unit["engine"] != "podman"
    ]


def _plan_unit(catalogue: Catalogue, app: App, levels: Mapping[str, str], fleet: Fleet) -> dict[str, Any]:
    sources = ("image_directory", "image_url", "image_digest") if app.engine == "nspawn" else ()
    return {
        "name": app.name,
        "engine": app.engine,
        "image": app.image,
        "image_archive": app.image_archive,
        **{key: getattr(app, key) for key in sources},
        "command": app.command,
        "environment": app.environment,
        **_plan_resources(catalogue, app, fleet),
        "ports": app.ports,
        "user": app.user,
        "read_only": app.read_only,
        "tmpfs": app.tmpfs,
        "capabilities": app.capabilities,
        "level": plan_app_level(app, levels),
        "start": app.start,
        **({"health": dict(app.health)} if app.health else {}),
        **({"max_run_time": app.max_run_time or RUN_TIME} if app.start == "on_demand" else {}),
        "mounts": [_plan_bind(catalogue, binding, fleet) for binding in app.bindings],
    }


def _plan_resources(catalogue: Catalogue, app: App, fleet: Fleet) -> dict[str, Any]:
    if not app.resources:
        return {}
    environment = {**app.environment, **plan_environment(catalogue, app, fleet)}
    return {"environment": environment, "secrets": plan_secrets(catalogue, app, fleet)}


def _plan_instances(app: App, unit: dict[str, Any]) -> list[dict[str, Any]]:
    """The unit of each instance; an app that has one says nothing of instances."""
    common = {**unit, "app": app.name} if app.instances > 1 else unit
    return [
        {
            **common,
            **({"name": name, "instance": number} if app.instances > 1 else {}),
            "ports": share_out(app.ports, number),
        }
        for number, name in enumerate(find_names(app), start=1)
    ]


def _plan_operations(app: App) -> list[dict[str, Any]]:
    return [] if app.ops is None else [{"app": app.name, "run": app.ops.run, "fetch": app.ops.fetch}]


def _plan_bind(catalogue: Catalogue, binding: Binding, fleet: Fleet) -> dict[str, Any]:
    volume = catalogue.volumes[binding.volume]
    store = catalogue.stores[volume.store]
    if binding.attach == "engine":
        return {
            "volume": volume.name,
            "target": binding.target,
            "read_only": binding.read_only,
            "engine_volume": _plan_engine_volume(store, volume, fleet, not binding.read_only),
        }
    root = f"{PARENT}/{volume.name}" if store.remote else join_path(store.path, volume.path)
    source = _find_gate_source(store, volume, fleet) if store.remote else ""
    return {
        "volume": volume.name,
        "source": join_path(root, binding.subpath),
        "target": binding.target,
        "read_only": binding.read_only,
        "gate": {"path": root, "source": source, "identity": find_identity(store, volume)},
    }


def _find_gate_source(store: Store, volume: Volume, fleet: Fleet) -> str:
    source = _find_source(store, volume, fleet)
    return efs_tunnel.find_wanted(source, store.helper_options) if store.helper_options else source


def _plan_engine_volume(store: Store, volume: Volume, fleet: Fleet, writes: bool) -> dict[str, Any]:
    return {
        "name": render_name(volume.name, not writes),
        "volume": volume.name,
        "source": _find_source(store, volume, fleet),
        "fstype": _find_fstype(store),
        "options": _plan_options(store, volume, [], writes),
        "owner": volume.owner,
        "group": volume.group,
    }


def _plan_engine_volumes(plan: HostPlan, unit: Mapping[str, Any]) -> None:
    """What the host must have beside the unit for volumes that its engine mounts."""
    for volume in (mount["engine_volume"] for mount in unit["mounts"] if "engine_volume" in mount):
        plan["selinux_engine_nfs_enabled"] = True
        item = {key: volume[key] for key in ("name", "volume", "source", "options")}
        if unit["engine"] == "docker" and item not in plan["docker_nfs_volumes_volumes"]:
            plan["docker_nfs_volumes_volumes"].append(item)


def _find_source(store: Store, volume: Volume, fleet: Fleet) -> str:
    if store.helper_options:
        return efs_tunnel.render_source(store.file_system_id, join_path(store.path, volume.path))
    address = find_address(store, fleet)
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{join_path(store.path, volume.path)}"
