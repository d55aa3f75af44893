# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Difference, render
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_report import AREAS, make_record, render_lines

SETTLED = {area: {"steps": []} for area in AREAS}
MADE = {
    "variables": {"adopted_web_token": "TOKEN of web"},
    "differences": [
        render(Difference("app1", "moves", "the container web", "becomes a unit", "stop it")),
        render(Difference("", "left_out", "the claim x", "it is dynamic")),
    ],
}


def test_a_catalogue_is_accepted_when_no_module_would_change_anything():
    record = make_record(MADE, [{"host": "b", **SETTLED}, {"host": "a", **SETTLED}], "now", "2.19")
    assert (record["accepted"], record["hosts"], record["changes"]) == (True, ["a", "b"], [])
    lines = render_lines(record)
    assert lines[-1] == "ACCEPTED: a run with this catalogue would change nothing on 2 hosts; 1 things are not in it"
    assert "  app1, the container web: becomes a unit. Stop it" in lines
    assert "  the claim x: it is dynamic" in lines
    assert "  adopted_web_token: TOKEN of web" in lines


@pytest.mark.parametrize(
    ("area", "result", "kind"),
    [
        ("mounts", {"steps": ["write site"]}, "moves"),
        ("exports", {"steps": ["write x"]}, "in_place"),
        ("directories", {"steps": ["identify /srv/x"]}, "in_place"),
        ("lockdown", {"steps": ["close x"]}, "differs"),
        ("units", {"msg": "no image"}, "unknown"),
    ],
)
def test_a_change_is_of_a_kind(area, result, kind):
    record = make_record({"variables": {}, "differences": []}, [{"host": "a", **SETTLED, area: result}])
    assert not record["accepted"]
    assert [(one["area"], one["kind"], one["steps"]) for one in record["changes"]] == [
        (area, kind, result.get("steps", []))
    ]
    assert render_lines(record)[-1].startswith("NOT ACCEPTED AS IT IS")


def test_what_was_skipped_is_no_change_and_what_was_not_asked_is():
    skipped = {**SETTLED, "lockdown": {"skipped": True}}
    assert make_record(MADE, [{"host": "a", **skipped}])["accepted"]
    record = make_record(MADE, [{"host": "a"}])
    assert {one["kind"] for one in record["changes"]} == {"unknown"}
    assert "0 areas, and 7 could not be asked" in render_lines(record)[-1]


def test_nothing_is_accepted_of_no_host():
    assert not make_record(MADE, [])["accepted"]
