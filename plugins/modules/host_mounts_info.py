#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_mounts_info
short_description: Say how the mounts of the collection are, and who uses them
version_added: "1.0.0"
description:
  - Describes every mount that has a unit of the collection, against what that unit says.
  - Never hangs. A mount whose server does not answer is C(unreachable) after the time limit.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options:
  timeout:
    description: Seconds after which a mount that does not answer is unreachable; all are asked at once.
    type: int
    default: 10
seealso:
  - module: holdfast.volumes.host_mounts
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Learn how the mounts are
  holdfast.volumes.host_mounts_info:
  register: found

- name: Ensure every mount is there
  ansible.builtin.assert:
    that: found.mounts | rejectattr('state', 'equalto', 'mounted') | list == []
"""

RETURN = r"""
mounts:
  description: Every mount that has a unit of the collection.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Last part of the path.
      type: str
    path:
      description: The mount point.
      type: str
    unit:
      description: Name of the systemd unit.
      type: str
    state:
      description: As of M(holdfast.volumes.host_mounts), against what the unit says.
      type: str
    reason:
      description: What is wrong, "" when nothing is.
      type: str
    active:
      description: What systemd says of the unit; C(activating) is waiting for the server.
      type: str
    enabled:
      description: Whether it is mounted at boot.
      type: bool
    guarded:
      description: Whether the bare mount point is closed and, where its file system can, immutable.
      type: bool
    source:
      description: The live source as of M(holdfast.volumes.host_mounts), "" when nothing is mounted.
      type: str
    fstype:
      description: The live file system type.
      type: str
    options:
      description: The live options, negotiated ones included, by name; spellings of one thing come out the same.
      type: dict
    identity:
      description: The identity of the volume, V(none) when it has none or nobody can tell.
      type: str
    holders:
      description: Who uses the mount, one line for a unit; C(pid) 0 is a unit that is only bound to it.
      type: list
      elements: dict
shadowed:
  description: Names of the first files found under each mount point that has any.
  returned: success
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_plan, mount_units, nfs_mount_options
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Desired, Found, Wanted
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_state import (
    read_holders,
    read_mounts,
    read_units,
)

ARGUMENTS = {"timeout": {"type": "int", "default": 10}}


def read(system: System, timeout: float) -> dict[str, Any]:
    """What the host has, judged by its own units."""
    units = {path: mount_units.parse(text) for path, text in read_units(system).items()}
    wanted = {path: Wanted(path.rpartition("/")[2], unit) for path, unit in units.items()}
    current = read_mounts(system, Desired("/", wanted), timeout)
    holders = read_holders(system, [found.live for found in current.found.values() if found.live], timeout)
    mounts = [_describe(found, wanted[path], current.selinux, holders) for path, found in current.found.items()]
    return {"mounts": mounts, "shadowed": mount_plan.find_shadowed(current)}


def _describe(found: Found, wanted: Wanted, selinux: bool, holders: Any) -> dict[str, Any]:
    verdict = mount_plan.judge(found, wanted, selinux)
    live = found.live
    return {
        "name": wanted.name,
        "path": found.path,
        "unit": mount_units.find_name(found.path),
        "state": verdict.state,
        "reason": verdict.error or verdict.reason,
        "active": found.active,
        "enabled": found.enabled,
        "guarded": bool(found.bare) and found.bare["guarded"] is not False,
        "source": found.source,
        "fstype": live.fstype if live else "",
        "options": nfs_mount_options.read_live(live) if live else {},
        "identity": found.answer.get("identity") or None,
        "holders": [
            {key: value for key, value in holder.items() if key != "path"}
            for holder in holders
            if holder["path"] == found.path
        ],
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = read(System(), module.params["timeout"])
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
