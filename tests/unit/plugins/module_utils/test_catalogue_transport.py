# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_transport import settle_connections

from .catalogue_case import check, load_cases

(CASE,) = [case for name, case in load_cases("catalogue_transport") if name == "transports"]


@pytest.fixture(name="plans")
def plan_case():
    catalogue, fleet, levels, problems = check(CASE)
    assert problems == []
    return plan_hosts(catalogue, fleet, levels, CASE["addresses"])


def secured(options):
    return [option for option in options if option.startswith(("sec=", "xprtsec="))]


@pytest.mark.parametrize("host", CASE["chosen"])
def test_hosts_know_what_their_exports_and_mounts_need(plans, host):
    assert {name: plans[host][name] for name in CASE["chosen"][host]} == CASE["chosen"][host]


def test_all_mounts_of_a_server_have_its_strongest_connection(plans):
    mounts = plans["app1"]["host_mounts_mounts"]
    assert {mount["name"]: secured(mount["options"]) for mount in mounts} == CASE["secured"]


def test_a_volume_that_the_engine_mounts_has_it_too(plans):
    (volume,) = plans["app1"]["docker_nfs_volumes_volumes"]
    assert secured(volume["options"]) == CASE["of_engine"]


def test_a_host_without_transports_is_asked_for_nothing(plans):
    catalogue, fleet, levels, problems = check({**CASE, "catalogue": {"stores": {}, "volumes": {}, "apps": {}}})
    plan = plan_hosts(catalogue, fleet, levels, CASE["addresses"])["app1"]
    assert [plan[name] for name in plan if name.startswith("nfs_transport_")] == [[], [], []]
    assert problems == []


def test_stores_of_one_address_have_one_connection():
    server = {"type": "nfs", "address": "filer", "path": "/a"}
    stores = {"a": server, "b": {**server, "path": "/b"}, "other": {**server, "address": "elsewhere"}}
    volumes = {"one": {"store": "a", "owner": 1, "transport": "tls"}, "two": {"store": "b", "owner": 1}}
    volumes["three"] = {"store": "other", "owner": 1}
    catalogue, *dummy = check({"catalogue": {"stores": stores, "volumes": volumes}, "addresses": {}})
    settled = settle_connections(catalogue)
    found = {name: store.connection for name, store in settled.stores.items()}
    assert found == {"a": "tls", "b": "tls", "other": "plain"}
