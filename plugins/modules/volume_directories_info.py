#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_directories_info
short_description: Read owner, mode and identity of volume directories
version_added: "1.0.0"
description:
  - Reads what M(holdfast.volumes.volume_directories) sets, of any directories on local file systems.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options:
  paths:
    description: The directories to look at, absolute.
    type: list
    elements: path
    required: true
seealso:
  - module: holdfast.volumes.volume_directories
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Look at a volume's directory
  holdfast.volumes.volume_directories_info:
    paths: [/srv/volumes/content]
  register: found

- name: Ensure it is there and has an identity
  ansible.builtin.assert:
    that:
      - found.directories[0].kind == 'directory'
      - found.directories[0].identity != ''
"""

RETURN = r"""
directories:
  description: Each path in the order it was asked for.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path that was asked for.
      type: str
      sample: /srv/volumes/content
    kind:
      description: What is there; symbolic links are not followed.
      type: str
      choices: [directory, file, link, other, absent]
    owner:
      description: Numeric user id, where something is there.
      type: int
      sample: 1000
    group:
      description: Numeric group id, where something is there.
      type: int
      sample: 1000
    mode:
      description: Permissions in octal, where something is there.
      type: str
      sample: "0750"
    identity:
      description: The volume whose data this is; empty when it has no mark.
      type: str
      sample: 3b241101-e2bb-5255-8caf-4136c566a962
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import read, render
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

ARGUMENTS = {"paths": {"type": "list", "elements": "path", "required": True}}


def run(system: System, params: dict[str, Any]) -> dict[str, Any]:
    """Look at every path."""
    found = read(system, params["paths"])
    directories = [{"path": path, **(render(found[path]) or {"kind": "absent"})} for path in params["paths"]]
    return {"changed": False, "directories": directories}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
