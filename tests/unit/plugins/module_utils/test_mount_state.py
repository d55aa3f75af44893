# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import errno
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_state
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, ProbeTimeout, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Desired
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import MountUnit, render

UNIT = MountUnit("/srv/holdfast/my-app", "h:/a", "nfs4", ("hard",))
FILE = r"/etc/systemd/system/srv-holdfast-my\x2dapp.mount"
SHOWN = r"""Id=srv-holdfast-my\x2dapp.mount
ActiveState=active
NeedDaemonReload=no
FragmentPath=/etc/systemd/system/srv-holdfast-my\x2dapp.mount
"""
LIVE = "40 27 0:50 / /srv/holdfast/my-app rw,relatime shared:9 - nfs4 h:/a rw,vers=4.2,hard\n"


@pytest.fixture
def system(mount_host):
    mount_host.files[FILE] = render(UNIT)
    mount_host.live[UNIT.where] = LIVE
    mount_host.loaded = {FILE.rpartition("/")[2]: render(UNIT)}
    return mount_host


def read(system, wanted=()):
    return mount_state.read_mounts(system, Desired("/srv/holdfast", dict(wanted)), 5)


def test_units_without_the_marker_are_not_ours(system):
    system.files["/etc/systemd/system/x.mount"] = "[Mount]\nWhere=/x\n"
    system.files["/etc/systemd/system/y.service"] = render(UNIT)
    assert mount_state.read_units(system) == {UNIT.where: render(UNIT)}


def test_a_name_with_a_dash_is_found_under_its_escaped_unit(system):
    found = read(system).found[UNIT.where]
    assert (found.active, found.managed, found.needs_reload, found.live.source) == ("active", True, False, "h:/a")
    assert mount_state.unit_files.parse_show(SHOWN)[FILE.rpartition("/")[2]]["ActiveState"] == "active"


def test_systemd_has_longer_to_tell_of_many_units():
    system = create_autospec(System, instance=True)
    system.check.return_value = ""
    for count in (1, 200):
        mount_state.show(system, [f"/srv/holdfast/v{number}" for number in range(count)], "ActiveState")
    assert [call.args[1] for call in system.check.call_args_list] == [61, 260]


def test_a_unit_that_systemd_has_not_read_needs_a_reload(system):
    system.loaded = {}
    assert read(system).found[UNIT.where].needs_reload


def test_a_unit_that_changed_on_disk_needs_a_reload(system):
    system.files[FILE] += "\n"
    assert read(system).found[UNIT.where].needs_reload


def add_many(system, count=20):
    for number in range(count):
        unit = MountUnit(f"/srv/holdfast/v-{number}", "h:/a", "nfs4", ("hard",))
        name = mount_state.mount_units.find_name(unit.where)
        system.files[f"/etc/systemd/system/{name}"] = system.loaded[name] = render(unit)
        system.live[unit.where] = LIVE.replace("my-app", f"v-{number}")


def note_questions(system):
    asked, show = [], system._show
    system._show = lambda units: asked.append(units) or show(units)
    return asked


def test_many_units_are_not_asked_for_one_by_one(system):
    add_many(system)
    slow = read(system).found
    system.read_at = 50
    asked = note_questions(system)
    assert read(system).found == slow
    assert asked == []
    assert {found.active for found in slow.values()} == {"active"}


def test_of_many_units_those_in_doubt_are_asked_for(system):
    add_many(system)
    system.read_at = 50
    system.changes[FILE] = 51.0
    system.loaded.pop(r"srv-holdfast-v\x2d3.mount")
    system.files[FILE] += "\n"
    asked = note_questions(system)
    found = read(system).found
    assert asked == [[FILE.rpartition("/")[2], r"srv-holdfast-v\x2d3.mount"]]
    assert {path for path, one in found.items() if one.needs_reload} == {UNIT.where, "/srv/holdfast/v-3"}


def test_what_is_under_the_mounts_must_be_seen(system):
    system.make_directory("/srv/holdfast")
    system._look_under = lambda *args: (dummy for dummy in ()).throw(OSError(errno.EPERM, "Operation not permitted"))
    with pytest.raises(HostError, match="cannot look under the mount points in /srv/holdfast: .*not permitted"):
        read(system)


def test_holders_are_looked_for_again_without_maps_when_a_process_hangs():
    system = create_autospec(System, instance=True)
    holder = {"path": UNIT.where, "pid": 9, "comm": "nginx", "unit": "web.service"}
    system.probe.side_effect = [ProbeTimeout("hangs"), [holder]]
    system.check.return_value = ""
    mounts = mount_state.mountinfo.parse(LIVE)
    assert mount_state.read_holders(system, mounts, 5) == [holder]
    assert system.probe.call_args_list[1].args[2] is False


def test_units_that_are_bound_to_a_mount_and_run_hold_it(system):
    system.bound = {FILE.rpartition("/")[2]: ["holdfast-web.service", "remote-fs.target"]}
    assert mount_state.read_holders(system, mount_state.mountinfo.parse(LIVE), 5) == [
        {"path": UNIT.where, "pid": 0, "comm": "", "unit": "holdfast-web.service"}
    ]


def test_a_bound_unit_that_is_down_holds_nothing():
    system = create_autospec(System, instance=True)
    system.probe.return_value = []
    system.check.side_effect = [
        "Id=srv-holdfast-my\\x2dapp.mount\nBoundBy=holdfast-web.service\nRequiredBy=holdfast-web.service\n",
        "Id=holdfast-web.service\nActiveState=activating\n",
    ]
    assert mount_state.read_holders(system, mount_state.mountinfo.parse(LIVE), 5) == []


def test_no_mount_has_no_holders_and_costs_nothing():
    assert mount_state.read_holders(create_autospec(System, instance=True), [], 5) == []


def test_paths_are_grouped_by_parent():
    assert mount_state.split_by_parent(["/a/x", "/a/y", "/b/x"]) == {"/a": ["x", "y"], "/b": ["x"]}


def test_a_systemd_that_does_not_answer_is_an_error(system):
    system.run = lambda *args, **kwargs: Completed(1, "", "Failed to connect to bus")
    with pytest.raises(HostError, match="Failed to connect to bus"):
        read(system)
