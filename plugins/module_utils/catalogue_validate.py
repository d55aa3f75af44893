# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must hold between well-formed stores, volumes, apps and hosts before a plan is made of them."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Callable, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import parse_port
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_efs import check_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_instances import find_names, share_out
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import find_levels, find_union
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Binding,
    Catalogue,
    Fleet,
    Place,
    Problems,
    Store,
    Volume,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_operations import check_operations
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_orchestrators import (
    ORCHESTRATORS,
    check_orchestrators,
    find_writers,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_transport import check_transports
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit, is_deferred, join_path
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import MOUNTING_ENGINES

LOOPBACK = ("127.", "::1", "localhost")
PLACEMENT = Place("-e holdfast_placement")
# mount.nfs tries one version after the other for "" and "4"; the kernel takes the first for 3 and the second for 4.0.
EXACT_VERSIONS = ("4.2", "4.1", "4.0", "3")
# Engines whose volumes Docker's local driver mounts.
OF_DOCKER = ("docker", "swarm", "marathon")

Sites = dict[tuple[str, str], list[tuple[App, Binding]]]


def find_placement(
    catalogue: Catalogue,
    find_hosts: Callable[[str], list[str]],
    moved: Mapping[str, Any],
    problems: Problems,
) -> dict[str, tuple[str, ...]]:
    """The hosts of each app: those of its patterns, or of ``moved`` where an app is named there."""
    placement: dict[str, tuple[str, ...]] = {}
    for name in moved:
        if name not in catalogue.apps and ("apps", name) not in catalogue.malformed:
            problems.unknown(PLACEMENT.at(name), "app", name, catalogue.apps)
    for app in catalogue.apps.values():
        place, patterns = app.place.at("hosts"), app.hosts
        if app.name in moved:
            place = PLACEMENT.at(app.name)
            patterns = tuple(moved[app.name]) if isinstance(moved[app.name], list) else (str(moved[app.name]),)
        placement[app.name] = _find_hosts(patterns, find_hosts, place, problems)
    return placement


def find_managers(
    catalogue: Catalogue, find_hosts: Callable[[str], list[str]], problems: Problems
) -> dict[str, tuple[str, ...]]:
    """The hosts that manage each orchestrator."""
    return {
        one.name: _find_hosts(one.managers, find_hosts, one.place.at("managers"), problems)
        for one in catalogue.orchestrators.values()
    }


def _find_hosts(
    patterns: tuple[str, ...], find_hosts: Callable[[str], list[str]], place: Place, problems: Problems
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for pattern in patterns:
        try:
            hosts = find_hosts(pattern)
        except Unfit as error:
            problems.note(error.findings, place)
            continue
        if not hosts:
            problems.add(place, f'the pattern "{pattern}" matches no host', "correct it, or add the host or group")
        found.update(dict.fromkeys(hosts))
    return tuple(found)


def check_references(catalogue: Catalogue, hosts: Collection[str], problems: Problems) -> None:
    """Every store has its host, every volume its store, every binding its volume and a target of its own."""
    for store in catalogue.stores.values():
        if store.kind == "nfs_server" and store.host not in hosts:
            problems.unknown(store.place.at("host"), "host", store.host, hosts)
    for volume in catalogue.volumes.values():
        if volume.store not in catalogue.stores and ("stores", volume.store) not in catalogue.malformed:
            problems.unknown(volume.place.at("store"), "store", volume.store, catalogue.stores)
    check_volumes(catalogue, problems)
    check_transports(catalogue, problems)
    for app in catalogue.apps.values():
        targets = (
            {str(path).partition(":")[0] for path in app.tmpfs if not is_deferred(path)}
            if not is_deferred(app.tmpfs)
            else set()
        )
        for binding in app.bindings:
            if binding.volume not in catalogue.volumes and ("volumes", binding.volume) not in catalogue.malformed:
                problems.unknown(binding.place, "volume", binding.volume, catalogue.volumes)
            if binding.target in targets:
                problems.add(binding.place, f"something else is on {binding.target} already", "give one another target")
            targets.add(binding.target)


def check_fleet(catalogue: Catalogue, fleet: Fleet, levels: Mapping[str, str], problems: Problems) -> None:
    """Nothing on any host contradicts anything else there."""
    sites = _find_sites(catalogue, fleet)
    _check_attachments(catalogue, problems)
    check_operations(catalogue, problems)
    check_orchestrators(catalogue, fleet, problems)
    _check_paths(catalogue, sites, problems)
    _check_writers(catalogue, fleet, sites, problems)
    _check_sharing(catalogue, sites, levels, problems)
    _check_ports(catalogue, fleet, problems)
    _check_addresses(catalogue, fleet, problems)


def _check_attachments(catalogue: Catalogue, problems: Problems) -> None:
    """What an engine is asked to mount is a whole NFS volume, in words that the engine has."""
    for app in catalogue.apps.values():
        for binding in app.bindings:
            if binding.attach == "engine" and binding.volume in catalogue.volumes:
                store = catalogue.stores.get(catalogue.volumes[binding.volume].store)
                for key, what, way_out in _find_obstacles(app, binding, store):
                    problems.add(binding.place.at(key), what, way_out)


def _find_obstacles(app: App, binding: Binding, store: Optional[Store]) -> Iterator[tuple[str, str, str]]:
    by_host = "leave `attach` out: the host attaches it then"
    if app.engine not in (*MOUNTING_ENGINES, *ORCHESTRATORS):
        yield "attach", f"the engine {app.engine} mounts no volumes itself", by_host
    if store is not None and not store.remote:
        yield "attach", f"the store {store.name} is a directory of the host, so there is nothing to mount", by_host
    if store is not None and store.helper_options:
        yield "attach", f"the store {store.name} is mounted by amazon-efs-utils, which no engine calls", by_host
    if binding.subpath not in ("", "."):
        yield (
            "subpath",
            "an engine attaches whole volumes, and this is a part of one",
            f"{by_host}; or make that directory a volume of its own",
        )
    if app.engine in OF_DOCKER and store is not None and store.remote and store.version not in EXACT_VERSIONS:
        yield (
            "attach",
            f"Docker's driver negotiates no NFS version, and the store {store.name} names none exactly",
            f"write one of the versions {', '.join(EXACT_VERSIONS)} as `version` of the store, in quotes; or {by_host}",
        )


def _find_sites(catalogue: Catalogue, fleet: Fleet) -> Sites:
    """Every binding by (volume, host)."""
    sites: Sites = {}
    for app in catalogue.apps.values():
        for binding in app.bindings:
            if binding.volume in catalogue.volumes:
                for host in fleet.placement.get(app.name, ()):
                    sites.setdefault((binding.volume, host), []).append((app, binding))
    return sites


def _check_paths(catalogue: Catalogue, sites: Sites, problems: Problems) -> None:
    """No volume lies on or inside another."""
    locations = [
        ((where, path.split("/")), volume.name)
        for volume in catalogue.volumes.values()
        for where, path in _find_locations(catalogue, volume)
    ]
    locations += _find_directories(catalogue, sites)
    reported = set()
    outer: list[tuple[tuple[str, list[str]], str]] = []
    for (where, path), name in sorted(locations):
        while outer and (outer[-1][0][0] != where or path[: len(outer[-1][0][1])] != outer[-1][0][1]):
            outer.pop()
        if outer and outer[-1][1] != name and (name, outer[-1][1]) not in reported:
            reported.add((name, outer[-1][1]))
            other = catalogue.volumes[outer[-1][1]]
            relation = "on the path" if path == outer[-1][0][1] else "inside the path"
            problems.add(
                catalogue.volumes[name].place.at("path"),
                f"{'/'.join(path)} is {relation} of the volume {other.name} ({other.place.file})",
                "give each volume a directory of its own; for a part of a volume, bind it with `subpath`",
            )
        outer.append(((where, path), name))


def _find_locations(catalogue: Catalogue, volume: Volume) -> Iterator[tuple[str, str]]:
    store = catalogue.stores.get(volume.store)
    if store is not None:
        where = {
            "nfs_server": f"host {store.host}",
            "nfs": f"nfs {store.address}",
            "efs": f"efs {store.file_system_id or store.address} {store.access_point}",
            "directory": "directory",
        }[store.kind]
        yield where, join_path(store.path, volume.path)


def _find_directories(catalogue: Catalogue, sites: Sites) -> Iterator[tuple[tuple[str, list[str]], str]]:
    # A directory store may share a host, and so a file system, with the volumes of an NFS server.
    servers = {store.host for store in catalogue.stores.values() if store.kind == "nfs_server"}
    for name, host in sites:
        store = catalogue.stores.get(catalogue.volumes[name].store)
        if host in servers and store is not None and not store.remote:
            yield (f"host {host}", join_path(store.path, catalogue.volumes[name].path).split("/")), name


def _check_writers(catalogue: Catalogue, fleet: Fleet, sites: Sites, problems: Problems) -> None:
    writers: dict[str, dict[str, Binding]] = {}
    for (name, host), bound in sites.items():
        if catalogue.volumes[name].single_writer:
            for app, binding in bound:
                if not binding.read_only:
                    found = writers.setdefault(name, {})
                    found.update(dict.fromkeys(_find_writers(app, host, fleet), binding))
    for name, found in writers.items():
        if len(found) > 1:
            problems.add(
                list(found.values())[-1].place,
                f'the volume "{name}" has a single writer and would have {len(found)}: {", ".join(found)}',
                "bind it read only (:ro) in all but one app, with one instance of that app on one host, or one replica",
            )


def _find_writers(app: App, host: str, fleet: Fleet) -> list[str]:
    if app.engine in ORCHESTRATORS:
        return find_writers(app, fleet.placement[app.name])
    return [f"{instance} on {host}" for instance in find_names(app)]


def _check_sharing(catalogue: Catalogue, sites: Sites, levels: Mapping[str, str], problems: Problems) -> None:
    """Files of a directory carry the level of the app that made them; who binds it must dominate that level."""

    @functools.cache
    def find_categories(name: str) -> frozenset[int]:
        return find_union(find_levels(catalogue.apps[name], levels))

    reported = set()
    for (name, host), bound in sites.items():
        store = catalogue.stores.get(catalogue.volumes[name].store)
        if store is None or store.remote or len(bound) == 1 or name in reported:
            continue
        made = {find_categories(app.name): app for app, binding in bound if not binding.read_only}
        for app, binding in bound:
            writer = next((made[level] for level in made if not level <= find_categories(app.name)), None)
            if writer is not None:
                reported.add(name)
                problems.add(
                    binding.place,
                    f'{app.name} could not read what {writer.name} writes to the volume "{name}" on {host}: '
                    "their other volumes give them different SELinux levels",
                    "put the volume on an NFS store, bind the same volumes in both, or give the volumes one `level`",
                )
                break


def _check_ports(catalogue: Catalogue, fleet: Fleet, problems: Problems) -> None:
    taken: dict[tuple[str, int, str], dict[str, str]] = {}
    for app in catalogue.apps.values():
        for name, place, address, port, protocol in _find_ports(app):
            for host in fleet.placement.get(app.name, ()):
                users = taken.setdefault((host, port, protocol), {})
                clash = next((users[other] for other in users if not address or other in ("", address)), None)
                if clash:
                    problems.add(
                        place,
                        f"port {port}/{protocol} of {host} is published by {clash} already",
                        "publish another port, another address, or place the app elsewhere",
                    )
                    break
                users[address] = name


def _find_ports(app: App) -> Iterator[tuple[str, Place, str, int, str]]:
    for number, name in enumerate(find_names(app), start=1):
        ports = share_out(app.ports, number)
        for index, port in enumerate(() if is_deferred(ports) else ports):
            # What is no range cannot be shared out, which is said once and elsewhere.
            if not is_deferred(port) and (number == 1 or port != app.ports[index]):
                yield (name, app.place.at(f"ports[{index}]"), *parse_port(port))


def _check_addresses(catalogue: Catalogue, fleet: Fleet, problems: Problems) -> None:
    """NFS servers must know their clients by one address each, and clients must reach their servers."""
    way_out = "set `holdfast_address` for each host to its address in the storage network"
    owners: dict[str, str] = {}
    for store, clients in find_clients(catalogue, fleet.placement).items():
        server = catalogue.stores[store].host
        for host in dict.fromkeys((server, *clients)):
            address = fleet.addresses.get(host, "")
            place = catalogue.stores[store].place
            if address and owners.setdefault(address, host) != host:
                problems.add(place, f"{owners[address]} and {host} have one storage address, {address}", way_out)
            elif address.startswith(LOOPBACK) and set(clients) != {server}:
                problems.add(place, f"the storage address of {host} is {address}, which no other host reaches", way_out)


def find_clients(catalogue: Catalogue, placement: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, None]]:
    """The hosts that bind any volume of each NFS server of ours, by store; a server without clients has none."""
    clients: dict[str, dict[str, None]] = {
        store.name: {} for store in catalogue.stores.values() if store.kind == "nfs_server"
    }
    for app in catalogue.apps.values():
        bound = (catalogue.volumes.get(binding.volume) for binding in app.bindings)
        for store in dict.fromkeys(volume.store for volume in bound if volume is not None):
            if store in clients:
                clients[store].update(dict.fromkeys(placement.get(app.name, ())))
    return clients
