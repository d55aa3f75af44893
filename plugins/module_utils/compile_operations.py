# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations of apps on demand as commands of an engine: bring up, run, fetch, put away. Pure.

Files are fetched by ``cat``, since ``kubectl cp`` wants tar in the image and nothing else can be said to every engine.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_compose, compile_limits, compile_play
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import AppRecord, OperationRecord, Plan
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_names import find_labels

PATH = "operations.txt"
# Seconds that a container has to come up.
_PATIENCE = 300

Words = Sequence[str]


def compile_operations(engine: str, plan: Plan, namespace: str) -> dict[str, str]:
    """The file of an engine with the commands for each app that has operations; none where there is nothing to say."""
    render = WAYS.get(engine)
    lines = list(render(plan, namespace)) if render else []
    return {PATH: "\n".join(lines) + "\n"} if lines else {}


def _choose(plan: Plan) -> list[tuple[AppRecord, OperationRecord]]:
    apps = compile_limits.choose_apps(plan)
    return [(app, plan.operations[app.name]) for app in apps if app.name in plan.operations]


def _render_inside(enter: str, operation: OperationRecord) -> Iterator[str]:
    """What is run and what is fetched, by a command that enters the container."""
    yield f"{enter} {shlex.join(operation.run)}"
    for path in operation.fetch:
        yield f"{enter} {shlex.join(['cat', path])} > {shlex.quote(posixpath.basename(path))}"


def _render_kubernetes(plan: Plan, namespace: str) -> Iterator[str]:
    labels = find_labels(app.name for app in plan.apps)
    for app, operation in _choose(plan):
        job = labels[app.name]
        kubectl = shlex.join(["kubectl", "--namespace", namespace])
        yield f"# {app.name}"
        yield f"{kubectl} patch job {job} --patch {_suspend(False)}"
        yield f"{kubectl} wait --for=jsonpath='{{.status.ready}}'=1 --timeout={_PATIENCE}s job/{job}"
        yield from _render_inside(f"{kubectl} exec job/{job} --", operation)
        yield f"{kubectl} patch job {job} --patch {_suspend(True)}"


def _suspend(value: bool) -> str:
    return shlex.quote(json.dumps({"spec": {"suspend": value}}))


def _render_play(plan: Plan, dummy: str) -> Iterator[str]:
    for host in plan.units:
        for app, setting in compile_play.find_pods(plan, host):
            operation = plan.operations.get(app.unit.app or app.name)
            if operation:
                yield f"# {app.name} on {host}, below {host}/"
                yield f"podman kube play {setting.label}.yaml"
                yield from _render_inside(f"podman exec {setting.label}-{setting.label}", operation)
                yield f"podman kube down {setting.label}.yaml"


def _render_compose(plan: Plan, dummy: str) -> Iterator[str]:
    for host in plan.units:
        for app in compile_limits.find_instances(plan, host):
            operation = plan.operations.get(app.unit.app or app.name)
            if operation:
                compose = f"docker compose --profile {compile_compose.PROFILE}"
                yield f"# {app.name} on {host}, below {host}/"
                yield f"{compose} up --detach {app.name}"
                yield from _render_inside(f"{compose} exec --no-TTY {app.name}", operation)
                yield f"{compose} rm --stop --force {app.name}"


def _render_swarm(plan: Plan, dummy: str) -> Iterator[str]:
    for app, operation in _choose(plan):
        task = 'docker ps --quiet --filter label=com.docker.swarm.service.name="$service"'
        yield f"# {app.name}"
        yield f"service={app.name} # in a stack: STACK_{app.name}"
        yield 'docker service scale "$service=1"'
        yield '# on the node that docker service ps "$service" names'
        yield from _render_inside(f'docker exec "$({task})"', operation)
        yield 'docker service scale "$service=0"'


def _render_nomad(plan: Plan, dummy: str) -> Iterator[str]:
    for app, operation in _choose(plan):
        yield f"# {app.name}"
        yield f"job=$(nomad job dispatch -detach {app.name} | sed -n 's/^Dispatched Job ID *= *//p')"
        wait = 'until nomad job allocs "$0" | grep -qw running; do sleep 1; done'
        yield f'timeout {_PATIENCE} sh -c {shlex.quote(wait)} "$job"'
        yield from _render_inside('nomad alloc exec -i=false -t=false -job "$job"', operation)
        yield 'nomad job stop "$job"'


# Engines that have a way into a container; the engines of single hosts have playbooks/ops.yml, Marathon has none.
WAYS: Mapping[str, Callable[[Plan, str], Iterator[str]]] = {
    "compose": _render_compose,
    "kube-play": _render_play,
    "kubernetes": _render_kubernetes,
    "kubernetes-csi": _render_kubernetes,
    "nomad": _render_nomad,
    "swarm": _render_swarm,
}
