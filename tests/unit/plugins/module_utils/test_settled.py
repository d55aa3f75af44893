# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all sets have in common; each has a test of its own beside those of the module that owns it."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import settled
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

EMPTY = {
    "contexts": {},
    "directories": {"directories": []},
    "exports": {"exports": []},
    "lockdown": {},
    "mounts": {"mounts": []},
    "units": {"units": []},
}


@pytest.fixture
def bare():
    system = create_autospec(System, instance=True)
    system.read.return_value = system.stat.return_value = None
    system.listdir.return_value = []
    system.probe.return_value = {}
    return system


def test_a_bare_host_that_shall_have_nothing_is_settled_without_a_command(bare):
    assert settled.find_settled(bare, EMPTY) == list(settled.SETS)
    bare.run.assert_not_called()


def test_only_what_is_asked_for_is_looked_at(bare):
    assert settled.find_settled(bare, {"exports": {"exports": []}}) == ["exports"]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"exports": "none"}, {"exports": [{"path": "/a"}]}, {"exports": [], "export": []}],
)
def test_wrong_input_is_left_to_the_module(bare, arguments):
    assert settled.find_settled(bare, {"exports": arguments}) == []


def test_an_error_is_left_to_the_module_and_hides_no_other_set(bare):
    bare.read.side_effect = lambda path: "not ours" if path.endswith("holdfast.exports") else None
    assert settled.find_settled(bare, EMPTY) == ["contexts", "directories", "lockdown", "mounts", "units"]
    bare.read.side_effect = HostError("no disk")
    assert "exports" not in settled.find_settled(bare, EMPTY)
