# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step


def test_a_change_without_steps_is_falsy_and_reports_nothing_changed():
    change = Change(before={"a": 1}, after={"a": 1})
    assert not change
    assert change.result() == {"changed": False, "diff": {"before": {"a": 1}, "after": {"a": 1}}, "steps": []}


def test_a_change_with_steps_is_truthy_and_names_them_in_order():
    change = Change(before="old\n", after="new\n", steps=(Step("write", "/etc/exports.d/x"), Step("reload", "exports")))
    assert change
    assert change.result() == {
        "changed": True,
        "diff": {"before": "old\n", "after": "new\n"},
        "steps": ["write /etc/exports.d/x", "reload exports"],
    }


def test_arguments_of_steps_stay_out_of_the_result():
    change = Change(before="", after="", steps=(Step("write", "/env", {"text": "PASSWORD=hunter2"}),))
    assert "hunter2" not in str(change.result())


@pytest.mark.parametrize(("value", "attribute"), [(Step("a", "b"), "name"), (Change(1, 2), "after")])
def test_a_plan_cannot_be_altered_once_made(value, attribute):
    with pytest.raises(FrozenInstanceError):
        setattr(value, attribute, "other")


def test_two_steps_do_not_share_their_arguments():
    Step("a", "b").args["leak"] = True
    assert Step("a", "b").args == {}
