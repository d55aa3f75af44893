#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compiled_files_info
short_description: Read which files a catalogue was compiled to
version_added: "1.0.0"
description:
  - Reads what M(holdfast.volumes.compiled_files) wrote into a directory. Files of anybody else are not told of.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options:
  path:
    description: The directory.
    type: path
    required: true
seealso:
  - module: holdfast.volumes.compiled_files
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Look what is there
  holdfast.volumes.compiled_files_info:
    path: ./compiled
  register: found
"""

RETURN = r"""
files:
  description: The files of the set that are there, by path.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where it is below the directory.
      type: str
      sample: kubernetes/volumes.yaml
    mode:
      description: Permissions in octal.
      type: str
      sample: "0644"
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_tree import read
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

ARGUMENTS = {"path": {"type": "path", "required": True}}


def run(system: System, params: dict[str, Any]) -> dict[str, Any]:
    """Look at every file of the set."""
    found = read(system, params["path"], []).files
    files = [{"path": path, "mode": f"{one.mode:04o}"} for path, one in found.items()]
    return {"changed": False, "files": files}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
