#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_access_info
short_description: Tell who gets at the volumes of a host past its containers
version_added: "1.0.0"
description:
  - Reads what the kernel really does, not what files say it should. SELinux, the sockets of container engines, and the
    addresses that the collection's table of nftables lets reach the NFS server.
extends_documentation_fragment:
  - holdfast.volumes.attributes
  - holdfast.volumes.attributes.info
seealso:
  - module: holdfast.volumes.nfs_exports_info
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ask who gets at the host
  holdfast.volumes.host_access_info:
  register: access

- name: Ensure no ordinary user may start containers
  ansible.builtin.assert:
    that: access.sockets | map(attribute='mode') | reject('match', '..[0-7]0$') | length == 0
"""

RETURN = r"""
selinux:
  description: What the running kernel does, V(enforcing), V(permissive) or V(disabled).
  returned: success
  type: str
  sample: enforcing
sockets:
  description: >-
    The sockets of Docker, Podman, containerd and CRI-O that are there. Who may write to one may start a container on
    any path of the host.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the socket.
      type: str
      sample: /run/docker.sock
    mode:
      description: Its permissions in octal.
      type: str
      sample: "0660"
    owner:
      description: Numeric user id.
      type: int
      sample: 0
    group:
      description: Numeric group id.
      type: int
      sample: 994
firewall:
  description: >-
    Addresses and networks that the table C(holdfast_nfs) lets reach the NFS server, as the kernel has it; null where
    that table is not loaded.
  returned: success
  type: list
  elements: str
  sample: [10.77.0.21, 10.77.0.22]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import access_state
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System


def run(system: System) -> dict[str, Any]:
    """What the kernel does."""
    return access_state.read(system)


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        result = run(System())
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
