# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A catalogue's text given to the inventory plugin itself, in an inventory of its own."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import VARIABLES
from ansible_collections.holdfast.volumes.plugins.plugin_utils.plain import make_plain

# It loads all filters, one of which stands on this file.
PLUGIN = "ansible_collections.holdfast.volumes.plugins.inventory.catalogue"
# Of a unit, what may stand for a value that was not copied.
HIDDEN = ("environment", "command")


def plan(text: str, addresses: Mapping[str, str]) -> dict[str, Any]:
    """{plans: {host: variables}, catalogue} as the plugin makes them; AnsibleParserError where it refuses the text.

    Values that were not copied are left out of the plans, since nothing could make them yet.
    """
    inventory = InventoryData()
    for host, address in addresses.items():
        inventory.add_host(host)
        inventory.set_variable(host, "holdfast_address", address)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "volumes.holdfast.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        importlib.import_module(PLUGIN).InventoryModule().parse(inventory, DataLoader(), path)
    plans = {host: _find_plan(inventory.hosts[host].vars) for host in addresses}
    return {"plans": plans, "catalogue": make_plain(inventory.groups["all"].vars["holdfast_catalogue"])}


def _find_plan(variables: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: make_plain(variables[name]) for name in VARIABLES}
    for unit in found["container_units_units"]:
        unit.update({key: {} if key == "environment" else [] for key in HIDDEN if "{{" in json.dumps(unit[key])})
    return found
