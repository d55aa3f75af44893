# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_tree import (
    INDEX,
    PRIVATE,
    Current,
    Written,
    desired,
    plan,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError


def steps(current, wanted):
    return [f"{step.action} {step.name}" for step in plan(current, wanted).steps]


def test_wanted_files_have_their_modes():
    wanted = desired({"files": {"a/b": "x"}, "confidential": {"c": "word"}})
    assert wanted == {"a/b": Written("x"), "c": Written("word", PRIVATE)}
    assert "word" not in repr(wanted)


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../../b", "a//b", "./a", ".", "..", "", INDEX])
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(HostError, match="plain paths"):
        desired({"files": {path: "x"}, "confidential": {}})


def test_the_index_names_files_before_they_are_there():
    assert steps(Current((), {}), {"b": Written("x"), "a": Written("y")}) == [f"write {INDEX}", "write a", "write b"]


def test_what_is_as_wanted_needs_nothing():
    wanted = {"a": Written("x")}
    assert not plan(Current(("a",), dict(wanted)), wanted)


def test_a_killed_run_is_completed():
    wanted = {"a": Written("x"), "b": Written("y")}
    assert steps(Current(("a", "b"), {"a": Written("half")}), wanted) == ["write a", "write b"]


def test_what_is_wanted_no_longer_goes_and_stays_in_the_index_until_then():
    current = Current(("a", "b"), {"a": Written("x"), "b": Written("y")})
    change = plan(current, {"a": Written("x")})
    assert [f"{step.action} {step.name}" for step in change.steps] == [f"write {INDEX}", "remove b", f"write {INDEX}"]
    first, last = change.steps[0].args["text"], change.steps[-1].args["text"]
    assert '"b"' in first and '"b"' not in last
    assert (change.before, change.after) == ({"b": "y"}, {"b": None})


def test_another_mode_is_a_change():
    assert steps(Current(("a",), {"a": Written("x", 0o600)}), {"a": Written("x")}) == ["write a"]


def test_a_file_of_somebody_else_is_refused_unless_it_is_as_wanted():
    there = Current((), {"a": Written("mine")})
    with pytest.raises(HostError, match="a: there already"):
        plan(there, {"a": Written("x")})
    assert steps(there, {"a": Written("mine")}) == [f"write {INDEX}"]


def test_no_diff_shows_what_is_confidential():
    change = plan(Current(("a",), {"a": Written("old word", PRIVATE)}), {"a": Written("new word", PRIVATE)})
    assert (change.before, change.after) == ({"a": "hidden"}, {"a": "hidden"})
