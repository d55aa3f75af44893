# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Inventory plugin: thin; everything it decides is in plugins/module_utils/catalogue_*.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: catalogue
short_description: Plans every host of a fleet from one catalogue of volumes
version_added: "1.0.0"
author: holdfast.volumes contributors (@holdfast)
description:
  - Reads a catalogue of stores, volumes and apps, and sets for every host of the inventory the variables that the
    roles of this collection take, so that C(ansible-inventory --host NAME) prints what the host will get before
    anything runs.
  - An export names only the hosts that bind its volume, a mount exists only where a binding needs it, and both are
    read only where nothing there writes.
  - All errors of all files are reported at once, each with its file, its key and the way out. After an error every
    planned variable is undefined on purpose, so that no role takes a broken catalogue for an empty one.
  - Values that are templates or encrypted by Ansible Vault pass through untouched where the plan does not need them.
  - The name of the file ends in C(.holdfast.yml) or C(.holdfast.yaml) and sorts after the files that declare the
    hosts, as Ansible reads an inventory directory in alphabetical order.
options:
  plugin:
    description: Token that marks a file as a catalogue.
    type: str
    required: true
    choices: [holdfast.volumes.catalogue]
  include:
    description: Further files of the catalogue, relative to this one; keep them outside the inventory directory.
    type: list
    elements: str
    default: []
  stores:
    description:
      - Where bytes live, by name. C(type) is V(nfs_server) (C(host), C(path), C(address), C(version)), V(nfs)
        (C(address), C(path), C(version), C(options)), V(efs) (C(file_system_id), C(region), C(dns_name), C(address),
        C(access_point), C(path), C(tls), C(iam), C(options)) or V(directory) (C(path)).
    type: dict
    default: {}
  volumes:
    description:
      - Directories of a store, by name. Keys are C(store), C(path), C(owner), C(group), C(mode), C(size),
        C(single_writer), C(squash), C(options), C(level) and C(exec).
    type: dict
    default: {}
  apps:
    description:
      - Containers, by name. Keys are C(engine) (V(podman), V(docker), V(nspawn), or an orchestrator, V(swarm),
        V(kubernetes), V(nomad), V(marathon)), C(image), C(hosts), C(volumes),
        C(environment), C(ports), C(user), C(command), C(capabilities), C(read_only), C(tmpfs), C(start),
        C(instances), C(health), C(resources), C(replicas) and C(update).
    type: dict
    default: {}
  resources:
    description:
      - Databases, buckets and other addresses that apps bind, by name. C(type) is V(mysql), V(postgresql) (C(host),
        C(port), C(database), C(user), C(password)), V(couchdb) (C(url), C(database), C(user), C(password)), V(s3)
        (C(url), C(bucket), C(region), C(access_key), C(secret_key)) or V(url) (C(url), C(user), C(password),
        C(token)); instead of C(host) or C(url) an C(app) of the catalogue with its C(port).
    type: dict
    default: {}
  orchestrators:
    description: Clusters that the collection forms, by name. C(swarm) has C(managers), a pattern of hosts or a list.
    type: dict
    default: {}
notes:
  - Every key is described in C(docs/catalogue.md) of the collection.
  - A host's storage address is its variable C(holdfast_address), else C(ansible_host), else its name.
  - The extra variable C(holdfast_placement), a dictionary of app and host or pattern, overrides the C(hosts) of apps.
"""

EXAMPLES = r"""
# inventory/volumes.holdfast.yml, beside inventory/hosts.yml
plugin: holdfast.volumes.catalogue

stores:
  main: {type: nfs_server, host: nfs1, path: /srv/volumes}

volumes:
  site: {store: main, owner: 1000, group: 1000, mode: "0750", size: 20G}
  rows: {store: main, owner: 70, group: 70, mode: "0700", single_writer: true}

apps:
  web:
    engine: podman
    image: docker.io/library/nginx:1.27
    hosts: web_hosts
    user: "1000:1000"
    ports: ["8080:8080"]
    volumes: ["site:/srv/www:ro"]
  db:
    engine: docker
    image: docker.io/library/postgres:17
    hosts: db1
    user: "70:70"
    environment:
      POSTGRES_PASSWORD: "{{ vault_postgres_password }}"
    volumes:
      - {volume: rows, target: /var/lib/postgresql/data}
  shop:
    engine: podman
    image: registry.example.com/shop:1
    hosts: web_hosts
    user: "1000:1000"
    resources: [orders]
  report:
    engine: docker
    image: registry.example.com/goaccess:1
    hosts: db1
    start: on_demand
    volumes:
      - {volume: site, target: /srv/www, read_only: true, attach: engine}

resources:
  orders:
    type: postgresql
    host: pg.example.com
    database: orders
    user: shop
    password: "{{ vault_shop_password }}"
"""

import contextlib
import functools
import gc
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.plugins.loader import test_loader
from ansible_collections.holdfast.volumes.plugins.filter import (
    access,
    adopt,
    audit,
    certificate,
    compiled,
    containers,
    efs,
    lockdown,
    nfs,
    proof,
    pull,
    roles,
    selinux,
    swarm,
    transport,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_engines import check_engines
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import read_files
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import plan_levels
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Catalogue, Fleet, Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_orchestrators import find_members
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import (
    VARIABLES,
    plan_hosts,
    render_catalogue,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_read import read_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_validate import (
    check_fleet,
    check_references,
    find_clients,
    find_managers,
    find_placement,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit
from ansible_collections.holdfast.volumes.plugins.module_utils.resource_plan import check_resources, find_resource_hosts
from ansible_collections.holdfast.volumes.plugins.plugin_utils.catalogue_inventory import Inventory
from ansible_collections.holdfast.volumes.plugins.plugin_utils.catalogue_yaml import load_file, trust_as_template

SUFFIXES = (".holdfast.yml", ".holdfast.yaml")
# Ansible forks a process from this one for each task on each host. One that needs a filter would load all of them
# again, from source; what is loaded here is there already.
FILTERS = (
    access,
    adopt,
    audit,
    certificate,
    compiled,
    containers,
    efs,
    lockdown,
    nfs,
    proof,
    pull,
    roles,
    selinux,
    swarm,
    transport,
)


@contextlib.contextmanager
def _uncollected():
    """Keep the collector of cyclic garbage from walking what is made here, which has no cycles, over and over.

    Nor later, while Ansible goes on and forks a worker for every task:
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


class InventoryModule(BaseInventoryPlugin):
    """Reads the catalogue, asks the inventory for hosts and addresses, and sets the plan."""

    NAME = "holdfast.volumes.catalogue"

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith(SUFFIXES)

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        with _uncollected():
            self._plan(inventory, loader, path)
            # All of Ansible's own tests of Jinja are loaded when the first is looked up: here, not in every worker.
            test_loader.get("version")

    def _plan(self, inventory, loader, path):
        problems = Problems()
        self._check_alone(path, problems)
        catalogue = read_catalogue(read_files(path, functools.partial(load_file, loader), problems), problems)
        levels = plan_levels(catalogue.volumes.values())
        fleet = self._find_fleet(catalogue, Place(path), problems)
        check_references(catalogue, inventory.hosts, problems)
        check_engines(catalogue, problems)
        check_fleet(catalogue, fleet, levels, problems)
        check_resources(catalogue, fleet, problems)
        if problems.found:
            self._refuse(path, problems)
        # Set on the hosts themselves: the inventory's own set_variable walks and copies every value, which costs
        # twenty times the plan. Templates were marked as trusted when they were read.
        for name, plan in plan_hosts(catalogue, fleet, levels, inventory.hosts).items():
            for variable, value in plan.items():
                inventory.hosts[name].set_variable(variable, value)
        everyone = inventory.groups["all"]
        everyone.set_variable("holdfast_catalogue", render_catalogue(catalogue, fleet, levels))
        everyone.set_variable("holdfast_catalogue_file", path)

    def _check_alone(self, path: str, problems: Problems) -> None:
        known = self.inventory.groups["all"].vars
        if known.get("holdfast_catalogue_refused") == path:
            raise AnsibleParserError(f"the catalogue {path} was refused already; its errors are above")
        if known.get("holdfast_catalogue_file", path) != path:
            problems.add(
                Place(path),
                f"this inventory has a catalogue already, {known['holdfast_catalogue_file']}",
                "keep one of them in the inventory and name the other under its `include`",
            )

    def _find_fleet(self, catalogue: Catalogue, place: Place, problems: Problems) -> Fleet:
        if not self.inventory.hosts:
            problems.add(
                place,
                "the inventory has no hosts yet",
                "Ansible reads a directory in alphabetical order, and -i options from left to right; let the hosts "
                "come first, such as hosts.yml before volumes.holdfast.yml",
            )
            return Fleet({}, {})
        hosts = Inventory(self.inventory, self.loader, place.file, self._vars)
        placement = find_placement(catalogue, hosts.find_hosts, self._vars.get("holdfast_placement") or {}, problems)
        managers = find_managers(catalogue, hosts.find_hosts, problems)
        asked = [
            (name, catalogue.stores[store].place)
            for store, clients in find_clients(catalogue, placement).items()
            for name in (catalogue.stores[store].host, *clients)
        ]
        asked += [(name, place.at("resources")) for name in find_resource_hosts(catalogue, placement)]
        asked += [
            (name, orchestrator.place)
            for orchestrator in catalogue.orchestrators.values()
            for name in find_members(catalogue, Fleet(placement, {}, managers), orchestrator.name)
        ]
        addresses: dict[str, Any] = {}
        for name, asker in asked:
            if name in addresses or name not in self.inventory.hosts:
                continue
            try:
                addresses[name] = hosts.find_address(name)
            except Unfit as error:
                addresses[name] = ""
                problems.note(error.findings, asker)
        return Fleet(placement, addresses, managers)

    def _refuse(self, path: str, problems: Problems) -> None:
        """Leave no variable that a role could take for an empty plan, and say everything that is wrong."""
        hint = f"the catalogue {path} was refused; `ansible-inventory --list` says why".replace("'", "")
        for host in self.inventory.hosts:
            for name in VARIABLES:
                self.inventory.set_variable(host, name, trust_as_template(f"{{{{ undef(hint='{hint}') }}}}"))
        self.inventory.set_variable("all", "holdfast_catalogue_refused", path)
        # Ansible repeats what an inventory plugin raises, so the list is shown once here and counted there.
        lines = "\n".join(f"- {problem}" for problem in problems.found)
        self.display.error(f"The catalogue has errors; no host was touched.\n{lines}", wrap_text=False)
        raise AnsibleParserError(f"the catalogue {path} was refused for {len(problems.found)} error(s), listed above")
