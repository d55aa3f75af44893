# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is waited for; that each step is taken is seen in the tests of the module."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_apply, swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_apply import Clock
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_engine import SwarmEngine
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import parse_services

(WEB,) = parse_services([{"name": "web", "image": "x", "hosts": ["a"]}])
SPEC = swarm_spec.render(WEB, {})
NODE = {"ID": "n", "Version": {"Index": 1}, "Spec": {}, "Status": {"State": "ready", "Addr": "10.0.0.1"}}
SERVICE = {"ID": "s", "Version": {"Index": 7}, "Spec": SPEC}


def task(state, desired="running", identity="t"):
    spec = SPEC["TaskTemplate"]
    return {
        "ID": identity,
        "ServiceID": "s",
        "NodeID": "n",
        "Spec": spec,
        "Status": {"State": state},
        "DesiredState": desired,
    }


class Swarm:
    """Tells other tasks from second to second, the last ones for ever."""

    def __init__(self, *tasks):
        self.tasks, self.now = list(tasks), 0.0
        self.engine = create_autospec(SwarmEngine, instance=True)
        self.engine.find_nodes.return_value, self.engine.find_services.return_value = [NODE], [SERVICE]
        self.engine.find_secrets.return_value = []
        self.engine.find_tasks.side_effect = lambda: self.tasks[min(int(self.now), len(self.tasks) - 1)]

    def apply(self, *steps, seconds=20):
        swarm_apply.apply(self.engine, Change({}, {}, steps), Clock(lambda: self.now, self.sleep, seconds))

    def sleep(self, seconds):
        self.now += seconds


CREATE = Step("create", "holdfast-web", {"spec": SPEC, "app": "web"})
FORGET = Step("forget", "holdfast-web.key.1", {"identity": "x"})


def test_a_container_that_ends_at_once_and_is_started_anew_is_not_steady():
    first, second = [task("running")], [task("running", identity="u")]
    swarm = Swarm([], first, first, [], second)
    swarm.apply(CREATE)
    assert swarm.now == 4 + swarm_apply.STEADY


def test_what_an_update_may_go_back_to_is_kept_until_it_is_there():
    swarm = Swarm([task("starting")])
    with pytest.raises(HostError, match="web: 0 of 1 containers run after 20 seconds"):
        swarm.apply(FORGET, CREATE)
    swarm.engine.remove_secret.assert_not_called()
    swarm = Swarm([task("running")])
    swarm.apply(FORGET, CREATE)
    swarm.engine.remove_secret.assert_called_once()


def test_a_writer_is_waited_for_before_anything_follows():
    swarm = Swarm([task("running")], [task("running", "shutdown")], [task("shutdown", "shutdown")])
    swarm.apply(Step("stop", "holdfast-web", {"app": "web"}))
    assert swarm.now == 2
    identity, version, spec = swarm.engine.update_service.call_args.args
    assert (identity, version, swarm_spec.find_replicas(spec)) == ("s", 7, 0)
    late = Swarm([task("running")])
    with pytest.raises(
        HostError, match="web has not ended where it was, so it starts nowhere else after 20 seconds: web on n"
    ):
        late.apply(Step("stop", "holdfast-web", {"app": "web"}), CREATE)
    late.engine.create_service.assert_not_called()


def test_a_service_that_somebody_removed_is_named():
    swarm = Swarm([])
    swarm.engine.find_services.return_value = []
    with pytest.raises(HostError, match="somebody removed the service holdfast-web"):
        swarm.apply(Step("update", "holdfast-web", {"spec": SPEC, "app": "web"}))
