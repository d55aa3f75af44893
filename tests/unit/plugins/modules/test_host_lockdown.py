from __future__ import annotations

import os

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import lockdown, lockdown_state
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.settled import find_settled
from ansible_collections.holdfast.volumes.plugins.modules import host_lockdown, host_lockdown_info

ME = (os.geteuid(), os.getegid())


class Host(System):
    """The real host below a directory of the test, with accounts of its own and a systemd that only notes."""

    def __init__(self):
        self.reloads = 0
        self.passwd = "alice:x:1000:1000::/home/alice:/bin/bash\n"

    def run(self, argv, timeout=0, stdin=""):
        assert argv[0] == "getent"
        return Completed(0, self.passwd if argv[1] == "passwd" else "disk:x:6:\n", "")

    def read(self, path):
        return "" if path == "/etc/passwd" else super().read(path)

    def check(self, argv, timeout=0, stdin=""):
        if argv[1] == "list-units":
            return ""
        assert argv == ["systemctl", "daemon-reload"]
        self.reloads += 1
        return ""

    def set_owner(self, path, owner, group):
        # Tests need not be root; who owns what is judged on real guests.
        assert (owner, group) in ((0, 0), (0, lockdown.NOBODY), ME)


@pytest.fixture
def system(tmp_path, monkeypatch):
    owner = lockdown.Access(0o700, *ME)
    monkeypatch.setattr(lockdown, "ROOT_ONLY", owner)
    monkeypatch.setattr(lockdown, "UNITS", str(tmp_path / "units"))
    monkeypatch.setattr(lockdown, "LIMITS", ())
    files = tuple(lockdown.render_files(close_sockets=True, allow_swap=False))
    for module in (lockdown, lockdown_state):
        monkeypatch.setattr(module, "RECORD", str(tmp_path / "state/host_lockdown.json"))
        monkeypatch.setattr(module, "FILES", files)
        monkeypatch.setattr(module, "SOCKETS", ())
        monkeypatch.setattr(module, "CONTROLLED", {})
    (tmp_path / "store").mkdir(mode=0o755)
    (tmp_path / "store/data").mkdir(mode=0o750)
    return Host()


def params(tmp_path, **given):
    parents = [{"path": str(tmp_path / "store"), "served": False}]
    return {
        "parents": parents,
        "close_sockets": False,
        "allow_swap": False,
        "servers": [],
        "owners": {},
        "accounts": [],
        "containers": [],
        **given,
    }


NOTHING = {
    "parents": [],
    "close_sockets": False,
    "allow_swap": True,
    "servers": [],
    "owners": {},
    "accounts": [],
    "containers": [],
}


def tree(path):
    return {str(one): (one.stat().st_mode, one.read_text() if one.is_file() else "") for one in path.rglob("*")}


def test_a_host_is_closed_once_and_opened_again_as_it_was(system, tmp_path):
    before = tree(tmp_path)
    predicted = host_lockdown.run(system, params(tmp_path), check_mode=True)
    assert tree(tmp_path) == before
    assert system.reloads == 0
    assert find_settled(system, {"lockdown": params(tmp_path)}) == []
    done = host_lockdown.run(system, params(tmp_path), check_mode=False)
    assert done == predicted
    assert done["changed"]
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "store/data").stat().st_mode & 0o777 == 0o750
    assert not host_lockdown.run(system, params(tmp_path), check_mode=False)["changed"]
    assert find_settled(system, {"lockdown": params(tmp_path)}) == ["lockdown"]
    assert host_lockdown.run(system, NOTHING, check_mode=False)["changed"]
    left = tree(tmp_path)
    left.pop(str(tmp_path / "units"), None)
    assert left == before
    assert system.reloads == 2
    assert not host_lockdown.run(system, NOTHING, check_mode=False)["changed"]


def test_a_refusal_comes_before_the_first_change(system, tmp_path):
    before = tree(tmp_path)
    wanted = params(tmp_path, owners={"1000": ["volume site"]})
    with pytest.raises(HostError, match="alice can log in and has the user id 1000, that of volume site"):
        host_lockdown.run(system, wanted, check_mode=False)
    assert tree(tmp_path) == before
    assert find_settled(system, {"lockdown": wanted}) == []


def test_host_lockdown_info_tells_what_is_closed_and_what_cannot_be(system, tmp_path):
    wanted = params(tmp_path, owners={"1000": ["volume site"]})
    host_lockdown.run(system, params(tmp_path), check_mode=False)
    told = host_lockdown_info.run(system, wanted)
    store = str(tmp_path / "store")
    assert told["access"][store].startswith("0700 ")
    assert told["given_back"][store].startswith("0755 ")
    assert len(told["files"]) == 2
    assert [problem.split(" ")[0] for problem in told["problems"]] == ["alice"]
    assert not told["changed"]
