# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The boundary to a manager; that it speaks as the SDK does is seen in the tests of the module."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_engine
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, System
from ansible_collections.holdfast.volumes.tests.unit.plugins.swarm_api import SwarmApi


@pytest.fixture
def api(tmp_path):
    with SwarmApi(tmp_path / "docker.sock") as server:
        yield server


def test_another_host_is_refused_and_none_is_none(tmp_path):
    with pytest.raises(HostError, match="a swarm is asked on a manager of it"):
        swarm_engine.connect(System(), "tcp://10.0.0.1:2375", 5)
    assert swarm_engine.connect(System(), f"unix://{tmp_path}/none", 5) is None


def test_what_is_gone_already_is_fine(api):
    system = create_autospec(System, instance=True)
    system.stat.return_value = FileState("other", 0o660, 0, 0)
    engine = swarm_engine.connect(system, api.url, 5)
    engine.remove_secret("x", "x")
    engine.remove_service("x", "x")
    engine.remove_node("x", "x")
    assert engine.read_info() == {"ControlAvailable": True}
    api.broken = True
    with pytest.raises(HostError, match="Docker could not list the tasks of the swarm: the daemon is not well"):
        engine.find_tasks()
