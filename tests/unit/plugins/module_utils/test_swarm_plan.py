# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is planned for a swarm; most of it is in the tests of the module, which run the plans against a manager."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_found, swarm_plan, swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import Found, Node, Running, Task
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_plan import Wanted
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import Member, parse_services

(LEDGER,) = parse_services([{"name": "ledger", "image": "x", "hosts": ["a", "b"], "single_writer": True}])
MEMBERS = (Member("a", "10.0.0.1"), Member("b", "10.0.0.2"))
SPEC = {"Role": "worker", "Availability": "active"}
NODES = tuple(
    Node(f"id-{name}", name, address, "ready", 1, SPEC) for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2"))
)


def found(node, state="running", down=(), replicas=1):
    """The writer has been on a node; its container is in a state, and some nodes are down."""
    spec = swarm_spec.scale(swarm_spec.render(LEDGER, {}, node), replicas)
    nodes = tuple(replace(one, state="down" if one.name in down else "ready") for one in NODES)
    task = Task("t", "ledger", "s", node, state, "running")
    return Found(nodes, {"holdfast-ledger": Running("s", 1, "ledger", spec)}, (task,))


def plan(current, members=MEMBERS, **options):
    planned = swarm_plan.plan(current, Wanted((LEDGER,), members, **options))
    steps = [f"{step.action} {step.name}" for step in planned.change.steps]
    pinned = [step.args["spec"] for step in planned.change.steps if step.action in ("create", "update")]
    return steps, list(map(swarm_spec.find_pinned, pinned)), list(planned.blocked)


DRAINED = (replace(MEMBERS[0], availability="drain"), MEMBERS[1])
FENCED = (replace(MEMBERS[0], fenced=True), MEMBERS[1])


@pytest.mark.parametrize(
    ("current", "members", "steps", "blocked"),
    [
        (found("id-a"), MEMBERS, [], []),
        (found("id-a"), DRAINED, ["stop holdfast-ledger", "update holdfast-ledger"], []),
        # A run that was ended in between goes on: it has ended there already.
        (found("id-a", "shutdown", replicas=0), DRAINED, ["update holdfast-ledger"], []),
        # It ends, and has not yet.
        (found("id-a", "running", replicas=0), DRAINED, ["stop holdfast-ledger", "update holdfast-ledger"], []),
        (found("id-a", down=["a"]), MEMBERS, [], ["ledger"]),
        (found("id-a", down=["a"]), FENCED, ["stop holdfast-ledger", "update holdfast-ledger"], []),
        # Scaled to nothing by hand while the node is silent: what it runs may write all the same.
        (found("id-a", replicas=0, down=["a"]), MEMBERS, [], ["ledger"]),
        # It was moved away from a node that is off, and stays where it is, whatever that node last told.
        (replace(found("id-b"), tasks=found("id-a").tasks, nodes=found("id-a", down=["a"]).nodes), MEMBERS, [], []),
        (found("id-a", down=["a", "b"]), FENCED, [], ["ledger"]),
    ],
)
def test_a_single_writer(current, members, steps, blocked):
    planned, pins, why = plan(current, members)
    assert ([step for step in planned if "ledger" in step], why) == (steps, blocked)
    assert pins == ["id-b"] * len([step for step in steps if step.startswith("update")])


def test_a_node_that_came_back_as_another_is_the_one_that_answers():
    old = replace(NODES[0], identity="id-old", state="down")
    steps, pins, _blocked = plan(Found((old, *NODES)))
    assert (steps, pins) == (["create holdfast-ledger", "expel a"], ["id-a"])


@pytest.mark.parametrize("retire", [True, False])
def test_with_no_members_no_node_is_touched(retire):
    planned = swarm_plan.plan(replace(found("id-a"), nodes=NODES), Wanted(retire=retire))
    assert [step.action for step in planned.change.steps] == ["remove"]


def test_only_nodes_that_answer_are_waited_for():
    current = found("id-a", down=["a"])
    ending = replace(current, tasks=(replace(current.tasks[0], desired="shutdown"),))
    assert swarm_plan.find_ending(ending) == []
    assert swarm_plan.find_ending(replace(ending, nodes=NODES)) == list(ending.tasks)
    assert swarm_found.ENDING == ("shutdown", "remove")
