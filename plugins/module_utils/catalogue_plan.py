# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Host plans: what one host must have, derived from the catalogue with least privilege.

The cost is linear in the number of bindings (apps x their volumes x their hosts).
"""

from __future__ import annotations

import functools
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
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_orchestrators import (
    ORCHESTRATORS,
    count_replicas,
    find_members,
    read_update,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_transport import (
    find_transport,
    plan_transports,
    settle_connections,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import join_path
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import RUN_TIME
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import join_source, render_name
from ansible_collections.holdfast.volumes.plugins.module_utils.nfs_mount_options import find_unsaid
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import IMAGES
from ansible_collections.holdfast.volumes.plugins.module_utils.resource_plan import (
    plan_environment,
    plan_secrets,
    render_resource_bindings,
    render_resources,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.transports import plan_export, plan_mount
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import DIRECTORY

PARENT = "/srv/holdfast"
NAMESPACE = uuid.UUID("c0f1b7de-6a55-4e0e-9d3b-0b7a3f8c2e41")
VARIABLES = (
    "nfs_server_volumes",
    "nfs_server_exports",
    "nfs_transport_client",
    "nfs_transport_server",
    "nfs_transport_names",
    "host_mounts_directories",
    "host_mounts_mounts",
    "selinux_file_contexts",
    "selinux_engine_nfs_enabled",
    "container_host_engines",
    "docker_nfs_volumes_volumes",
    "container_units_units",
    "container_units_operations",
    "docker_swarm_members",
    "docker_swarm_labels",
    "docker_swarm_services",
    "holdfast_orchestrated",
)

# What a host without any work has; the others are lists.
SWITCHES = {"selinux_engine_nfs_enabled": False}

HostPlan = dict[str, Any]


def plan_hosts(
    catalogue: Catalogue, fleet: Fleet, levels: Mapping[str, str], hosts: Iterable[str]
) -> dict[str, HostPlan]:
    """The variables of every host, empty lists where it has nothing to do."""
    plans: dict[str, HostPlan] = {host: {name: SWITCHES.get(name, []) for name in VARIABLES} for host in hosts}
    catalogue = settle_connections(catalogue)
    access = find_access(catalogue, fleet.placement)
    mounted = find_access(catalogue, fleet.placement, ("host",))
    for name in sorted(catalogue.volumes):
        volume = catalogue.volumes[name]
        store = catalogue.stores[volume.store]
        if store.kind == "nfs_server":
            _plan_server(plans[store.host], store, volume, access.get(name, {}), fleet)
        if store.remote:
            mounts = _plan_mounts(store, volume, levels[name], fleet)
            for host, writes in mounted.get(name, {}).items():
                plans[host]["host_mounts_mounts"].append(mounts[writes])
        else:
            _plan_directories(plans, store, volume, access.get(name, {}), levels[name])
    plan_transports(plans, catalogue, fleet, access)
    gates = {volume.name: _plan_gate(catalogue, volume, fleet) for volume in catalogue.volumes.values()}
    for name in sorted(catalogue.apps):
        app = catalogue.apps[name]
        units = _plan_instances(app, _plan_unit(catalogue, app, levels, fleet, gates))
        for host in fleet.placement[name]:
            if app.engine in ORCHESTRATORS:
                plans[host]["holdfast_orchestrated"] += units
            else:
                plans[host]["container_units_units"] += units
                plans[host]["container_units_operations"] += _plan_operations(app)
    _plan_swarm(plans, catalogue, fleet)
    for plan in plans.values():
        _plan_engines(plan)
    return plans


def _plan_swarm(plans: Mapping[str, HostPlan], catalogue: Catalogue, fleet: Fleet) -> None:
    """Who is in the swarm, what each node may run, and what its managers deploy."""
    managers = fleet.managers.get("swarm", ())
    roles = [(host, "manager" if host in managers else "worker") for host in find_members(catalogue, fleet, "swarm")]
    members = [{"name": host, "address": fleet.addresses[host], "role": role} for host, role in roles]
    apps = [app for app in _ordered(catalogue.apps) if app.engine == "swarm"]
    services = [_plan_service(catalogue, app, fleet, plans) for app in apps]
    for member in members:
        plan = plans[member["name"]]
        plan["docker_swarm_members"] = members
        plan["docker_swarm_labels"] = [{"kind": "app", "name": unit["name"]} for unit in _find_swarm_units(plan)]
        mounts = [mount for unit in _find_swarm_units(plan) for mount in unit["mounts"]]
        mounted = {mount["volume"] for mount in mounts if mount.get("gate", {}).get("source")}
        plan["docker_swarm_labels"] += [{"kind": "volume", "name": name} for name in sorted(mounted)]
        plan["docker_swarm_services"] = services if member["role"] == "manager" else []


def _find_swarm_units(plan: HostPlan) -> list[dict[str, Any]]:
    return [unit for unit in plan["holdfast_orchestrated"] if unit["engine"] == "swarm"]


def _plan_service(catalogue: Catalogue, app: App, fleet: Fleet, plans: Mapping[str, HostPlan]) -> dict[str, Any]:
    """A service of the swarm: what its units are on all of its hosts, how many there are and how they are replaced."""
    hosts = fleet.placement[app.name]
    unit = next(one for one in plans[hosts[0]]["holdfast_orchestrated"] if one["name"] == app.name)
    alone = any(catalogue.volumes[one.volume].single_writer and not one.read_only for one in app.bindings)
    return {
        **{key: value for key, value in unit.items() if key not in ("engine", "image_archive", "start")},
        "hosts": list(hosts),
        "replicas": count_replicas(app, fleet.placement),
        "single_writer": alone,
        "update": dict(app.update) or read_update({}),
    }


def render_catalogue(catalogue: Catalogue, fleet: Fleet, levels: Mapping[str, str]) -> dict[str, Any]:
    """The catalogue as one variable, for reports: no environment and no command, as they may hold secrets."""
    catalogue = settle_connections(catalogue)
    return {
        "stores": {
            store.name: {
                "type": store.kind,
                "file": posixpath.basename(store.place.file),
                "host": store.host,
                "address": find_address(store, fleet) if store.remote else "",
                "path": store.path,
                "file_system_id": store.file_system_id,
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
                "transport": find_transport(catalogue.stores[volume.store], volume),
                "level": levels[volume.name],
                "identity": find_identity(catalogue.stores[volume.store], volume),
                "mount": _describe_mount(catalogue.stores[volume.store], volume, fleet),
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
                **_describe_replicas(app, fleet),
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


def _describe_replicas(app: App, fleet: Fleet) -> dict[str, Any]:
    if app.engine not in ORCHESTRATORS:
        return {}
    return {"replicas": count_replicas(app, fleet.placement), "update": dict(app.update)}


def _describe_mount(store: Store, volume: Volume, fleet: Fleet) -> dict[str, Any]:
    """Where a volume is on its hosts and how it gets there: the options without rw, ro and context."""
    if not store.remote:
        return {"path": join_path(store.path, volume.path), "source": "", "fstype": "", "options": []}
    return {
        "path": f"{PARENT}/{volume.name}",
        "source": _find_source(store, volume, fleet),
        "fstype": _find_fstype(store),
        "options": _plan_options(store, volume, []),
    }


def find_identity(store: Store, volume: Volume) -> str:
    """What tells this volume from every other; "" in a store of other people, where nothing is written."""
    return "" if store.foreign else _derive_identity(f"{store.name}/{volume.name}")


@functools.cache
def _derive_identity(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


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
    common = ["sync", "no_subtree_check", *identity, *plan_export(find_transport(store, volume))]
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


def _plan_mounts(store: Store, volume: Volume, level: str, fleet: Fleet) -> dict[bool, dict[str, Any]]:
    """The mount of a volume, by whether anything on the host writes."""
    context = f'context="system_u:object_r:container_file_t:{level}"'
    options = _plan_options(store, volume, [context])
    common = {
        "name": volume.name,
        "path": f"{PARENT}/{volume.name}",
        "source": _find_source(store, volume, fleet),
        "fstype": _find_fstype(store),
    }
    identity = find_identity(store, volume)
    return {
        writes: {**common, "options": [*options, word], "identity": identity}
        for writes, word in ((False, "ro"), (True, "rw"))
    }


def _plan_options(store: Store, volume: Volume, own: list[str]) -> list[str]:
    extra = [*find_unsaid(store.options, volume.options), *volume.options]
    version = [f"nfsvers={store.version}"] if store.version else []
    usual = find_unsaid(RECOMMENDED if store.kind == "efs" else ["hard"], extra)
    secured = plan_mount(find_transport(store, volume), store.connection)
    closed = ["nodev", "nosuid", *([] if volume.exec else ["noexec"])]
    common = [*version, *usual, *secured, "nosharecache", *own, *closed, *dict.fromkeys(extra)]
    return [*common, *store.helper_options]


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


def _plan_engines(plan: HostPlan) -> None:
    """What the units of a host ask of it beside mounts."""
    units = plan["container_units_units"]
    swarm = _find_swarm_units(plan)
    attached = [(unit["engine"], mount["engine_volume"]) for unit in units + swarm for mount in _find_attached(unit)]
    of_docker = {volume["name"]: volume for engine, volume in attached if engine in ("docker", "swarm")}
    engines = {unit["engine"] for unit in units}
    plan["container_host_engines"] = sorted(engines | {"docker"} if plan["docker_swarm_members"] else engines)
    plan["selinux_file_contexts"] += _plan_read_only_contexts(units)
    plan["selinux_engine_nfs_enabled"] = bool(attached)
    plan["docker_nfs_volumes_volumes"] = [
        {key: volume[key] for key in ("name", "volume", "source", "options")} for volume in of_docker.values()
    ]


def _find_attached(unit: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [mount for mount in unit["mounts"] if "engine_volume" in mount]


def _plan_read_only_contexts(units: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of root images, which the containers of every app read and none writes, and of the files of secrets."""
    levels: dict[str, str] = {}
    for unit in units:
        if unit["engine"] == "nspawn":
            levels.setdefault(unit["image_directory"] or IMAGES, "s0")
        # Podman labels the files that it makes of its secrets itself.
        if unit.get("secrets") and unit["engine"] != "podman":
            levels.setdefault(f"{DIRECTORY}/{unit['name']}", unit["level"] or "s0")
    return [_plan_context(path, "container_ro_file_t", level) for path, level in levels.items()]


def _plan_unit(
    catalogue: Catalogue, app: App, levels: Mapping[str, str], fleet: Fleet, gates: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
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
        "mounts": [_plan_bind(catalogue, binding, fleet, gates[binding.volume]) for binding in app.bindings],
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


def _plan_bind(catalogue: Catalogue, binding: Binding, fleet: Fleet, gate: Mapping[str, Any]) -> dict[str, Any]:
    bind = {"volume": binding.volume, "target": binding.target, "read_only": binding.read_only}
    if binding.attach == "engine":
        volume = catalogue.volumes[binding.volume]
        store = catalogue.stores[volume.store]
        return {**bind, "engine_volume": _plan_engine_volume(store, volume, fleet, not binding.read_only)}
    return {**bind, "source": join_path(gate["path"], binding.subpath), "gate": dict(gate)}


def _plan_gate(catalogue: Catalogue, volume: Volume, fleet: Fleet) -> dict[str, Any]:
    """What must be mounted, and where, before an app starts that binds the volume."""
    store = catalogue.stores[volume.store]
    root = f"{PARENT}/{volume.name}" if store.remote else join_path(store.path, volume.path)
    source = _find_gate_source(store, volume, fleet) if store.remote else ""
    return {"path": root, "source": source, "identity": find_identity(store, volume)}


def _find_gate_source(store: Store, volume: Volume, fleet: Fleet) -> str:
    source = _find_source(store, volume, fleet)
    return efs_tunnel.find_wanted(source, store.helper_options) if store.helper_options else source


def _plan_engine_volume(store: Store, volume: Volume, fleet: Fleet, writes: bool) -> dict[str, Any]:
    return {
        "name": render_name(volume.name, not writes),
        "volume": volume.name,
        "source": _find_source(store, volume, fleet),
        "fstype": _find_fstype(store),
        "options": [*_plan_options(store, volume, []), "rw" if writes else "ro"],
        "owner": volume.owner,
        "group": volume.group,
    }


def _find_source(store: Store, volume: Volume, fleet: Fleet) -> str:
    if store.helper_options:
        return efs_tunnel.render_source(store.file_system_id, join_path(store.path, volume.path))
    return join_source(find_address(store, fleet), join_path(store.path, volume.path))
