#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_access_points
short_description: Have access points on a file system of Amazon EFS
version_added: "1.0.0"
description:
  - Creates the access points that a file system does not have yet, each known by its tag C(Name).
  - An access point is a directory that AWS makes, with an owner and a mode, when it is first mounted. So a volume gets
    a directory of its own although nobody can log in to its server.
  - AWS cannot change an access point. One that is there under a wanted name with another path, owner, mode or squash is
    refused by name, before anything is created.
  - Nothing is ever deleted. Access points that are not named are left alone.
  - Runs where the API can be reached, usually on the controller.
extends_documentation_fragment:
  - holdfast.volumes.attributes
  - holdfast.volumes.aws
options:
  file_system_id:
    description: The file system.
    type: str
    required: true
  access_points:
    description: The access points that it shall have.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Its tag C(Name), of a-z, 0-9, _ and -.
        type: str
        required: true
      path:
        description:
          - Its directory in the file system, at most four levels deep.
          - The default is C(/) and the name.
        type: str
        default: ""
      owner:
        description: Numeric owner of the directory.
        type: int
        required: true
      group:
        description: Numeric group of the directory; the default is the owner.
        type: int
      mode:
        description: Permission bits of the directory, as V("0750").
        type: str
        default: "0750"
      squash:
        description: With V(all) every client is the owner and group; with V(none) ids are as they are.
        type: str
        choices: [all, none]
        default: all
  wait_timeout:
    description: Seconds to wait until those that were created can be mounted.
    type: int
    default: 120
seealso:
  - module: holdfast.volumes.efs_access_points_info
  - module: community.aws.efs
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure the volume has a directory of its own
  holdfast.volumes.efs_access_points:
    file_system_id: fs-0123456789abcdef0
    region: eu-west-1
    access_points:
      - {name: site, owner: 1000, mode: "0750"}
"""

RETURN = r"""
diff:
  description: The wanted access points by name, before and after.
  returned: success
  type: dict
steps:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: [create site]
file_system_id:
  description: The file system.
  returned: success
  type: str
access_points:
  description: The wanted access points; C(access_point_id) is empty for one that check mode did not create.
  returned: success
  type: list
  elements: dict
  sample:
    - access_point_id: fsap-0123456789abcdef0
      group: 1000
      mode: "0750"
      name: site
      owner: 1000
      path: /site
      squash: all
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import efs_client, efs_points
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_client import Efs
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_points import AccessPoint
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

ARGUMENTS: dict[str, Any] = {
    "file_system_id": {"type": "str", "required": True},
    "access_points": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "path": {"type": "str", "default": ""},
            "owner": {"type": "int", "required": True},
            "group": {"type": "int"},
            "mode": {"type": "str", "default": "0750"},
            "squash": {"type": "str", "choices": ["all", "none"], "default": "all"},
        },
    },
    "wait_timeout": {"type": "int", "default": 120},
    **efs_client.ARGUMENTS,
}


def desired(params: dict[str, Any]) -> list[AccessPoint]:
    """The wanted access points; HostError names everything that is wrong with them."""
    return efs_points.parse_items(params["access_points"])


def read(efs: Efs, params: dict[str, Any]) -> list[AccessPoint]:
    """Those that are there."""
    return efs_points.parse_answer(efs.read_access_points(params["file_system_id"]))


def apply(efs: Efs, change: Change, name: str, timeout: float) -> None:
    """Create what is missing, and wait for all that is being created, by this run or by one that was killed."""
    for step in change.steps:
        efs.create_access_point(efs_points.render_request(name, step.args["point"]))
    if not efs.wait(name, timeout):
        raise HostError(f"access points of {name} are not available within {timeout:g} s; run again to wait on")


def run(efs: Efs, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless check mode, look again."""
    wanted, name = desired(params), params["file_system_id"]
    change = efs_points.plan(read(efs, params), wanted)
    if not check_mode:
        apply(efs, change, name, params["wait_timeout"])
    points = [efs_points.render_item(point) for point in efs_points.find_wanted(read(efs, params), wanted)]
    return {**change.result(), "file_system_id": name, "access_points": points}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(efs_client.connect(module.params), module.params, module.check_mode))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
