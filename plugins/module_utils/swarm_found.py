# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a swarm has, parsed from what the Engine API lists. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_secrets, swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import APP_LABEL
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_secrets import Kept

# Of the states of a task, in their order, those from which on it has a container, until that has ended.
LIVE = ("assigned", "accepted", "preparing", "ready", "starting", "running")
# What a swarm wants of a task that is to end.
ENDING = ("shutdown", "remove")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """A node; ``address`` is the one at which the others know it. ``spec`` and ``version`` are the API's."""

    identity: str
    name: str
    address: str
    state: str
    version: int
    spec: Record

    @property
    def answers(self) -> bool:
        """Whether it does what the swarm says, and tells what came of it."""
        return self.state == "ready"


@dataclass(frozen=True)
class Running:
    """A service of the collection's; ``update`` is how its last update fares, "" where there was none."""

    identity: str
    version: int
    app: str
    spec: Record
    update: str = ""
    message: str = ""


@dataclass(frozen=True)
class Task:
    """A container of an app, now or before; ``desired`` is what the swarm wants of it, ``state`` what it is."""

    identity: str
    app: str
    service: str
    node: str
    state: str
    desired: str
    error: str = ""
    container: str = ""
    spec: Record = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Whether its container may run, as far as its node has told."""
        return self.state in LIVE

    @property
    def runs(self) -> bool:
        """Whether it runs, healthy, and shall."""
        return self.state == "running" and self.desired == "running"


@dataclass(frozen=True)
class Found:
    """All of it: services by their names in the swarm."""

    nodes: tuple[Node, ...] = ()
    services: Mapping[str, Running] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    secrets: tuple[Kept, ...] = ()

    def find_tasks(self, app: str) -> list[Task]:
        return [task for task in self.tasks if task.app == app]

    def find_node(self, identity: str) -> str:
        """What a node is called."""
        return next((node.name for node in self.nodes if node.identity == identity), identity or "no node")


def parse(
    nodes: Iterable[Record], services: Iterable[Record], tasks: Iterable[Record], secrets: Iterable[Record]
) -> Found:
    """What there is of the collection's: what it has no label on is left out, but for nodes."""
    running = {one["Spec"]["Name"]: _parse_service(one) for one in services if _find_app(one["Spec"])}
    containers = [_parse_task(one) for one in tasks]
    return Found(
        nodes=tuple(sorted(map(_parse_node, nodes), key=lambda node: node.name)),
        services=running,
        tasks=tuple(task for task in containers if task.app),
        secrets=tuple(swarm_secrets.parse(secrets)),
    )


def _find_app(spec: Record) -> str:
    return str((spec.get("Labels") or {}).get(APP_LABEL, ""))


def _parse_node(record: Record) -> Node:
    status, manager = record.get("Status") or {}, record.get("ManagerStatus") or {}
    # 10.77.0.11:2377, [fd00::1]:2377. A leader may call itself 0.0.0.0, and its managers' address is right.
    address = str(manager.get("Addr", "")).rpartition(":")[0].strip("[]") or str(status.get("Addr", ""))
    return Node(
        identity=record["ID"],
        name=str((record.get("Description") or {}).get("Hostname") or record["ID"]),
        address=address,
        state=str(status.get("State", "")),
        version=int(record["Version"]["Index"]),
        spec=record["Spec"],
    )


def _parse_service(record: Record) -> Running:
    update = record.get("UpdateStatus") or {}
    return Running(
        identity=record["ID"],
        version=int(record["Version"]["Index"]),
        app=_find_app(record["Spec"]),
        spec=record["Spec"],
        update=str(update.get("State", "")),
        message=str(update.get("Message", "")),
    )


def _parse_task(record: Record) -> Task:
    status = record.get("Status") or {}
    container = (record.get("Spec") or {}).get("ContainerSpec") or {}
    return Task(
        identity=record["ID"],
        app=_find_app(container),
        service=str(record.get("ServiceID", "")),
        node=str(record.get("NodeID", "")),
        state=str(status.get("State", "")),
        desired=str(record.get("DesiredState", "")),
        error=str(status.get("Err", "")),
        container=str((status.get("ContainerStatus") or {}).get("ContainerID", "")),
        spec=container,
    )


def report(found: Found) -> dict[str, Any]:
    """What the twin of the module tells: no variable's value, and of secrets how they are called."""
    return {
        "nodes": [
            {
                "name": node.name,
                "id": node.identity,
                "address": node.address,
                "state": node.state,
                "role": node.spec.get("Role", ""),
                "availability": node.spec.get("Availability", ""),
                "labels": dict(node.spec.get("Labels") or {}),
            }
            for node in found.nodes
        ],
        "services": [_report_service(name, found) for name in sorted(found.services)],
        "secrets": sorted(one.name for one in found.secrets),
    }


def _report_service(name: str, found: Found) -> dict[str, Any]:
    service = found.services[name]
    tasks = found.find_tasks(service.app)
    return {
        "name": name,
        "app": service.app,
        "image": service.spec["TaskTemplate"]["ContainerSpec"]["Image"],
        "level": _find_level(service.spec["TaskTemplate"]["ContainerSpec"]),
        "replicas": swarm_spec.find_replicas(service.spec),
        "running": len([task for task in tasks if task.runs]),
        "nodes": sorted(found.find_node(task.node) for task in tasks if task.runs),
        "update": service.update,
        "tasks": [
            {
                "id": task.identity,
                "node": found.find_node(task.node),
                "state": task.state,
                "desired": task.desired,
                "error": task.error,
                "container": task.container,
            }
            for task in tasks
        ],
    }


def _find_level(container: Record) -> str:
    return str(((container.get("Privileges") or {}).get("SELinuxContext") or {}).get("Level", ""))
