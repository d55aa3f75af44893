# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an inventory that is still being read knows: hosts of a pattern, storage addresses of hosts."""

from __future__ import annotations

import functools
import os
import re
from typing import Any

from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group
from ansible.inventory.helpers import sort_groups
from ansible.inventory.host import Host
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.vars import combine_vars
from ansible.vars.plugins import get_vars_from_inventory_sources
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit, is_deferred, read_address

ADDRESS_VARIABLES = ("holdfast_address", "ansible_host")
PLAIN = re.compile(r"\w[\w-]*")
ADDRESS_WAY_OUT = "set `holdfast_address` for it to its address in the storage network"


class Inventory:
    """Reads hosts and their variables, wherever the user wrote them; changes nothing."""

    def __init__(self, data: InventoryData, loader: DataLoader, path: str, extra: dict[str, Any]) -> None:
        self._data = data
        self._loader = loader
        self._extra = extra
        # Each directory once: every file of an inventory directory is a source of its own.
        # Sources that are no files, such as hosts named on the command line, stand there as None.
        sources = [source for source in (*data.processed_sources, path) if source and os.path.exists(source)]
        # A playbook's directory is known to Ansible by the collections in it.
        sources += AnsibleCollectionConfig.playbook_paths
        self._sources = [os.path.join(name, "") for name in dict.fromkeys(map(os.path.dirname, sources))]
        self._manager = InventoryManager(loader=loader, sources=None, parse=False)
        # The only evaluator of host patterns that Ansible has reads the data of its manager.
        self._manager._inventory = data
        # It compares a name with those of all groups, for every pattern anew; where each app has a group of its own,
        # that is once for every pair of apps. Of what stands in its cache it knows the answer.
        self._manager._pattern_cache = {
            name: group.get_hosts() for name, group in data.groups.items() if PLAIN.fullmatch(name)
        }
        self._read_group_files = functools.lru_cache(maxsize=None)(self._find_group_files)

    def find_hosts(self, pattern: str) -> list[str]:
        """Names of the hosts of a pattern, in inventory order; raises Unfit when it is none."""
        try:
            found = self._manager.get_hosts(pattern)
        except (AnsibleError, re.error, ValueError) as error:
            raise Unfit(
                f'"{pattern}" is no host pattern ({error})', "see Ansible's documentation of patterns"
            ) from error
        return [host.name for host in found if host.name in self._data.hosts]

    def find_address(self, name: str) -> str:
        """The storage address of a host, templates resolved; raises Unfit."""
        variables = self._find_variables(self._data.hosts[name])
        source = next((key for key in ADDRESS_VARIABLES if variables.get(key)), "")
        value = variables[source] if source else name
        what = f"`{source}` of {name}" if source else f"the name {name}, taken for its storage address,"
        if is_deferred(value):
            try:
                value = Templar(loader=self._loader, variables=variables).template(value)
            except AnsibleError as error:
                raise Unfit(f"{what} cannot be templated before facts are known ({error})", ADDRESS_WAY_OUT) from error
        try:
            return read_address(value)
        except Unfit as error:
            raise Unfit(f"{what} is no address: {error}", ADDRESS_WAY_OUT) from error

    def _find_variables(self, host: Host) -> dict[str, Any]:
        """The variables of a host in Ansible's order: of groups, of their files, its own, of its files, -e."""
        groups = sort_groups(host.get_groups())
        layers = [group.get_vars() for group in groups]
        layers += [self._read_group_files(group) for group in groups]
        layers += [
            host.get_vars(),
            get_vars_from_inventory_sources(self._loader, self._sources, [host], "all"),
            self._extra,
        ]
        return functools.reduce(combine_vars, layers, {})

    def _find_group_files(self, group: Group) -> dict[str, Any]:
        return dict(get_vars_from_inventory_sources(self._loader, self._sources, [group], "all"))
