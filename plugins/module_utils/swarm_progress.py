# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a changed service has come: whether all of its containers run, and what became of its update. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import Found

FAILED = {
    "paused": "the update stopped, and the containers that were not replaced yet run on",
    "rollback_paused": "neither the update nor the way back to what ran before came up",
    "rollback_completed": "the update did not come up, and what ran before runs again",
}
UNDER_WAY = ("updating", "rollback_started")


@dataclass(frozen=True)
class Progress:
    """``running`` are the tasks that are as they shall be; ``failure`` is why the rest will not follow."""

    running: tuple[str, ...] = ()
    complete: bool = False
    failure: str = ""


def judge(found: Found, name: str) -> Progress:
    """How far a service has come."""
    service = found.services.get(name)
    if service is None:
        return Progress(failure=f"{name}: somebody removed it meanwhile; run again")
    wanted = service.spec["TaskTemplate"]["ContainerSpec"]
    tasks = [task for task in found.find_tasks(service.app) if task.runs and task.service == service.identity]
    running = tuple(sorted(task.identity for task in tasks if swarm_spec.is_same(task.spec, wanted)))
    if service.update in FAILED:
        return Progress(running, failure=f"{service.app}: {FAILED[service.update]}{explain(found, name)}")
    replicas = swarm_spec.find_replicas(service.spec)
    return Progress(running, len(running) == replicas and service.update not in UNDER_WAY)


def explain(found: Found, name: str) -> str:
    """What its nodes said of containers that did not come up, as the end of a sentence."""
    service = found.services[name]
    said = [f"{found.find_node(task.node)}: {task.error}" for task in found.find_tasks(service.app) if task.error]
    return f" ({'; '.join(list(dict.fromkeys(said))[-3:])})" if said else ""


def render_timeout(found: Found, name: str, seconds: float) -> str:
    """Why a service counts as failed that has not come up in time."""
    service, progress = found.services[name], judge(found, name)
    wanted = swarm_spec.find_replicas(service.spec)
    what = f"{len(progress.running)} of {wanted} containers run after {seconds:g} seconds"
    return f"{service.app}: {what}{explain(found, name)}"
