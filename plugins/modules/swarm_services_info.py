#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_services_info
short_description: Tell what the collection has in a Docker swarm, and where it runs
version_added: "1.0.0"
description:
  - Lists the nodes of the swarm, the services that M(holdfast.volumes.swarm_services) made with their containers, and
    the names of their secrets. Of the environment of a service nothing is told.
  - A host that manages no swarm knows of none.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
  - holdfast.volumes.docker
requirements:
  - Docker SDK for Python (Debian and Ubuntu, C(python3-docker)); not needed where there is no Docker
seealso:
  - module: holdfast.volumes.swarm_services
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: See what runs where
  holdfast.volumes.swarm_services_info:
  register: swarm

- name: Ensure every service has all of its containers
  ansible.builtin.assert:
    that: swarm.services | map(attribute='running') == swarm.services | map(attribute='replicas')
"""

RETURN = r"""
nodes:
  description: One item for each node, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: What it calls itself., type: str, sample: app1}
    id: {description: What the swarm calls it., type: str}
    address: {description: Where the others know it., type: str, sample: 10.77.0.21}
    state: {description: 'V(ready), V(down) or another state.', type: str, sample: ready}
    role: {description: V(manager) or V(worker)., type: str, sample: worker}
    availability: {description: 'V(active), V(drain) or V(pause).', type: str, sample: active}
    labels: {description: All its labels., type: dict, sample: {io.holdfast.volume.site: "true"}}
services:
  description: One item for each service of the collection, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: What the swarm calls it., type: str, sample: holdfast-pages}
    app: {description: What the catalogue calls it., type: str, sample: pages}
    image: {description: Its image., type: str, sample: "registry.example.com/nginx:1"}
    level: {description: SELinux level of its containers., type: str, sample: "s0:c12,c500"}
    replicas: {description: How many containers it shall have., type: int, sample: 2}
    running: {description: 'How many run, healthy where the service says how to tell.', type: int, sample: 2}
    nodes: {description: Names of the nodes that they run on., type: list, elements: str, sample: [app1, app2]}
    update: {description: 'State of its last update, V("") where there was none.', type: str, sample: completed}
    tasks:
      description: Its containers, former ones too as long as the swarm remembers them.
      type: list
      elements: dict
      contains:
        id: {description: What the swarm calls it., type: str}
        node: {description: Name of its node., type: str, sample: app1}
        state: {description: What it is., type: str, sample: running}
        desired: {description: What it shall be., type: str, sample: running}
        error: {description: What its node says is wrong., type: str}
        container: {description: What Docker calls it on its node., type: str}
secrets:
  description: Names of the secrets of the collection.
  returned: success
  type: list
  elements: str
  sample: [holdfast-shop.orders-password.1]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_state import ARGUMENTS
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_apply import read
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_engine import find_manager
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import Found, report


def run(system: System, params: dict[str, Any]) -> dict[str, Any]:
    """Nodes, services and names of secrets."""
    engine = find_manager(system, params["docker_host"], params["timeout"])
    return report(read(engine) if engine else Found())


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **run(System(), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
