#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_lockdown_info
short_description: Tell which ways to a host's data do not lead through its containers
version_added: "1.0.0"
description:
  - Reads what M(holdfast.volumes.host_lockdown) closes, and tells what would keep it from doing so.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
  - holdfast.volumes.lockdown
options:
  parents:
    description: Directories that volumes lie in, as M(holdfast.volumes.host_lockdown) takes them.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The directory.
        type: path
        required: true
      served:
        description: Whether volumes in it are exported.
        type: bool
        default: false
  close_sockets:
    description: Whether sockets that others than root may use are told among the problems.
    type: bool
    default: true
  allow_swap:
    description: Taken for the sake of M(holdfast.volumes.host_lockdown), whose options may be given whole.
    type: bool
    default: true
  servers:
    description: As O(allow_swap).
    type: list
    elements: str
    default: []
seealso:
  - module: holdfast.volumes.host_lockdown
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Look who gets at the data past the containers
  holdfast.volumes.host_lockdown_info:
    owners: {1000: [volume site]}
  register: found

- name: Ensure that is nobody
  ansible.builtin.assert:
    that: found.problems == []
"""

RETURN = r"""
access:
  description: Mode, owner and group of sockets of engines and of O(parents) that are there.
  returned: success
  type: dict
  sample: {/run/docker.sock: 0660 0 994}
files:
  description: The drop-ins of systemd that are there, with their text.
  returned: success
  type: dict
  sample: {}
given_back:
  description: What the collection has closed, and how it was before.
  returned: success
  type: dict
  sample: {/srv/volumes: 0755 0 0}
problems:
  description: What only a person can close, a sentence each.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown import (
    ARGUMENTS,
    desired,
    find_problems,
    render_access,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown_state import read


def run(system: System, params: dict[str, Any]) -> dict[str, Any]:
    """Read, and judge."""
    wanted = desired(params)
    current = read(system, wanted)
    return {
        "changed": False,
        "access": render_access(current.access),
        "files": {path: text for path, text in current.files.items() if text is not None},
        "given_back": render_access(current.before or {}),
        "problems": find_problems(current, wanted),
    }


def main() -> None:
    """Answer Ansible."""
    arguments = {**ARGUMENTS, "close_sockets": {"type": "bool", "default": True}}
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
