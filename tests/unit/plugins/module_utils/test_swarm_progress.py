# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_progress, swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import Found, Node, Running, Task
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import parse_services

(WEB,) = parse_services([{"name": "web", "image": "x", "hosts": ["a"], "replicas": 2}])
SPEC = swarm_spec.render(WEB, {})
CONTAINER = SPEC["TaskTemplate"]["ContainerSpec"]
TASK = Task("t1", "web", "s", "n", "running", "running", spec=CONTAINER)
OLD = replace(TASK, spec={**CONTAINER, "Image": "old"})


def find(*tasks, update="", message=""):
    nodes = (Node("n", "app1", "10.0.0.1", "ready", 1, {}),)
    return Found(nodes, {"holdfast-web": Running("s", 1, "web", SPEC, update, message)}, tasks)


@pytest.mark.parametrize(
    ("current", "complete"),
    [
        (find(TASK, replace(TASK, identity="t2")), True),
        (find(TASK, replace(TASK, identity="t2"), update="completed"), True),
        (find(TASK, replace(TASK, identity="t2"), update="updating"), False),
        (find(TASK), False),
        (find(TASK, replace(OLD, identity="t2")), False),
        (find(TASK, replace(TASK, identity="t2", state="starting")), False),
        (find(TASK, replace(TASK, identity="t2", service="before")), False),
    ],
)
def test_whether_all_run(current, complete):
    progress = swarm_progress.judge(current, "holdfast-web")
    assert (progress.complete, progress.failure) == (complete, "")


@pytest.mark.parametrize("state", ["paused", "rollback_paused", "rollback_completed"])
def test_an_update_that_failed_says_what_the_nodes_said(state):
    failed = replace(TASK, identity="t2", state="failed", error="task: non-zero exit (1)")
    progress = swarm_progress.judge(find(TASK, failed, replace(failed, identity="t3"), update=state), "holdfast-web")
    assert progress.failure.endswith("(app1: task: non-zero exit (1))")
    assert swarm_progress.FAILED[state] in progress.failure


def test_one_that_is_gone_or_late():
    assert "somebody removed it" in swarm_progress.judge(Found(), "holdfast-web").failure
    text = swarm_progress.render_timeout(find(TASK), "holdfast-web", 30.0)
    assert text == "web: 1 of 2 containers run after 30 seconds"
