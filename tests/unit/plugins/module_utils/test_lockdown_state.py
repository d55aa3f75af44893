# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import lockdown, lockdown_state
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState, HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown import Access

DOCKER, STORE = "/run/docker.sock", "/srv/volumes"
OPTIONS = {
    "parents": [{"path": STORE, "served": True}],
    "close_sockets": True,
    "allow_swap": True,
    "servers": [],
    "owners": {},
    "accounts": ["carol"],
    "containers": [],
}
WANTED = lockdown.desired(
    {
        "parents": [{"path": STORE, "served": True}],
        "close_sockets": True,
        "allow_swap": False,
        "servers": [],
        "owners": {"1000": ["app web"], "70": ["app db"]},
        "accounts": [],
        "containers": [],
    }
)
ANSWERS = {
    "passwd": Completed(2, "alice:x:1000:1000::/home/alice:/bin/bash\n", ""),
    "group": Completed(2, "disk:x:6:carol\n", ""),
}


@pytest.fixture
def files():
    return {"/etc/passwd": "twin:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n"}


@pytest.fixture
def system(files):
    system = create_autospec(System, instance=True)
    system.read.side_effect = files.get
    system.listdir.return_value = []
    system.stat.side_effect = {
        STORE: FileState("directory", 0o755, 0, 0),
        DOCKER: FileState("other", 0o660, 0, 994),
    }.get
    system.run.side_effect = lambda argv: ANSWERS[argv[1]]
    system.check.return_value = "ExecStart={ argv[]=/usr/sbin/dockerd -H fd:// }"
    return system


def test_one_look_has_all(system):
    found = lockdown_state.read(system, WANTED)
    assert found.access == {STORE: Access(0o755, 0, 0), DOCKER: Access(0o660, 0, 994)}
    assert found.logins == (("alice", 1000), ("twin", 1000))
    assert found.members == {"disk": ["carol"]}
    assert (found.before, found.pending, found.links, found.listens) == (None, False, (), False)
    assert system.run.call_args_list[0].args[0] == ["getent", "passwd", "70", "1000"]


def test_a_host_that_shall_be_open_is_asked_nothing(system):
    nothing = lockdown.desired({**OPTIONS, "parents": [], "close_sockets": False})
    lockdown_state.read(system, nothing)
    system.run.assert_not_called()
    system.check.assert_not_called()


def test_nobody_may_log_in_only_when_that_was_answered(system):
    system.run.side_effect = lambda argv: Completed(1, "", "sssd is down")
    with pytest.raises(HostError, match="sssd is down; who may log in is not known"):
        lockdown_state.read(system, WANTED)


@pytest.mark.parametrize(
    ("command", "configuration", "listens"),
    [
        ("dockerd -H fd:// -H tcp://0.0.0.0:2375", "", True),
        ("dockerd -H fd:// -H tcp://0.0.0.0:2376 --tlsverify", "", False),
        ("dockerd", '{"hosts": ["tcp://10.0.0.1"]}', True),
        ("dockerd", '{"hosts": ["tcp://10.0.0.1"], "tlsverify": true}', False),
    ],
)
def test_docker_on_the_network(system, files, command, configuration, listens):
    system.check.return_value = command
    files["/etc/docker/daemon.json"] = configuration
    assert lockdown_state.read(system, WANTED).listens is listens


def test_a_link_is_told(system):
    system.stat.side_effect = lambda path: FileState("link", 0o777, 0, 0) if path == STORE else None
    assert lockdown_state.read(system, WANTED).links == (STORE,)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"before": {"/a": [1]}, "pending": true}', '{"before": 5}'])
def test_a_record_that_nobody_understands_is_not_taken_for_none(system, files, text):
    files[lockdown.RECORD] = text
    with pytest.raises(HostError, match="is no record of what was closed here"):
        lockdown_state.read(system, WANTED)


def test_the_record_says_last_that_all_is_done(system):
    wanted = lockdown.desired(OPTIONS)
    change = lockdown.plan(lockdown_state.read(system, wanted), wanted)
    system.reset_mock()
    lockdown_state.apply(system, change)
    names = [
        (call[0], call.args[0]) for call in system.mock_calls if call[0] in ("write", "check", "set_owner", "set_mode")
    ]
    assert names[0] == names[-1] == ("write", lockdown.RECORD)
    assert [name for name in names if name[0].startswith("set")] == [
        ("set_owner", STORE),
        ("set_mode", STORE),
        ("set_owner", DOCKER),
        ("set_mode", DOCKER),
    ]
    records = [call.args[1] for call in system.write.mock_calls if call.args[0] == lockdown.RECORD]
    assert ['"pending": true' in text for text in records] == [True, False]


def test_a_record_that_is_done_with_goes_and_leaves_no_empty_directory(system):
    steps = (Step("record", lockdown.RECORD, {"first": {}, "last": None}), Step("remove", lockdown.FILES[0]))
    lockdown_state.apply(system, Change({}, {}, steps))
    assert [call.args[0] for call in system.remove.mock_calls] == [lockdown.FILES[0], lockdown.RECORD]
    assert [call.args[0] for call in system.remove_directory.mock_calls] == [
        "/etc/systemd/system/docker.socket.d",
        "/etc/holdfast",
    ]
    system.listdir.return_value = ["another"]
    system.remove_directory.reset_mock()
    lockdown_state.apply(system, Change({}, {}, steps))
    system.remove_directory.assert_not_called()


def test_a_socket_that_went_meanwhile_is_fine_and_a_directory_is_not(system):
    system.stat.side_effect = lambda path: None
    lockdown_state.apply(system, Change({}, {}, (Step("close", DOCKER, {"access": Access(0o600, 0, 0)}),)))
    system.set_mode.assert_not_called()
    with pytest.raises(HostError, match="/srv/volumes is not there to be closed"):
        lockdown_state.apply(system, Change({}, {}, (Step("close", STORE, {"access": Access(0o700, 0, 0)}),)))


def test_what_runs_is_limited_and_what_ended_meanwhile_is_fine(system):
    running = ["holdfast-web.service loaded active running web", "docker-4f5e.scope loaded active running x"]
    listed = iter(["\n".join(running), running[0]])
    system.check.side_effect = lambda argv: next(listed)
    system.run.side_effect = lambda argv: Completed(int("docker" in argv[4]), "", "Unit not loaded")
    step = Step("limit", "running containers", {"properties": ["MemorySwapMax=0"]})
    lockdown_state.apply(system, Change({}, {}, (step,)))
    assert [call.args[0][4:] for call in system.run.mock_calls] == [
        ["holdfast-web.service", "MemorySwapMax=0"],
        ["docker-4f5e.scope", "MemorySwapMax=0"],
    ]
    system.check.side_effect = lambda argv: "\n".join(running)
    with pytest.raises(HostError, match="docker-4f5e.scope could not be given its limits: Unit not loaded"):
        lockdown_state.apply(system, Change({}, {}, (step,)))
