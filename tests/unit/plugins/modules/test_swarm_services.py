# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules swarm_services and swarm_services_info, by the real SDK against a manager on a unix socket."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_apply import Clock
from ansible_collections.holdfast.volumes.plugins.modules import swarm_services, swarm_services_info
from ansible_collections.holdfast.volumes.tests.unit.plugins.swarm_api import SwarmApi

PLACE = {"source": "/srv/holdfast/site", "target": "/srv/www"}
MOUNT = {**PLACE, "gate": {"path": PLACE["source"], "source": "10.0.0.1:/srv/site"}}
PAGES = {"name": "pages", "image": "nginx:1", "hosts": ["app1", "app2"], "replicas": 2, "mounts": [MOUNT]}
LEDGER = {"name": "ledger", "image": "nginx:1", "hosts": ["app1", "app2"], "single_writer": True}
SHOP = {
    "name": "shop",
    "image": "shop:1",
    "hosts": ["app1"],
    "user": "1000:1000",
    "environment": {"MODE": "hunter1", "NAME": "{instance}"},
    "secrets": [{"name": "orders-password", "value": "hunter2", "variables": ["ORDERS_PASSWORD_FILE"]}],
}
LABELS = [{"kind": "app", "name": name} for name in ("pages", "ledger", "shop")] + [{"kind": "volume", "name": "site"}]
NFS1 = {"name": "nfs1", "address": "10.0.0.1", "role": "manager", "labels": []}
APP1 = {"name": "app1", "address": "10.0.0.11", "labels": LABELS}
APP2 = {"name": "app2", "address": "10.0.0.12", "labels": LABELS}
NODES = [NFS1, APP1, APP2]


@pytest.fixture
def api(tmp_path):
    with SwarmApi(tmp_path / "docker.sock") as server:
        server.add_node("nfs1", "10.0.0.1", "manager")
        server.add_node("app1", "10.0.0.11")
        server.add_node("app2", "10.0.0.12", labels={"rack": "3"})
        yield server


class Time:
    """Passes while somebody sleeps."""

    now = 0.0

    def sleep(self, seconds):
        self.now += seconds


def run(api, *services, check_mode=False, **options):
    given = {"services": list(services), "nodes": NODES, "docker_host": api.url, "timeout": 5, **options}
    checked = ArgumentSpecValidator(swarm_services.ARGUMENTS).validate(given)
    assert checked.error_messages == []
    time = Time()
    clock = Clock(lambda: time.now, time.sleep, 30)
    return swarm_services.run(System(), clock, checked.validated_parameters, check_mode)


def tell(api):
    return swarm_services_info.run(System(), {"docker_host": api.url, "timeout": 5})


def test_services_run_where_their_volumes_are_and_a_second_run_has_nothing_to_do(api):
    assert run(api, PAGES)["steps"] == ["node app1", "node app2", "create holdfast-pages"]
    assert api.run_on("pages") == ["app1", "app2"]
    assert api.nodes["app2"]["Spec"]["Labels"]["rack"] == "3"
    assert run(api, PAGES)["steps"] == []
    without = {**APP1, "labels": LABELS[:3]}
    run(api, PAGES, nodes=[NFS1, without, APP2])
    assert api.run_on("pages") == ["app2", "app2"]


def test_check_mode_predicts_the_run_and_does_nothing(api):
    predicted = run(api, PAGES, SHOP, check_mode=True)
    assert (api.services, api.secrets) == ({}, {})
    assert predicted == run(api, PAGES, SHOP)


def test_what_the_twin_tells(api):
    run(api, {**PAGES, "level": "s0:c1,c2"})
    told = tell(api)
    assert [node["name"] for node in told["nodes"]] == ["app1", "app2", "nfs1"]
    (service,) = told["services"]
    assert (service["app"], service["level"], service["running"]) == ("pages", "s0:c1,c2", 2)
    assert service["nodes"] == ["app1", "app2"]
    api.manages = False
    assert tell(api) == {"nodes": [], "services": [], "secrets": []}


def test_a_credential_is_a_secret_and_nowhere_else(api):
    result = run(api, SHOP)
    container = api.find("holdfast-shop")["Spec"]["TaskTemplate"]["ContainerSpec"]
    assert container["Env"] == [
        "MODE=hunter1",
        "NAME=shop-{{.Task.Slot}}",
        "ORDERS_PASSWORD_FILE=/run/secrets/orders-password",
    ]
    (secret,) = container["Secrets"]
    assert secret["File"] == {"Name": "orders-password", "UID": "1000", "GID": "1000", "Mode": 0o400}
    assert "hunter" not in json.dumps(result)
    assert "hunter2" not in json.dumps([api.services, api.secrets])
    assert "hunter" not in json.dumps(tell(api))
    assert "hunter" not in str(swarm_services.hide({"services": [SHOP]}))


def test_another_value_is_another_secret_and_the_old_one_goes(api):
    run(api, SHOP)
    other = {**SHOP, "secrets": [{**SHOP["secrets"][0], "value": "hunter3"}]}
    assert run(api, other)["steps"] == [
        "keep holdfast-shop.orders-password.2",
        "update holdfast-shop",
        "forget holdfast-shop.orders-password.1",
    ]
    assert run(api, other)["steps"] == []
    assert tell(api)["secrets"] == ["holdfast-shop.orders-password.2"]


def test_a_single_writer_moves_when_it_has_ended_where_it_was(api):
    run(api, LEDGER)
    assert api.run_on("ledger") == ["app1"]
    moved = run(api, LEDGER, nodes=[NFS1, {**APP1, "availability": "drain"}, APP2])
    assert moved["steps"] == ["node app1", "stop holdfast-ledger", "update holdfast-ledger"]
    assert api.run_on("ledger") == ["app2"]
    # It stays when the other comes back.
    assert run(api, LEDGER)["steps"] == ["node app1"]
    assert api.run_on("ledger") == ["app2"]


def test_a_single_writer_on_a_silent_node_starts_nowhere_else(api):
    run(api, LEDGER)
    api.set_state("app1", "down")
    with pytest.raises(HostError, match=r"its node app1 does not answer.*docker_swarm_fenced: \[app1\]"):
        run(api, LEDGER)
    assert api.run_on("ledger") == []
    run(api, LEDGER, nodes=[NFS1, {**APP1, "fenced": True}, APP2])
    assert api.run_on("ledger") == ["app2"]
    # The node comes back, and is told that it has nothing to run.
    api.set_state("app1", "ready")
    assert [task["NodeID"] for task in api.find_live("ledger")] == ["app2"]


def test_a_node_that_is_said_to_be_off_but_answers_is_one_like_others(api):
    run(api, LEDGER)
    assert run(api, LEDGER, nodes=[NFS1, {**APP1, "fenced": True}, APP2])["steps"] == []


def test_what_else_is_wanted_is_done_before_it_is_said_what_cannot_be(api):
    run(api, LEDGER)
    api.set_state("app1", "down")
    with pytest.raises(HostError, match="ledger stays where it was"):
        run(api, LEDGER, PAGES)
    assert api.run_on("pages") == ["app2", "app2"]


def test_an_update_that_is_rolled_back_is_an_error_and_the_next_run_tries_again(api):
    run(api, PAGES)
    bad = {**PAGES, "image": "bad", "update": {"on_failure": "rollback"}}
    with pytest.raises(HostError, match="pages: the update did not come up, and what ran before runs again"):
        run(api, bad)
    assert api.run_on("pages") == ["app1", "app2"]
    assert run(api, bad, check_mode=True)["steps"] == ["update holdfast-pages"]


def test_a_container_that_finds_no_node_is_an_error(api):
    with pytest.raises(HostError, match="pages: 0 of 2 containers run after 30 seconds"):
        run(api, PAGES, nodes=[NFS1, {**APP1, "labels": []}, {**APP2, "labels": []}])


def test_services_of_others_stay(api):
    run(api, PAGES)
    other = json.loads(json.dumps(api.find("holdfast-pages")))
    other["Spec"].update(Name="holdfast-theirs", Labels={"team": "b"})
    api.services["other"] = {**other, "ID": "other"}
    assert run(api)["steps"] == ["remove holdfast-pages"]
    assert list(api.services) == ["other"]


def test_to_retire_only_takes_away(api):
    run(api, PAGES, LEDGER)
    nodes = [NFS1, {**APP1, "labels": LABELS[:3], "availability": "drain"}, APP2]
    assert run(api, PAGES, SHOP, nodes=nodes, retire=True)["steps"] == ["node app1", "remove holdfast-ledger"]
    assert api.nodes["app1"]["Spec"]["Availability"] == "active"
    given = {**APP1, "labels": [*LABELS[:3], {"kind": "volume", "name": "new"}]}
    assert run(api, PAGES, nodes=[NFS1, given, APP2], retire=True)["steps"] == []
    assert api.run_on("pages") == ["app2", "app2"]


def test_a_writer_whose_host_leaves_ends_before_the_mounts_go(api):
    run(api, LEDGER)
    steps = run(api, {**LEDGER, "hosts": ["app2"]}, retire=True)["steps"]
    assert (steps, api.run_on("ledger")) == (["stop holdfast-ledger"], [])
    run(api, {**LEDGER, "hosts": ["app2"]})
    assert api.run_on("ledger") == ["app2"]


def test_a_node_that_is_nobodys_is_drained_and_forgotten_when_it_has_left(api):
    run(api, PAGES)
    nodes = [NFS1, APP1]
    assert run(api, PAGES, nodes=nodes, retire=True)["steps"] == ["node app2"]
    assert api.nodes["app2"]["Spec"] == {"Role": "worker", "Availability": "drain", "Labels": {"rack": "3"}}
    assert run(api, PAGES, nodes=nodes)["steps"] == []
    api.set_state("app2", "down")
    assert run(api, PAGES, nodes=nodes)["steps"] == ["expel app2"]


def test_a_host_that_is_no_node_is_named(api):
    del api.nodes["app2"]
    with pytest.raises(HostError, match="app2 is in no swarm"):
        run(api, PAGES)
    assert api.run_on("pages") == ["app1", "app1"]


def test_labels_that_nobody_has_seen_stay(api):
    run(api, PAGES)
    assert run(api, PAGES, nodes=[NFS1, APP1, {**APP2, "labels": None}])["steps"] == []


def test_a_host_that_manages_nothing_is_told_so_unless_nothing_is_wanted(api, tmp_path):
    api.manages = False
    with pytest.raises(HostError, match="no manager of a swarm"):
        run(api, PAGES)
    assert not run(api, nodes=[])["changed"]
    assert not run(api, nodes=[], docker_host=f"unix://{tmp_path}/none.sock")["changed"]


def test_a_daemon_that_is_not_well_is_named(api):
    api.broken = True
    with pytest.raises(HostError, match="Docker could not tell whether it is in a swarm"):
        run(api, PAGES)
