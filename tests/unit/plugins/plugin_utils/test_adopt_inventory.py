# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible.plugins.loader import init_plugin_loader
from ansible_collections.holdfast.volumes.plugins.inventory.catalogue import InventoryModule
from ansible_collections.holdfast.volumes.plugins.plugin_utils.adopt_inventory import PLUGIN, plan

TEXT = """
plugin: holdfast.volumes.catalogue
stores: {main: {type: nfs_server, host: nfs1, path: /srv}}
volumes: {site: {store: main, owner: 1000}}
apps:
  web:
    engine: docker
    image: nginx:1
    hosts: app1
    command: "{{ adopted_web_command }}"
    environment: {TOKEN: "{{ adopted_web_token }}"}
    volumes: ["site:/www"]
  plain: {engine: docker, image: "nginx:1", hosts: app1, command: [a], environment: {A: b}}
"""
ADDRESSES = {"nfs1": "10.77.0.11", "app1": "10.77.0.21"}


@pytest.fixture(scope="module", autouse=True)
def _plugin_loader():
    init_plugin_loader()


def test_the_inventory_plugin_itself_makes_the_plans():
    found = plan(TEXT, ADDRESSES)
    assert InventoryModule.__module__ == PLUGIN
    assert [one["path"] for one in found["plans"]["nfs1"]["nfs_server_exports"]] == ["/srv/site"]
    (mount,) = found["plans"]["app1"]["host_mounts_mounts"]
    assert mount["source"] == "10.77.0.11:/srv/site"
    assert list(found["catalogue"]["apps"]) == ["plain", "web"]


def test_values_that_were_not_copied_are_left_out_of_the_plans():
    plain, web = plan(TEXT, ADDRESSES)["plans"]["app1"]["container_units_units"]
    assert (web["command"], web["environment"]) == ([], {})
    assert (plain["command"], plain["environment"]) == (["a"], {"A": "b"})


def test_what_the_plugin_refuses_is_refused():
    with pytest.raises(AnsibleParserError, match="was refused for 1 error"):
        plan(TEXT.replace("owner: 1000", "owner: somebody"), ADDRESSES)
