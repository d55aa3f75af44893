# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apps that an orchestrator runs: who manages it, how many containers there are, and what it cannot have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.addresses import is_address
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import Key, Table, read_below, read_keys
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Catalogue,
    Fleet,
    Orchestrator,
    Place,
    Problems,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    choice,
    count_of,
    is_deferred,
    is_encrypted,
    show,
)

# Those whose apps are mounted for and compiled, and run by nobody here but the swarm.
ORCHESTRATORS = ("swarm", "kubernetes", "nomad", "marathon")
# Those that have a cluster of the collection's own.
FORMED = ("swarm",)
# Those that never give a writer up for gone because its node does not answer.
WAITING = ("swarm", "kubernetes")
MOST = 1000
# A service is called holdfast-NAME, and no name of the swarm has more than 63 characters.
LONGEST_NAME = 54

Findings = Iterator[tuple[str, str, str]]

# How many containers of an app there are in all.
read_replicas = count_of("replicas", MOST)
_UPDATE: Table = {
    "parallel": Key(count_of("containers", MOST), 1),
    "order": Key(choice("stop_first", "start_first"), "stop_first"),
    "on_failure": Key(choice("pause", "rollback", "continue"), "pause"),
}


def read_update(value: Any) -> dict[str, Any]:
    """How new containers of an app replace the old ones."""
    return read_below(_UPDATE, value)


def read_orchestrator(
    name: str, raw: Any, place: Place, problems: Problems, read_patterns: Callable[[Any], tuple[str, ...]]
) -> Orchestrator | None:
    """A cluster that the collection forms."""
    if name not in FORMED:
        problems.unknown(place, "orchestrator", name, FORMED)
        return None
    fields = read_keys({"managers": Key(read_patterns)}, raw, place, problems)
    return None if fields is None else Orchestrator(place, name, fields["managers"])


def count_replicas(app: App, placement: Mapping[str, tuple[str, ...]]) -> int:
    """How many containers an orchestrator keeps of an app: one for each of its hosts where nothing is said."""
    return app.replicas or len(placement.get(app.name, ()))


def find_members(catalogue: Catalogue, fleet: Fleet, name: str) -> list[str]:
    """The hosts of a cluster, managers first; none without an app that it runs and somebody who manages it."""
    managers = fleet.managers.get(name, ())
    hosts = [
        host for app in catalogue.apps.values() if app.engine == name for host in fleet.placement.get(app.name, ())
    ]
    return list(dict.fromkeys([*managers, *hosts])) if managers else []


def find_writers(app: App, hosts: tuple[str, ...]) -> list[str]:
    """What would write to a volume that the app writes to, each by its name."""
    count = count_replicas(app, {app.name: hosts})
    if app.engine in WAITING:
        return [app.name] if count == 1 else [f"{app.name} ({number} of {count})" for number in range(1, count + 1)]
    return [f"{app.name} on {host}" for host in hosts]


def check_orchestrators(catalogue: Catalogue, fleet: Fleet, problems: Problems) -> None:
    """Every app has its cluster, says nothing that this cannot do, and words of orchestrators only under one."""
    for app in catalogue.apps.values():
        for key, what, way_out in _find_faults(catalogue, app, fleet):
            problems.add(app.place.at(key) if key else app.place, what, way_out)
    for name, orchestrator in catalogue.orchestrators.items():
        for host in find_members(catalogue, fleet, name):
            if not is_address(fleet.addresses.get(host, "")):
                what = (
                    f"the storage address of {host} is {show(fleet.addresses.get(host, ''))}, and nodes know each other"
                )
                problems.add(orchestrator.place, f"{what} by number", "set `holdfast_address` for it to its IP address")


def _find_faults(catalogue: Catalogue, app: App, fleet: Fleet) -> Findings:
    if app.engine not in ORCHESTRATORS:
        for key, given in (("replicas", app.replicas), ("update", app.update)):
            if given:
                yield key, f"the engine {app.engine} has no such thing", "leave it out; `instances` are those of a host"
        return
    if app.instances > 1:
        yield (
            "instances",
            f"{app.engine} spreads containers over the hosts",
            "write `replicas`, how many there are in all",
        )
    if app.engine == "swarm":
        yield from _find_swarm_faults(catalogue, app, fleet)
    elif app.update:
        yield "update", f"nobody here deploys to {app.engine}", "say it in the files that are compiled for it"


def _find_swarm_faults(catalogue: Catalogue, app: App, fleet: Fleet) -> Findings:
    if "swarm" not in catalogue.orchestrators and ("orchestrators", "swarm") not in catalogue.malformed:
        yield "engine", "nobody manages the swarm", "add `orchestrators: {swarm: {managers: PATTERN}}` beside `apps`"
    if len(app.name) > LONGEST_NAME:
        yield (
            "",
            f"the name has {len(app.name)} characters",
            f"use {LONGEST_NAME} at most; the service is holdfast-NAME",
        )
    if app.start == "on_demand":
        yield "start", "a swarm keeps its services running", "use the engine podman or docker for what is operated"
    if app.image_archive:
        yield "image.archive", "a swarm fetches images by name on every node", "push it to a registry and leave it out"
    for kind in ("http", "tcp"):
        if app.health.get(kind):
            yield f"health.{kind}", "a swarm asks by a program in the container only", "use `command`, or leave it out"
    words = [] if is_deferred(app.command) else [str(word) for word in app.command]
    for key, said in (("command", words), ("health.command", list(map(str, app.health.get("command", ()))))):
        if any(mark in word for word in said for mark in ("{instance}", "{number}")):
            yield key, "a swarm gives all containers of an app the same words", "say {number} in `environment` instead"
    yield from _find_environment_faults(app)
    yield from _find_port_faults(app, fleet)
    yield from _find_store_faults(catalogue, app, fleet)


def _find_environment_faults(app: App) -> Findings:
    if is_encrypted(app.environment):
        yield "environment", "a swarm shows it to whoever may look at a service", "make what is secret a resource"
    elif not is_deferred(app.environment):
        for name in (name for name, value in app.environment.items() if is_encrypted(value)):
            what = "it is encrypted, and a swarm shows it to whoever may look at a service"
            yield f"environment.{name}", what, "make it a resource, whose credentials become secrets of the swarm"
    words = [] if is_deferred(app.tmpfs) else [str(one) for one in app.tmpfs if not is_deferred(one)]
    for word in words:
        given = [option.partition("=")[0] for option in word.partition(":")[2].split(",") if option]
        if set(given) - {"size", "mode"}:
            yield "tmpfs", f"of {show(word)} a swarm says size and mode alone", "leave the other options out"


def _find_port_faults(app: App, fleet: Fleet) -> Findings:
    hosts = len(fleet.placement.get(app.name, ()))
    ports = [] if is_deferred(app.ports) else [str(port) for port in app.ports if not is_deferred(port)]
    for index, port in enumerate(ports):
        if port.count(":") > 1:
            yield f"ports[{index}]", "a swarm publishes on every address of the node", "leave the address out"
    if app.ports and count_replicas(app, fleet.placement) > hosts:
        what = f"{app.replicas} replicas on {hosts} host{'s' if hosts > 1 else ''}, each of which has a port once"
        yield "replicas", what, "write no more replicas than hosts, or publish nothing"
    if app.ports and app.update.get("order") == "start_first":
        yield "update.order", "the old container has the port while the new one starts", "use stop_first"


def _find_store_faults(catalogue: Catalogue, app: App, fleet: Fleet) -> Findings:
    bound = [(one, catalogue.volumes[one.volume]) for one in app.bindings if one.volume in catalogue.volumes]
    for binding, volume in bound:
        store = catalogue.stores.get(volume.store)
        if store is not None and not store.remote and len(fleet.placement.get(app.name, ())) > 1:
            what = f"each host has a {volume.name} of its own, and the app would find another where it moves"
            yield "hosts", what, "place it on one host, or put the volume on an NFS store"
        if volume.single_writer and not binding.read_only and app.update.get("order") == "start_first":
            yield "update.order", f"{volume.name} has a single writer, and there would be two", "use stop_first"
