# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible import constants
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible_collections.holdfast.volumes.plugins.plugin_utils.catalogue_inventory import Inventory


@pytest.fixture(scope="module", autouse=True)
def _plugin_loader():
    # Collections of playbooks are asked for, and the loader that the command lines of Ansible set up knows them.
    init_plugin_loader()


@pytest.fixture
def inventory():
    """Two groups, one within another, an empty one, and a host with the name of a group."""
    manager = InventoryManager(loader=DataLoader(), sources=None)
    data = manager._inventory
    groups = {"shop_web": ["app1", "app2"], "shop_db": ["app2", "app3"], "empty": [], "app3": ["app1"]}
    for group, hosts in groups.items():
        data.add_group(group)
        for host in hosts:
            data.add_host(host, group)
    data.add_group("shop")
    data.add_child("shop", "shop_web")
    data.add_child("shop", "shop_db")
    data.reconcile_inventory()
    return Inventory(data, DataLoader(), "volumes.holdfast.yml", {})


@pytest.fixture
def compared(monkeypatch):
    """The patterns that Ansible compares with the name of every group."""
    patterns = []
    match = InventoryManager._match_list

    def run(self, items, pattern):
        patterns.append(pattern)
        return match(self, items, pattern)

    monkeypatch.setattr(InventoryManager, "_match_list", run)
    return patterns


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("app1", ["app1"]),
        ("app3", ["app3"]),
        ("shop_web", ["app1", "app2"]),
        ("shop", ["app1", "app2", "app3"]),
        ("shop_web:!shop_db", ["app1"]),
        ("shop:&shop_db", ["app2", "app3"]),
        ("empty", []),
    ],
)
def test_names_are_not_compared_with_every_group(inventory, compared, pattern, hosts):
    assert inventory.find_hosts(pattern) == hosts
    assert compared == []


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("shop_*", ["app1", "app2", "app3"]),
        ("shop_web[0]", ["app1"]),
        ("~app[12]", ["app1", "app2"]),
        ("nobody", []),
    ],
)
def test_patterns_are_left_to_ansible(inventory, compared, pattern, hosts, monkeypatch):
    # ansible-test has it refuse what it would warn of.
    monkeypatch.setattr(constants, "HOST_PATTERN_MISMATCH", "warning")
    assert inventory.find_hosts(pattern) == hosts
    assert compared
