# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_found

VERSION = {"Version": {"Index": 3}}


def parse(nodes=(), services=(), tasks=()):
    return swarm_found.parse(nodes, services, tasks, [])


@pytest.mark.parametrize(
    ("manager", "status", "expected"),
    [
        # Seen of Docker 26.1: a worker has no address as a manager.
        ({}, {"Addr": "10.77.0.21"}, "10.77.0.21"),
        ({"Addr": "10.77.0.11:2377"}, {"Addr": "0.0.0.0"}, "10.77.0.11"),
        ({"Addr": "[fd00::1]:2377"}, {"Addr": "127.0.0.1"}, "fd00::1"),
    ],
)
def test_the_address_of_a_node(manager, status, expected):
    record = {"ID": "x", **VERSION, "Spec": {}, "Status": {"State": "ready", **status}, "ManagerStatus": manager}
    (node,) = parse([record]).nodes
    assert (node.address, node.name, node.answers) == (expected, "x", True)


def test_what_has_no_label_of_ours_is_left_out():
    service = {"ID": "s", **VERSION, "Spec": {"Name": "theirs", "Labels": {}, "TaskTemplate": {}}}
    task = {"ID": "t", "Spec": {"ContainerSpec": {"Labels": None}}}
    assert parse(services=[service], tasks=[task]) == swarm_found.Found()


@pytest.mark.parametrize(
    ("state", "desired", "is_live", "runs"),
    [
        ("running", "running", True, True),
        ("running", "shutdown", True, False),
        ("starting", "running", True, False),
        ("pending", "running", False, False),
        ("shutdown", "shutdown", False, False),
        ("orphaned", "remove", False, False),
    ],
)
def test_the_states_of_a_task(state, desired, is_live, runs):
    container = {"Labels": {"io.holdfast.app": "web"}}
    record = {"ID": "t", "Spec": {"ContainerSpec": container}, "Status": {"State": state}, "DesiredState": desired}
    (task,) = parse(tasks=[record]).tasks
    assert (task.is_live, task.runs) == (is_live, runs)
