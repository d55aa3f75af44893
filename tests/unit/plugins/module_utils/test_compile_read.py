# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_read import read_plan
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_hostvars, load_plan


def test_a_plan_has_every_volume_and_every_app():
    plan = load_plan()
    assert [volume.name for volume in plan.volumes] == sorted(
        ["archive", "cache", "logs", "media", "papers", "rows", "site", "unbound"]
    )
    assert [app.name for app in plan.apps] == ["db", "keeper", "shop", "static", "web", "web_ops"]
    assert plan.notes == ()


def test_what_differs_between_instances_is_told():
    assert [(note.subject, note.what.split(" differ")[0]) for note in load_plan().variants] == [("shop", "its command")]


def test_an_app_without_a_unit_is_left_out_and_told():
    hostvars = load_hostvars()
    plan = read_plan(hostvars["app1"]["holdfast_catalogue"], {"app1": hostvars["app1"]})
    assert [app.name for app in plan.apps] == ["db", "static", "web"]
    assert [note.subject for note in plan.notes] == ["keeper", "shop", "web_ops"]
    assert all("were not given" in note.what for note in plan.notes)


def test_a_unit_that_cannot_be_read_is_left_out_and_told():
    hostvars = load_hostvars()
    hostvars["app1"]["container_units_units"][0]["image"] = ""
    plan = read_plan(hostvars["app1"]["holdfast_catalogue"], hostvars)
    assert "db" not in [app.name for app in plan.apps]
    assert plan.notes[0].subject == "db"
    assert "image" in plan.notes[0].what
