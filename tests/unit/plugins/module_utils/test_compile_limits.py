# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_limits import (
    LIMITS,
    ROOT_IMAGE,
    TRAITS,
    choose_apps,
    find_app_notes,
    find_notes,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compiler import TARGETS
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan


def test_every_engine_has_its_limits_and_every_trait_is_known():
    assert set(LIMITS) == set(TARGETS) - {"kubernetes-csi"}
    assert {trait for limits in LIMITS.values() for trait in limits} == set(TRAITS)


@pytest.mark.parametrize("engine", LIMITS)
def test_every_sentence_can_be_said(engine):
    plan = load_plan()
    said = [note.what for app in plan.apps for note in find_app_notes(engine, app)]
    assert said
    assert not [what for what in said if "{engine}" in what or "{where}" in what or "{limit}" in what]


def test_an_app_has_the_notes_of_its_traits():
    notes = {app.name: [note.what for note in find_app_notes("nomad", app)] for app in load_plan().apps}
    assert any("needs Consul" in what for what in notes["shop"])
    assert not any("needs Consul" in what for what in notes["web"])
    assert any("after 15m" in what for what in notes["web_ops"])
    assert any("finds db at 10.0.0.11:5432" in what for what in notes["shop"])


def test_a_root_image_is_left_out_and_told():
    plan = load_plan()
    assert "static" not in [app.name for app in choose_apps(plan)]
    assert [note.subject for note in find_notes("swarm", plan) if note.what == ROOT_IMAGE] == ["static"]


def test_what_differs_between_instances_is_told_where_they_share_a_definition():
    plan = load_plan()
    for engine, told in (("compose", False), ("swarm", True), ("kubernetes", True)):
        assert any("differ between hosts" in note.what for note in find_notes(engine, plan)) == told


@pytest.mark.parametrize(("engine", "told"), [("compose", True), ("swarm", True), ("podman", False), ("nomad", False)])
def test_a_volume_that_an_engine_cannot_mount_is_told(engine, told):
    web = next(app for app in load_plan().apps if app.name == "web")
    free = [replace(one, volume=replace(one.volume, options=("hard",))) for one in web.bindings]
    notes = list(find_app_notes(engine, replace(web, bindings=tuple(free))))
    assert any("volume logs: the kernel negotiates no version" in note.what for note in notes) == told
