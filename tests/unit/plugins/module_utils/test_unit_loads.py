# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import unit_loads
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, System

DIRECTORY = "/etc/systemd/system"
A, B = "srv-holdfast-a.mount", r"srv-holdfast-b\x2db.mount"
LIST = f"{A} loaded active mounted a\n{B} loaded failed failed b\nhome.mount not-found inactive dead home\n"
# systemd started at 1000 and read all again at 5000; it is 9000 now.
STARTED, READ = (1000, 10), (5000, 4010)
NOW = (9000.0, 8010.0)


class Host:
    """What unit_loads asks a System for."""

    def __init__(self):
        self.read, self.now, self.listed = READ, NOW, LIST
        self.changes = {f"{DIRECTORY}/{A}": 4000.0, f"{DIRECTORY}/{B}": 4999.0}
        self.directories = {}
        self.system = create_autospec(System, instance=True)
        self.system.run.side_effect = self.run
        self.system.check.side_effect = lambda argv, *dummy: self.listed
        self.system.changed.side_effect = self.changes.get
        self.system.clocks.side_effect = lambda: self.now
        self.system.listdir.side_effect = lambda path: self.directories.get(path, [])

    def run(self, argv, *dummy):
        assert argv[:2] == ["busctl", "get-property"]
        assert [word[-9:] for word in argv[-4:]] == ["Timestamp", "Monotonic"] * 2
        return Completed(0, "".join(f"t {number}000000\n" for number in (*self.read, *STARTED)), "")

    def ask(self):
        return unit_loads.read(self.system, [A, B, "home.mount", "new.mount"], DIRECTORY, "mount")


@pytest.fixture
def host():
    return Host()


def test_units_that_were_read_after_their_files_changed_are_told_by_the_list(host):
    assert host.ask() == {A: "active", B: "failed"}
    assert host.system.check.call_count == 1
    assert "--type=mount" in host.system.check.call_args.args[0]


def test_a_file_that_changed_since_leaves_its_unit_open(host):
    host.changes[f"{DIRECTORY}/{B}"] = 5000.0
    assert host.ask() == {A: "active"}


def test_a_unit_without_a_file_there_is_left_open(host):
    del host.changes[f"{DIRECTORY}/{A}"]
    assert host.ask() == {B: "failed"}


def test_without_a_reload_the_start_of_systemd_counts(host):
    host.read = (0, 0)
    assert host.ask() == {}
    host.changes[f"{DIRECTORY}/{A}"] = 999.0
    assert host.ask() == {A: "active"}


@pytest.mark.parametrize("step", [2.0, -2.0])
def test_a_clock_that_was_set_since_leaves_open_what_it_could_hide(host, step):
    host.now = (NOW[0] + step, NOW[1])
    assert host.ask() == {A: "active"}


@pytest.mark.parametrize("place", unit_loads.BEFORE)
def test_a_file_that_comes_first_leaves_its_unit_open(host, place):
    host.directories[place] = [A]
    assert host.ask() == {B: "failed"}


@pytest.mark.parametrize("place", unit_loads.PLACES)
def test_drop_ins_leave_a_unit_open(host, place):
    host.directories[place] = [f"{A}.d", "other.mount.d"]
    assert host.ask() == {B: "failed"}


@pytest.mark.parametrize(
    ("drop_in", "answer"),
    [
        (f"{A}.d", True),
        ("mount.d", True),
        ("srv-.mount.d", True),
        ("srv-holdfast-.mount.d", True),
        ("srv-other-.mount.d", False),
        ("srv.mount.d", False),
        ("srv-holdfast-a.automount.d", False),
        ("automount.d", False),
    ],
)
def test_whose_drop_ins_they_are(drop_in, answer):
    assert unit_loads.is_for(drop_in, A) is answer


@pytest.mark.parametrize(
    "answer",
    [
        Completed(1, "", "Unknown interface or property UnitsLoadTimestamp"),
        Completed(0, "t 5000000000\n", ""),
        Completed(0, "t 0\nt 0\nt 0\nt 0\n", ""),
    ],
)
def test_a_systemd_that_does_not_tell_when_it_read_them_leaves_all_open(host, answer):
    host.system.run.side_effect = lambda *dummy: answer
    assert host.ask() == {}
    assert not host.system.check.called


def test_without_busctl_all_are_left_open(host):
    host.system.has.return_value = False
    assert host.ask() == {}
    assert not host.system.run.called


def test_a_systemd_that_does_not_answer_is_an_error(host):
    host.system.check.side_effect = HostError("Failed to connect to bus")
    with pytest.raises(HostError, match="bus"):
        host.ask()
