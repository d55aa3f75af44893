# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import init_plugin_loader
from ansible_collections.holdfast.volumes.plugins.filter.adopt import (
    FilterModule,
    adopt_catalogue,
    adopt_file,
    adopt_paths,
    adopt_record,
)
from ansible_collections.holdfast.volumes.plugins.inventory.catalogue import FILTERS
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_report import AREAS
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.adopt_case import ADDRESSES, make_hand_made

CLAIM = """
kind: PersistentVolume
metadata: {name: archive}
spec: {capacity: {storage: 5Gi}, nfs: {server: 10.77.0.11, path: /srv/exports/archive}}
"""


@pytest.fixture(scope="module", autouse=True)
def _plugin_loader():
    init_plugin_loader()


def make_hostvars():
    looks = make_hand_made().looks
    return {host: {"__adopt_look": look, "holdfast_address": ADDRESSES[host]} for host, look in looks.items()}


def test_a_catalogue_is_made_of_the_looks_and_planned_by_the_inventory_plugin():
    made = adopt_catalogue(make_hostvars(), ["nfs1", "app1"])
    data = yaml.safe_load(made["text"])
    assert sorted(data["volumes"]) == ["logs", "reports", "site"]
    assert [one["name"] for one in made["plans"]["app1"]["host_mounts_mounts"]] == ["reports", "site"]
    assert sorted(made["catalogue"]["apps"]) == ["reader", "web"]
    assert made["variables"] == {"adopted_web_token": "TOKEN of web"}
    assert {one["kind"] for one in made["differences"]} == {"differs", "in_place", "left_out", "moves"}
    assert "# - adopted_web_token: TOKEN of web" in made["text"]
    assert "  # From fstab of app1: 10.77.0.11:/srv/exports/site at /mnt/site\n  site:" in made["text"]
    json.dumps(made)


def test_the_same_fleet_gives_the_same_text():
    first = adopt_catalogue(make_hostvars(), ["nfs1", "app1"])
    assert adopt_catalogue(dict(reversed(make_hostvars().items())), ["app1", "nfs1"])["text"] == first["text"]


def test_servers_may_be_left_to_somebody_else():
    made = adopt_catalogue(make_hostvars(), ["nfs1", "app1"], (), "foreign")
    assert (made["plans"]["nfs1"]["nfs_server_volumes"], made["plans"]["nfs1"]["nfs_server_exports"]) == ([], [])
    with pytest.raises(AnsibleFilterError, match="managed or foreign"):
        adopt_catalogue(make_hostvars(), ["nfs1"], (), "mine")


def test_volumes_of_kubernetes_are_described_where_somebody_knows_whose_they_are():
    hostvars = make_hostvars()
    assert adopt_paths([CLAIM]) == ["/srv/exports/archive"]
    assert "archive" not in yaml.safe_load(adopt_catalogue(hostvars, ["nfs1", "app1"], [CLAIM])["text"])["volumes"]
    owned = {"kind": "directory", "owner": 3, "group": 4, "mode": "0700"}
    hostvars["nfs1"]["__adopt_look"]["directories"]["/srv/exports/archive"] = owned
    volume = yaml.safe_load(adopt_catalogue(hostvars, ["nfs1", "app1"], [CLAIM])["text"])["volumes"]["archive"]
    assert (volume["owner"], volume["size"]) == (3, "5G")
    with pytest.raises(AnsibleFilterError, match="no YAML"):
        adopt_paths(["a: b: c"])


def test_a_host_that_could_not_be_looked_at_is_left_out():
    hostvars = {**make_hostvars(), "app2": {"__adopt_look": {"msg": "failed"}}, "app3": {}}
    assert sorted(adopt_catalogue(hostvars, list(hostvars))["plans"]) == ["app1", "nfs1"]


def test_a_host_is_known_by_its_storage_address():
    hostvars = make_hostvars()
    hostvars["app1"] = {"__adopt_look": hostvars["app1"]["__adopt_look"], "ansible_host": "10.9.9.9"}
    exports = adopt_catalogue(hostvars, ["nfs1", "app1"])["plans"]["nfs1"]["nfs_server_exports"]
    assert {client["host"] for one in exports for client in one["clients"]} == {"10.9.9.9"}


def test_nobody_elses_file_is_written_over():
    written = adopt_file("a: 1\n")
    assert adopt_file("a: 2\n", written) != written
    assert adopt_file("a: 1\n", written) == written
    assert adopt_file("a: 2\n", "") == adopt_file("a: 2\n")
    for present in ("b: 1\n", written + "# mine\n"):
        with pytest.raises(AnsibleFilterError, match="holdfast_adopt_overwrite"):
            adopt_file("a: 2\n", present)
        assert adopt_file("a: 2\n", present, True) == adopt_file("a: 2\n")


def test_texts_of_ansible_are_taken_for_texts():
    class Tagged(str):
        """As Ansible marks a text with where it is from."""

    hostvars = {Tagged(host): values for host, values in make_hostvars().items()}
    for values in hostvars.values():
        values["holdfast_address"] = Tagged(values["holdfast_address"])
    made = adopt_catalogue(hostvars, [Tagged("nfs1"), Tagged("app1")], [Tagged(CLAIM)], Tagged("managed"))
    assert yaml.safe_load(made["text"])["stores"]["nfs1"]["host"] == "nfs1"


def test_a_record_has_what_the_modules_said():
    made = {"differences": [], "variables": {}}
    settled = {f"__adopt_{area}": {"steps": []} for area in AREAS}
    hostvars = {"a": settled, "b": {**settled, "__adopt_mounts": {"steps": ["mount x"]}}}
    assert adopt_record(made, hostvars, ["a"])["accepted"]
    record = adopt_record(made, hostvars, ["a", "b"], "now", "2.19")
    assert [(one["host"], one["area"]) for one in record["changes"]] == [("b", "mounts")]
    filters = FilterModule().filters()
    assert "adopt" in [one.__name__.rpartition(".")[2] for one in FILTERS]
    assert json.loads(filters["adopt_json"](record))["accepted"] is False
    assert filters["adopt_lines"](record)[-1].startswith("NOT ACCEPTED")
