# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_apply, mount_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, ProbeTimeout, System

MOUNTED = "40 27 0:50 / /srv/holdfast/a rw shared:9 - nfs4 h:/a rw,vers=4.2\n"


def step(action, name="a", **args):
    unit = f"srv-holdfast-{name}.mount"
    return Step(action, name, {"path": f"/srv/holdfast/{name}", "unit": unit, "force": False, "text": name, **args})


@pytest.fixture
def system():
    system = create_autospec(System, instance=True)
    system.run.return_value = Completed(0, "", "")
    system.read.return_value = ""
    system.probe.return_value = []
    return system


def test_every_kind_of_step_has_its_phase():
    assert tuple(mount_apply.PHASES) == mount_plan.ORDER


def test_all_steps_of_a_kind_are_one_call(system):
    mount_apply.apply(system, [step("mount", "a"), step("mount", "b")], 5, 90)
    system.run.assert_called_once_with(["systemctl", "start", "--", "srv-holdfast-a.mount", "srv-holdfast-b.mount"], 90)


def test_the_later_steps_of_a_failed_mount_are_left_out(system):
    system.read.return_value = MOUNTED
    system.run.return_value = Completed(1, "", "target is busy")
    steps = [
        step("unmount", "a"),
        step("unmount", "b"),
        step("remove", "a"),
        step("remove", "b"),
        Step("reload", "systemd"),
    ]
    system.probe.return_value = {}
    outcome = mount_apply.apply(system, steps, 5, 90)
    assert outcome.errors == {
        "/srv/holdfast/a": "/srv/holdfast/a is still mounted, so its unit was kept: target is busy"
    }
    system.remove.assert_called_once_with("/etc/systemd/system/srv-holdfast-b.mount")


def test_an_unmount_that_does_not_end_is_given_up(system):
    system.read.return_value = MOUNTED
    system.run.side_effect = ProbeTimeout("too long")
    outcome = mount_apply.apply(system, [step("unmount")], 5, 30)
    assert outcome.errors["/srv/holdfast/a"].endswith("systemctl stop did not end within 30 s")


def test_a_forced_unmount_that_hangs_is_followed_by_a_stop(system):
    system.probe.side_effect = ProbeTimeout("too long")
    outcome = mount_apply.apply(system, [step("unmount", force=True)], 5, 30)
    assert system.run.call_args.args[0][:2] == ["systemctl", "stop"]
    assert "what the server had not acknowledged is lost" in outcome.warnings[0]


def test_a_file_system_without_the_flag_is_a_warning(system):
    system.probe.return_value = ["a"]
    outcome = mount_apply.apply(system, [step("guard")], 5, 90)
    assert "mode 0000 alone" in outcome.warnings[0]


def test_a_mount_point_that_cannot_be_closed_is_an_error(system):
    system.probe.side_effect = OSError(30, "Read-only file system")
    with pytest.raises(HostError, match="cannot close the mount points in /srv/holdfast: Read-only file system"):
        mount_apply.apply(system, [step("guard")], 5, 90)


def test_a_mount_point_that_cannot_be_removed_is_a_warning(system):
    system.probe.side_effect = OSError(16, "Device or resource busy")
    outcome = mount_apply.apply(system, [step("remove")], 5, 90)
    assert "mount points in /srv/holdfast were left" in outcome.warnings[0]
    system.remove.assert_called_once()


def test_what_a_remount_complains_of_is_passed_on(system):
    system.run.return_value = Completed(1, "", "busy\n")
    assert mount_apply.apply(system, [step("remount")], 5, 90).warnings == ["busy"]


def test_the_parent_belongs_to_root_alone(system):
    mount_apply.apply(system, [Step("create", "/srv/holdfast")], 5, 90)
    system.set_owner.assert_called_once_with("/srv/holdfast", 0, 0)
    system.set_mode.assert_called_once_with("/srv/holdfast", 0o700)
