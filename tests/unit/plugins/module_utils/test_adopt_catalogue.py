# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import adopt_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_catalogue import adopt, find_problems
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Bind, Difference
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problem
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.adopt_case import (
    ADDRESSES,
    OWNED,
    make_box,
    make_fleet,
    make_hand_made,
    make_look,
    make_share,
)


def test_the_catalogue_is_whole_and_in_the_order_of_names():
    adopted = adopt(make_hand_made(), told=[Difference("", "left_out", "a claim", "it is dynamic")])
    data = adopted.data
    assert list(data) == ["plugin", "stores", "volumes", "apps"]
    assert list(data["volumes"]) == ["logs", "reports", "site"]
    assert find_problems(data, ADDRESSES, ADDRESSES) == []
    assert adopted.differences[0].about == "a claim"


def test_of_nothing_there_is_an_empty_catalogue():
    assert adopt(make_fleet()).data == {"plugin": "holdfast.volumes.catalogue"}


def test_an_app_that_the_rules_refuse_is_left_out_and_told():
    boxes = [make_box("a", ports=("80:80",), variables=("X",)), make_box("b", ports=("80:81",), variables=("Y",))]
    adopted = adopt(make_fleet(client=make_look(boxes=boxes)))
    assert list(adopted.data["apps"]) == ["a"]
    assert list(adopted.apps.origins) == ["a"]
    assert list(adopted.apps.variables) == ["adopted_a_x"]
    (found,) = adopted.differences
    assert (found.host, found.kind, found.about) == ("app1", "left_out", "the container b")
    assert "port 80/tcp of app1 is published by a already" in found.text


def test_a_volume_that_the_rules_refuse_goes_with_the_apps_that_bind_it():
    share = make_share("/srv/my site", "/mnt/site", server="filer")
    boxes = [make_box("a", Bind("/x", path="/mnt/site")), make_box("b")]
    adopted = adopt(make_fleet(client=make_look(shares=[share], boxes=boxes, directories={"/mnt/site": OWNED})))
    assert (list(adopted.data["apps"]), "volumes" in adopted.data) == (["b"], False)
    assert {one.about for one in adopted.differences} == {"the volume my-site", "the container a"}
    assert all("has characters that break exports" in one.text for one in adopted.differences)


def test_a_store_that_the_rules_refuse_goes_with_its_volumes():
    share = make_share("/srv/a b/site", "/mnt/site", server="filer")
    boxes = [make_box("a", Bind("/x", path="/mnt/site"))]
    adopted = adopt(make_fleet(client=make_look(shares=[share], boxes=boxes, directories={"/mnt/site": OWNED})))
    assert adopted.data == {"plugin": "holdfast.volumes.catalogue"}
    assert {one.about for one in adopted.differences} == {"the store nfs-filer", "the container a"}


def test_a_refusal_that_no_entry_is_to_blame_for_ends_it(monkeypatch):
    problem = Problem(Place("adopted", "plugin"), "it is wrong", "correct it")
    monkeypatch.setattr(adopt_catalogue, "find_problems", lambda *args: [problem])
    with pytest.raises(ValueError, match="no part of it is to blame"):
        adopt(make_hand_made())
