#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nfs_exports_info
short_description: Read the exports of the collection and what the NFS server serves
version_added: "1.0.0"
description:
  - Reads the file that M(holdfast.volumes.nfs_exports) owns, and the table C(/var/lib/nfs/etab) that the server answers
    its clients from, and says what of the one is missing in the other.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
seealso:
  - module: holdfast.volumes.nfs_exports
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Look at the exports
  holdfast.volumes.nfs_exports_info:
  register: found

- name: Ensure everything that is exported is served
  ansible.builtin.assert:
    that: found.missing == []
"""

RETURN = r"""
exports:
  description: The exports of the collection, in the shape that M(holdfast.volumes.nfs_exports) takes.
  returned: success
  type: list
  elements: dict
  sample:
    - path: /srv/volumes/content
      clients: [{host: 10.77.0.21, options: [no_subtree_check, rw, sync]}]
loaded:
  description: All that the server serves, whoever wrote it down, with every option that it filled in; same shape.
  returned: success
  type: list
  elements: dict
  sample:
    - path: /srv/volumes/content
      clients: [{host: 10.77.0.21, options: [acl, hide, no_subtree_check, rw, secure, sync, wdelay]}]
missing:
  description: What of RV(exports) the server does not serve, or not with these options; same shape.
  returned: success
  type: list
  elements: dict
  sample: []
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.export_rules import render_items
from ansible_collections.holdfast.volumes.plugins.module_utils.export_state import (
    read_loaded,
    read_missing,
    read_ours,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System


def run(system: System) -> dict[str, Any]:
    """Read our file and the server's table."""
    ours = read_ours(system)
    return {
        "changed": False,
        "exports": render_items(ours),
        "loaded": render_items(read_loaded(system)),
        "missing": render_items(read_missing(system, ours)),
    }


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        module.exit_json(**run(System()))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
