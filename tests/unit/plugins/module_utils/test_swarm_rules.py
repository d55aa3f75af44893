# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_rules

MEMBERS = [
    {"name": "m1", "address": "10.0.0.1", "role": "manager"},
    {"name": "m2", "address": "10.0.0.2", "role": "manager"},
    {"name": "w", "address": "10.0.0.3", "role": "worker"},
]


def hostvars(**inside):
    return {one["name"]: {"__site_found": {"swarm": inside.get(one["name"], "")}} for one in MEMBERS}


@pytest.mark.parametrize(
    ("inside", "hosts", "expected"),
    [
        ({}, ["m1", "m2", "w"], "m1"),
        ({"m2": "10.0.0.2"}, ["m1", "m2", "w"], "m2"),
        ({"m1": "10.0.0.1"}, ["m1", "w"], "m1"),
        # The other may have a swarm, and a second one would be formed.
        ({}, ["m1", "w"], ""),
        ({"m1": "10.0.0.1"}, ["w"], ""),
        ({"w": "10.0.0.3"}, ["w"], ""),
    ],
)
def test_who_acts(inside, hosts, expected):
    assert swarm_rules.find_leader(MEMBERS, hostvars(**inside), hosts) == expected


def test_nobody_acts_where_there_is_no_swarm():
    assert swarm_rules.find_leader([], {}, ["w"]) == ""
    assert swarm_rules.find_members({"a": {"docker_swarm_members": []}, "b": {}}) == []
    assert swarm_rules.find_members({"a": {}, "b": {"docker_swarm_members": MEMBERS}}) == MEMBERS
    assert swarm_rules.find_managers(MEMBERS) == ["m1", "m2"]


def test_a_look_of_the_role_itself_counts_before_that_of_a_playbook():
    variables = {**hostvars(), "m1": {"__docker_swarm_look": {"swarm": "10.0.0.1"}, "__site_found": {"swarm": ""}}}
    assert swarm_rules.find_leader(MEMBERS, variables, ["m1"]) == "m1"
    skipped = {**hostvars(m1="10.0.0.1")}
    skipped["m1"]["__docker_swarm_look"] = {"skipped": True}
    assert swarm_rules.find_leader(MEMBERS, skipped, ["m1"]) == "m1"


def test_a_host_that_nobody_saw_keeps_its_labels():
    variables = {name: {"docker_swarm_labels": [{"kind": "app", "name": name}]} for name in ("m1", "m2", "w")}
    first, second, third = swarm_rules.plan_nodes(MEMBERS, variables, ["m1", "w"], drained=["w"], fenced=["m2"])
    assert first["labels"] == [{"kind": "app", "name": "m1"}]
    assert "labels" not in second
    assert [one["availability"] for one in (first, second, third)] == ["active", "active", "drain"]
    assert [one["fenced"] for one in (first, second, third)] == [False, True, False]


@pytest.mark.parametrize(
    ("found", "firewall", "leader", "refusal"),
    [
        ({"swarm": "10.0.0.3", "files": {}}, "nftables", "m1", "nobody here formed"),
        ({"swarm": "10.0.0.9"}, "nftables", "m1", "knows it as 10.0.0.9, and it is 10.0.0.3 now"),
        ({"swarm": ""}, "nftables", "", "no manager of this run can let it in"),
        ({"firewalld": True}, "nftables", "m1", "firewalld runs there"),
    ],
)
def test_who_may_not_be_a_member(found, firewall, leader, refusal):
    usual = {"swarm": "10.0.0.3", "files": {swarm_rules.MARK: "0600 0 0 x"}, "firewalld": False}
    (said,) = swarm_rules.find_refusals(MEMBERS[2], {**usual, **found}, firewall, leader)
    assert refusal in said
    assert swarm_rules.find_refusals(MEMBERS[2], usual, firewall, "") == []
    assert swarm_rules.find_refusals(MEMBERS[2], {**usual, "firewalld": True}, "none", "") == []
