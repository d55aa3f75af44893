#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_lockdown
short_description: Close the ways to a host's data that do not lead through its containers
version_added: "1.0.0"
description:
  - Closes the directories above volumes to everybody but root, the sockets of container engines to everybody but root,
    and swap to containers.
  - Refuses, before anything changes, a host on which somebody has a way to the data that only a person can close. That
    are an account with a shell whose user id is that of data, a member of a group that reads disks or starts
    containers, a daemon of containers that anybody may call, and a container of other origin that is root of the host,
    in its name spaces, or has a volume. All refusals are said at once.
  - What was open before is kept in C(/etc/holdfast/host_lockdown.json), and given back when it is wanted no longer. A
    call without options gives all back.
  - No volume is touched, nor anything in one.
extends_documentation_fragment:
  - holdfast.volumes.attributes
  - holdfast.volumes.lockdown
options:
  parents:
    description: Directories that volumes lie in; each belongs to root alone then.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The directory; none of the operating system's own.
        type: path
        required: true
      served:
        description:
          - Whether volumes in it are exported. An NFS server leads clients of version 4 through such a directory as
            nobody, so it gets mode C(0710) and the group 65534; any other gets C(0700).
        type: bool
        default: false
  close_sockets:
    description:
      - Whether root alone may use the sockets of Docker and Podman, now and after every start.
      - Members of the group C(docker) are root of the host no longer then.
    type: bool
    default: false
  allow_swap:
    description: Whether the memory of containers of the collection, and of all of Docker's, may be written to swap.
    type: bool
    default: true
  servers:
    description:
      - Addresses of NFS servers that containers of the collection, and all of Docker's, may not talk to. A server knows
        its clients by their addresses, and what a container sends comes from that of its host.
    type: list
    elements: str
    default: []
seealso:
  - module: holdfast.volumes.host_lockdown_info
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure nobody gets at the data past the containers
  holdfast.volumes.host_lockdown:
    parents:
      - {path: /srv/volumes, served: true}
    close_sockets: true
    allow_swap: false
    servers: [10.77.0.11]
    owners: {1000: [volume site]}

- name: Ensure the host is as open as it was
  holdfast.volumes.host_lockdown:
"""

RETURN = r"""
diff:
  description: Drop-ins of systemd, and who may pass which path.
  returned: success
  type: dict
  sample:
    before: {files: {}, access: {/srv/volumes: 0755 0 0}}
    after: {files: {}, access: {/srv/volumes: 0710 0 65534}}
steps:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["record /etc/holdfast/host_lockdown.json", "close /srv/volumes"]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown import ARGUMENTS, desired, plan
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown_state import apply, read


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless checking."""
    wanted = desired(params)
    change = plan(read(system, wanted), wanted)
    if not check_mode:
        apply(system, change)
    return change.result()


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params, module.check_mode))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
