#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_access_points_info
short_description: Read the access points of a file system of Amazon EFS
version_added: "1.0.0"
description:
  - Describes every access point of a file system, whoever made it.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
  - holdfast.volumes.aws
options:
  file_system_id:
    description: The file system.
    type: str
    required: true
seealso:
  - module: holdfast.volumes.efs_access_points
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Look at the access points
  holdfast.volumes.efs_access_points_info:
    file_system_id: fs-0123456789abcdef0
    region: eu-west-1
  register: found
"""

RETURN = r"""
access_points:
  description:
    - Every access point, in the shape that M(holdfast.volumes.efs_access_points) takes, with its id.
    - What somebody else's leaves open is null or empty.
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
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_client import Efs
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

ARGUMENTS: dict[str, Any] = {"file_system_id": {"type": "str", "required": True}, **efs_client.ARGUMENTS}


def run(efs: Efs, params: dict[str, Any]) -> dict[str, Any]:
    """What is there."""
    found = efs_points.parse_answer(efs.read_access_points(params["file_system_id"]))
    return {"changed": False, "access_points": [efs_points.render_item(point) for point in found]}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(efs_client.connect(module.params), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
