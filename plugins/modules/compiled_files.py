#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compiled_files
short_description: Own the files that a catalogue was compiled to
version_added: "1.0.0"
description:
  - Writes a whole set of files into a directory in one call, as P(holdfast.volumes.compile_all#filter) gives it.
  - A file that an earlier run wrote there and that is wanted no longer is removed, with directories that are empty
    then. C(.holdfast-compiled.json) in the directory names the files of the set.
  - A file that is there, other than wanted, and not of the set is somebody else's. It is refused, and nothing is
    written.
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  path:
    description: The directory; it is made where it is missing.
    type: path
    required: true
  files:
    description: The text of each file by its path below O(path). They have the mode C(0644).
    type: dict
    required: true
  confidential:
    description: The same of files with confidential values. They have the mode C(0600), and no diff shows their text.
    type: dict
    default: {}
seealso:
  - module: holdfast.volumes.compiled_files_info
  - plugin: holdfast.volumes.compile_all
    plugin_type: filter
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure the manifests are as the catalogue says
  holdfast.volumes.compiled_files:
    path: ./compiled
    files: "{{ (hostvars | holdfast.volumes.compile_for('kubernetes', groups.all)).files }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
diff:
  description: What each file that changes was and what it is, by path; V(null) for none.
  returned: success
  type: dict
  sample: {before: {volumes.yaml: null}, after: {volumes.yaml: "---\n"}}
steps:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["write .holdfast-compiled.json", "write volumes.yaml"]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_tree import ARGUMENTS, apply, desired, plan, read
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless checking."""
    wanted = desired(params)
    change = plan(read(system, params["path"], wanted), wanted)
    if not check_mode:
        apply(system, params["path"], change)
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
