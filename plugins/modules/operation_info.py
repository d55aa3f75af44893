#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: operation_info
short_description: Tell which apps of a host can be operated on demand, and whether an operation is under way
version_added: "1.0.0"
author:
  - holdfast.volumes contributors (@holdfast)
description:
  - Lists the units of the collection with C(start=on_demand) and what systemd says of them. No engine is asked.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options: {}
seealso:
  - module: holdfast.volumes.operation
"""

EXAMPLES = r"""
- name: See what is under way
  holdfast.volumes.operation_info:
  register: found

- name: Ensure nothing is
  ansible.builtin.assert:
    that: found.operations | selectattr('under_way') | length == 0
"""

RETURN = r"""
operations:
  description: One item for each app that is started on demand, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    app: {description: Name of the app., type: str, returned: always, sample: web_ops}
    engine: {description: What runs it., type: str, returned: always, sample: podman}
    service: {description: Its systemd service., type: str, returned: always, sample: holdfast-web_ops.service}
    active_state: {description: What systemd says of it., type: str, returned: always, sample: inactive}
    under_way: {description: Whether it is not at rest., type: bool, returned: always, sample: false}
    since: {description: When that began., type: str, returned: always, sample: "Mon 2026-01-05 12:00:00 UTC"}
    max_run_time: {description: When systemd ends it on its own., type: str, returned: always, sample: 15m}
    result:
      description: How it ended the last time; V(timeout) is by its C(max_run_time).
      type: str
      returned: always
      sample: success
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import operation_runtime
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import AT_REST

KEYS = ("app", "engine", "service", "active_state", "since", "max_run_time", "result")


def run(system: System) -> list[dict[str, Any]]:
    """Every unit that is started on demand."""
    units = [unit for unit in operation_runtime.read(system).values() if unit.on_demand]
    return [
        {**{key: getattr(unit, key) for key in KEYS}, "under_way": unit.active_state not in AT_REST} for unit in units
    ]


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        operations = run(System())
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, operations=operations)


if __name__ == "__main__":
    main()
