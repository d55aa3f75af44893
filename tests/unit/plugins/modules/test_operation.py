from __future__ import annotations

import contextlib
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import operation_runtime
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import Unit
from ansible_collections.holdfast.volumes.plugins.modules import operation, operation_info

UNITS = {
    "web": Unit("web", "docker", False, "", True, "active", "Mon", "success"),
    "web_ops": Unit("web_ops", "podman", True, "15m", True, "inactive", "Mon", "timeout"),
}
PARAMS = {
    "app": "web_ops",
    "run": "report '/a b'",
    "fetch": ["/tmp/r"],
    "dest": "/d",
    "start_timeout": 9,
    "max_bytes": 8,
}


@pytest.fixture
def operated(monkeypatch):
    calls = []
    monkeypatch.setattr(operation_runtime, "read", lambda system: UNITS)
    monkeypatch.setattr(operation_runtime, "operate", lambda *args: calls.append(args) or {"rc": 0, "files": []})
    return calls


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.hold.side_effect = lambda path, refusal: contextlib.nullcontext()
    return fake


def test_a_run_operates_and_says_what_was_done(system, operated):
    result = operation.run(system, PARAMS, False)
    assert (result["changed"], result["rc"]) == (True, 0)
    assert result["steps"][1] == "run report '/a b'"
    ((dummy, unit, wanted, start_timeout, limit),) = operated
    assert (unit.app, wanted.run, start_timeout, limit) == ("web_ops", ("report", "/a b"), 9, 8)
    assert system.hold.call_args.args[0] == "/run/holdfast/operation-web_ops.lock"


def test_check_mode_says_the_same_and_does_nothing(system, operated):
    checked = operation.run(system, PARAMS, True)
    assert checked.items() <= operation.run(system, PARAMS, False).items()
    assert len(operated) == 1
    assert system.hold.call_count == 1


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"app": "web"}, "it starts at boot"),
        ({"app": "other"}, "run holdfast.volumes.site first"),
        ({"run": ""}, "run is empty"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_refused_changes_nothing(system, operated, wrong, complaint, check_mode):
    with pytest.raises(HostError, match=complaint):
        operation.run(system, {**PARAMS, **wrong}, check_mode)
    assert operated == []
    system.hold.assert_not_called()


def test_the_second_of_two_at_once_is_refused(system, operated):
    def refuse(path, refusal):
        raise HostError(refusal)

    system.hold.side_effect = refuse
    with pytest.raises(HostError, match="somebody else's operation is beginning"):
        operation.run(system, PARAMS, False)
    assert operated == []


def test_info_lists_what_is_started_on_demand(system, operated):
    assert operation_info.run(system) == [
        {
            "app": "web_ops",
            "engine": "podman",
            "service": "holdfast-web_ops.service",
            "active_state": "inactive",
            "under_way": False,
            "since": "Mon",
            "max_run_time": "15m",
            "result": "timeout",
        }
    ]
