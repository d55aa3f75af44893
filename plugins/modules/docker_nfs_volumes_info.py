#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_nfs_volumes_info
short_description: Tell which NFS volumes of the collection Docker has
version_added: "1.0.0"
description:
  - Lists the volumes that M(holdfast.volumes.docker_nfs_volumes) made, with their options and the containers that have
    them, running or stopped. Nothing is mounted for it, and no server is asked.
  - Asks Docker twice, however many volumes there are.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
  - holdfast.volumes.docker
requirements:
  - Docker SDK for Python (Debian and Ubuntu, C(python3-docker)); not needed where there is no Docker
seealso:
  - module: holdfast.volumes.docker_nfs_volumes
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: See which containers have which volume
  holdfast.volumes.docker_nfs_volumes_info:
  register: found

- name: Ensure no volume is without a user
  ansible.builtin.assert:
    that: found.volumes | rejectattr('users') | length == 0
"""

RETURN = r"""
volumes:
  description: One item for each volume, sorted by name; empty where there is no Docker.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: What Docker calls it.
      type: str
      sample: holdfast-site.ro
    volume:
      description: Name of the volume in the catalogue, from its label.
      type: str
      sample: site
    source:
      description: The C(server:/path) that it mounts.
      type: str
      sample: 10.77.0.11:/srv/volumes/site
    driver_options:
      description: The options as Docker has them.
      type: dict
      sample: {type: nfs, device: ":/srv/volumes/site", o: "addr=10.77.0.11,nfsvers=4.2,hard,ro"}
    users:
      description: Containers that have it; C(app) is empty for those that are not the collection's.
      type: list
      elements: dict
      sample: [{name: holdfast-web, state: running, app: web}]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_state import ARGUMENTS, find_engine, read
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_volumes import report
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System


def run(system: System, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Every volume of the collection with its users."""
    found = read(find_engine(system, params["docker_host"], params["timeout"]))
    return [report(name, found[name]) for name in sorted(found)]


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, volumes=run(System(), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
