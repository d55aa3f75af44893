# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of a swarm, taken by one of its managers, and the wait for what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    swarm_found,
    swarm_plan,
    swarm_progress,
    swarm_secrets,
    swarm_spec,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_engine import SwarmEngine
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import Found

# A container that ends at once has done so by then.
STEADY = swarm_spec.MONITOR


@dataclass(frozen=True)
class Clock:
    """``now`` in seconds and ``sleep``; ``seconds`` is how long to wait for anything."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    seconds: float


def read(engine: SwarmEngine) -> Found:
    return swarm_found.parse(engine.find_nodes(), engine.find_services(), engine.find_tasks(), engine.find_secrets())


def apply(engine: SwarmEngine, change: Change, clock: Clock) -> None:
    """Take the steps, and wait until what shall end has ended and what shall run runs; HostError says what does not."""
    last = [step for step in change.steps if step.action in ("forget", "expel")]
    for step in change.steps:
        if step not in last:
            _take(engine, step, clock)
    changed = [step.name for step in change.steps if step.action in ("create", "update")]
    _wait_for_end(engine, clock, "", "containers have not ended")
    failures = _wait_for_services(engine, changed, clock)
    if failures:
        raise HostError("; ".join(failures))
    # What an update that is rolled back needs stays until nothing is rolled back any more.
    for step in last:
        _take(engine, step, clock)


def _take(engine: SwarmEngine, step: Step, clock: Clock) -> None:
    args = step.args
    if step.action == "node":
        node = args["node"]
        engine.update_node(node.identity, node.version, args["spec"])
    elif step.action == "remove":
        engine.remove_service(step.name, args["identity"])
    elif step.action == "stop":
        _replace(engine, step.name, None)
        _wait_for_end(
            engine, clock, args["app"], f"{args['app']} has not ended where it was, so it starts nowhere else"
        )
    elif step.action == "keep":
        labels = swarm_secrets.render_labels(args["app"], args["secret"].name, args["secret"].value)
        engine.create_secret(step.name, args["secret"].value, labels)
    elif step.action == "create":
        engine.create_service(_resolve(engine, args["spec"]))
    elif step.action == "update":
        _replace(engine, step.name, args["spec"])
    elif step.action == "forget":
        engine.remove_secret(step.name, args["identity"])
    else:
        engine.remove_node(step.name, args["identity"])


def _resolve(engine: SwarmEngine, spec: swarm_spec.Spec) -> swarm_spec.Spec:
    identities = {one["Spec"]["Name"]: str(one["ID"]) for one in engine.find_secrets()}
    return swarm_spec.resolve(spec, identities)


def _replace(engine: SwarmEngine, name: str, spec: Optional[swarm_spec.Spec]) -> None:
    """Replace a definition by another, or by itself without containers; its number may be another by now."""
    current = next((one for one in engine.find_services() if one["Spec"]["Name"] == name), None)
    if current is None:
        raise HostError(f"somebody removed the service {name} meanwhile; run again")
    wanted = swarm_spec.scale(current["Spec"], 0) if spec is None else _resolve(engine, spec)
    engine.update_service(current["ID"], int(current["Version"]["Index"]), wanted)


def _wait_for_end(engine: SwarmEngine, clock: Clock, app: str, what: str) -> None:
    """Wait until the containers of an app, of all where it is "", have ended that shall."""
    deadline = clock.now() + clock.seconds
    while True:
        found = read(engine)
        # One that shall run, but is scaled to nothing, has not been told yet.
        live = [task for task in found.find_tasks(app) if task.is_live]
        ending = swarm_plan.find_tellers(found, live) if app else swarm_plan.find_ending(found)
        if not ending:
            return
        if clock.now() > deadline:
            said = ", ".join(f"{task.app} on {found.find_node(task.node)} ({task.state})" for task in ending)
            raise HostError(f"{what} after {clock.seconds:g} seconds: {said}. Run again when that is mended")
        clock.sleep(1)


def _wait_for_services(engine: SwarmEngine, names: Sequence[str], clock: Clock) -> list[str]:
    """Why any of these services does not run as it shall; each is steady for a while before it counts."""
    begun = clock.now()
    failures: dict[str, str] = {}
    seen: dict[str, tuple[tuple[str, ...], float]] = {}
    waiting = list(names)
    while waiting:
        found = read(engine)
        for name in waiting:
            progress = swarm_progress.judge(found, name)
            if progress.failure:
                failures[name] = progress.failure
            elif not progress.complete:
                seen.pop(name, None)
            elif seen.get(name, ((), 0.0))[0] != progress.running:
                seen[name] = (progress.running, clock.now())
        steady = [name for name, (dummy, since) in seen.items() if clock.now() - since >= STEADY]
        waiting = [name for name in waiting if name not in failures and name not in steady]
        if waiting and clock.now() - begun > clock.seconds:
            failures.update({name: swarm_progress.render_timeout(found, name, clock.seconds) for name in waiting})
            break
        if waiting:
            clock.sleep(1)
    return [failures[name] for name in names if name in failures]
