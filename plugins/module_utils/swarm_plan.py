# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a swarm's nodes, secrets and services become the wanted ones, and no volume gets a second writer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_secrets, swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import ENDING, Found, Node, Task
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import APP_LABEL, LABELS, Member, Service

_OURS = tuple(f"{label}." for label in LABELS.values())


@dataclass(frozen=True)
class Wanted:
    """Services and members; ``retire`` takes things away only, and gives no node anything."""

    services: tuple[Service, ...] = ()
    members: tuple[Member, ...] = ()
    retire: bool = False


@dataclass(frozen=True)
class Plan:
    """The change, and what cannot be done by now: ``blocked`` has a sentence for each, by the app or host."""

    change: Change
    blocked: Mapping[str, str]


def plan(found: Found, wanted: Wanted) -> Plan:
    nodes = _match(found, wanted.members)
    blocked = {name: _MISSING.format(name=name) for name, node in nodes.items() if node is None and not wanted.retire}
    steps = [*_plan_nodes(found, wanted, nodes), *_plan_removals(found, wanted)]
    pins: dict[str, str] = {}
    for service in wanted.services:
        if service.single_writer:
            pins[service.app], moves, why = _plan_writer(service, found, wanted, nodes)
            steps += moves
            blocked.update({service.app: why} if why else {})
    specs = {}
    if not wanted.retire:
        chosen = swarm_secrets.choose(found.secrets, wanted.services)
        specs = {one.name: swarm_spec.render(one, chosen, pins.get(one.app, "")) for one in wanted.services}
        steps += [*_plan_secrets(found, wanted, chosen), *_plan_services(found, specs, blocked)]
        steps += _plan_stale(found, set(chosen.values()))
    steps += _plan_leavers(found, wanted, nodes)
    return Plan(Change(_describe(found), _predict(found, specs, steps), tuple(steps)), blocked)


_MISSING = (
    "{name} is in no swarm, or in another one: no node has its address. Run `docker swarm leave --force` there, "
    "and this again"
)


def _match(found: Found, members: Sequence[Member]) -> dict[str, Optional[Node]]:
    """The node of each member by its address; of several, such as one that came back as another, that which answers."""
    ordered = sorted(found.nodes, key=lambda node: node.answers)
    by_address = {node.address: node for node in ordered}
    return {member.name: by_address.get(member.address) for member in members}


def _find_strangers(found: Found, nodes: Mapping[str, Optional[Node]]) -> list[Node]:
    ours = {node.identity for node in nodes.values() if node is not None}
    return [node for node in found.nodes if node.identity not in ours]


def _plan_nodes(found: Found, wanted: Wanted, nodes: Mapping[str, Optional[Node]]) -> Iterator[Step]:
    for member in wanted.members:
        node = nodes[member.name]
        spec = None if node is None else _render_node(node, member, wanted.retire)
        if node is not None and spec is not None and not _is_same_node(node.spec, spec):
            yield Step("node", member.name, {"node": node, "spec": spec})
    for node in _find_strangers(found, nodes) if wanted.retire and wanted.members else ():
        labels = _keep_labels(node, ())
        spec = {**node.spec, "Role": "worker", "Availability": "drain", "Labels": labels}
        if not _is_same_node(node.spec, spec):
            yield Step("node", node.name, {"node": node, "spec": spec})


def _is_same_node(found: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    keys = ("Role", "Availability", "Labels")
    return all((found.get(key) or None) == (spec.get(key) or None) for key in keys)


def _render_node(node: Node, member: Member, retire: bool) -> dict[str, Any]:
    """What a node shall be; while things are only taken away it gets no label, no work and no office."""
    labels = dict(node.spec.get("Labels") or {})
    if member.labels is not None:
        had = set(labels)
        wanted = [label for label in member.labels if not retire or label in had]
        labels = _keep_labels(node, wanted)
    duty = {} if retire else {"Role": member.role, "Availability": member.availability}
    return {**node.spec, **duty, "Labels": labels}


def _keep_labels(node: Node, ours: Sequence[str]) -> dict[str, str]:
    """The labels of others as they are, and of ours these."""
    others = {key: value for key, value in (node.spec.get("Labels") or {}).items() if not key.startswith(_OURS)}
    return {**others, **dict.fromkeys(ours, "true")}


def _plan_removals(found: Found, wanted: Wanted) -> list[Step]:
    kept = {service.name for service in wanted.services}
    return [
        Step("remove", name, {"identity": found.services[name].identity, "app": found.services[name].app})
        for name in sorted(found.services)
        if name not in kept
    ]


def _plan_writer(
    service: Service, found: Found, wanted: Wanted, nodes: Mapping[str, Optional[Node]]
) -> tuple[str, list[Step], str]:
    """(the node of a single writer, the steps that end it elsewhere, why it cannot be had)."""
    current = found.services.get(service.name)
    had = swarm_spec.find_pinned(current.spec) if current else ""
    members = {member.name: member for member in wanted.members}
    known = {host: node for host in service.hosts if (node := nodes.get(host)) is not None}
    # While things are only taken away, one that is drained or does not answer is a matter for later.
    able = [node for host, node in known.items() if wanted.retire or _is_able(node, members[host])]
    if had in [node.identity for node in able]:
        return had, [], ""
    live = [task for task in found.find_tasks(service.app) if task.is_live]
    lost = _find_lost(found, live, had, members, nodes)
    if lost:
        where = found.find_node(lost)
        return had, [], _LOST.format(app=service.app, where=where)
    if not able:
        hosts = ", ".join(service.hosts)
        return had, [], f"{service.app} has no node to run on: none of {hosts} answers, is active and shall have it"
    runs = current is not None and (bool(find_tellers(found, live)) or swarm_spec.find_replicas(current.spec) > 0)
    return able[0].identity, [Step("stop", service.name, {"app": service.app})] if runs else [], ""


_LOST = (
    "{app} stays where it was: its node {where} does not answer, and what it runs may still write. Bring the node "
    "back; or make sure that it is off and say so, docker_swarm_fenced: [{where}]"
)


def find_tellers(found: Found, tasks: Sequence[Task]) -> list[Task]:
    """Those whose nodes answer, and so tell when a container has ended."""
    answering = {node.identity for node in found.nodes if node.answers}
    return [task for task in tasks if task.node in answering]


def _is_able(node: Node, member: Member) -> bool:
    return node.answers and member.availability == "active"


def _find_lost(
    found: Found,
    live: Sequence[Task],
    had: str,
    members: Mapping[str, Member],
    nodes: Mapping[str, Optional[Node]],
) -> str:
    """A node that does not answer, and that may still run the writer, unless the operator vouches that it is off.

    One that the swarm has forgotten was made to leave, or is no longer among those that the server exports to.
    """
    fenced = {node.identity for name, node in nodes.items() if node is not None and members[name].fenced}
    silent = [node.identity for node in found.nodes if not node.answers and node.identity not in fenced]
    suspects = [task.node for task in live] + ([had] if had else [])
    return next((identity for identity in suspects if identity in silent), "")


def _plan_secrets(found: Found, wanted: Wanted, chosen: Mapping[tuple[str, str], str]) -> Iterator[Step]:
    known = {one.name for one in found.secrets}
    for service in wanted.services:
        for secret in service.unit.secrets:
            name = chosen[service.app, secret.name]
            if name not in known:
                yield Step("keep", name, {"app": service.app, "secret": secret})


def _plan_services(found: Found, specs: Mapping[str, Any], blocked: Mapping[str, str]) -> Iterator[Step]:
    for name, spec in specs.items():
        current = found.services.get(name)
        app = spec["Labels"][APP_LABEL]
        if app in blocked:
            continue
        if current is None:
            yield Step("create", name, {"spec": spec, "app": app})
        elif not swarm_spec.is_same(current.spec, spec):
            yield Step("update", name, {"spec": spec, "app": app})


def _plan_stale(found: Found, used: set[str]) -> list[Step]:
    """Secrets that no service has any more; after the services, since one in use cannot go."""
    return [Step("forget", one.name, {"identity": one.identity}) for one in found.secrets if one.name not in used]


def _plan_leavers(found: Found, wanted: Wanted, nodes: Mapping[str, Optional[Node]]) -> list[Step]:
    """Nodes that are nobody's any more, when they have left; with no members the swarm is given up as a whole."""
    if wanted.retire or not wanted.members:
        return []
    gone = [node for node in _find_strangers(found, nodes) if not node.answers]
    return [Step("expel", node.name, {"identity": node.identity}) for node in gone]


def find_ending(found: Found) -> list[Task]:
    """Containers that shall end and have not, on nodes that would tell."""
    return find_tellers(found, [task for task in found.tasks if task.desired in ENDING and task.is_live])


def _describe(found: Found) -> dict[str, Any]:
    return {
        "services": {name: swarm_spec.describe(one.spec) for name, one in sorted(found.services.items())},
        "nodes": {node.name: _describe_node(node.spec) for node in found.nodes},
        "secrets": sorted(one.name for one in found.secrets),
    }


def _describe_node(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role": spec.get("Role", ""),
        "availability": spec.get("Availability", ""),
        "labels": sorted(spec.get("Labels") or {}),
    }


def _predict(found: Found, specs: Mapping[str, Any], steps: Sequence[Step]) -> dict[str, Any]:
    """The same as it will be."""
    after = _describe(found)
    for step in steps:
        if step.action == "node":
            after["nodes"][step.args["node"].name] = _describe_node(step.args["spec"])
        elif step.action == "expel":
            after["nodes"].pop(step.name, None)
        elif step.action == "remove":
            after["services"].pop(step.name)
        elif step.action in ("create", "update"):
            after["services"][step.name] = swarm_spec.describe(specs[step.name])
        elif step.action == "keep":
            after["secrets"] = sorted([*after["secrets"], step.name])
        elif step.action == "forget":
            after["secrets"] = [name for name in after["secrets"] if name != step.name]
    return after
