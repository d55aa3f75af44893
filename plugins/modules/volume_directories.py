#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_directories
short_description: Own the directories that volumes live in
version_added: "1.0.0"
description:
  - Creates the directory of each volume, gives it its numeric owner, group and mode, and marks it with the volume's
    identity in the extended attribute C(user.holdfast.identity).
  - Owner and mode of an existing directory are corrected on that one directory. Nothing below it is ever looked at or
    changed, and nothing is ever removed.
  - An existing directory without an identity is adopted, with all that is in it. A directory with another identity
    holds another volume's data and is refused.
  - Everything is judged before the first directory is changed, and all refusals are said at once.
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  directories:
    description: The volumes, in one call. A volume that is no longer named keeps its directory.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The volume, as it is called in messages.
        type: str
        required: true
      path:
        description:
          - The directory, on a local file system; absolute, without C(..), and none of the operating system's own.
          - Missing parents are created for root with mode C(0755). The path itself may not be a symbolic link.
        type: path
        required: true
      owner:
        description: Numeric user id.
        type: int
        required: true
      group:
        description: Numeric group id.
        type: int
        required: true
      mode:
        description: Permissions in octal, quoted.
        type: str
        default: "0750"
      identity:
        description:
          - What tells this volume's data from any other's; never changed once it is set.
          - Without it no identity is set, and none is asked for.
        type: str
        default: ""
seealso:
  - module: holdfast.volumes.volume_directories_info
  - module: holdfast.volumes.nfs_exports
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure the volume has its directory
  holdfast.volumes.volume_directories:
    directories:
      - name: content
        path: /srv/volumes/content
        owner: 1000
        group: 1000
        mode: "0750"
        identity: 3b241101-e2bb-5255-8caf-4136c566a962
"""

RETURN = r"""
diff:
  description: What each path was and what it is, by path.
  returned: success
  type: dict
  sample:
    before: {/srv/volumes/content: null}
    after:
      /srv/volumes/content:
        kind: directory
        owner: 1000
        group: 1000
        mode: "0750"
        identity: 3b241101-e2bb-5255-8caf-4136c566a962
steps:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["create /srv/volumes/content", "own /srv/volumes/content", "permit /srv/volumes/content"]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import ARGUMENTS, apply, desired, plan, read
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless checking."""
    wanted = desired(params)
    change = plan(read(system, [directory.path for directory in wanted]), wanted)
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
