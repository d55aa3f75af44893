#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: operation
short_description: Bring an app up on demand, run a command in it, fetch what it made, and put it away
version_added: "1.0.0"
author:
  - holdfast.volumes contributors (@holdfast)
description:
  - Does a whole operation in one call on the host, so that the app is put away there when the command fails, when this
    module is told to end, and when the controller is lost meanwhile. When the module itself is killed, systemd ends the
    app after its C(max_run_time).
  - The app is a unit that M(holdfast.volumes.container_units) installed with C(start=on_demand). One that starts at
    boot is refused, and so is one that runs already, since somebody else's operation is under way then.
  - The command runs by the C(exec) of Docker or Podman. systemd-nspawn has none; there a child enters the namespaces of
    the container and takes the ids, label and environment of its first process, without new privileges, and without
    the filter of system calls that nspawn gives that process.
  - Files are read in the container as its first process would read them, so a link leads no further than the container,
    and written below O(dest) on the controller. They are never kept on a volume or on the host.
  - The result holds no content of files.
requirements:
  - root on the host
  - an app whose first process keeps running until it gets SIGTERM
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  app:
    description: Name of the app.
    type: str
    required: true
  run:
    description: The command, a list of words or one line in shell quoting. No shell is involved.
    type: raw
    required: true
  fetch:
    description:
      - Absolute paths of regular files in the container. Each must be there when the command has ended.
      - They are kept under their last names, which must differ.
    type: list
    elements: str
    default: []
  dest:
    description:
      - Directory on the controller for the fetched files, made where it is missing; files of these names are replaced.
      - What the command wrote to its standard output is kept there as C(stdout.txt), unless it is empty.
    type: str
    required: true
  start_timeout:
    description: Seconds to wait until the container runs.
    type: int
    default: 120
  max_bytes:
    description: Size that no file may exceed. Of each output of the command 1 MiB is kept.
    type: int
    default: 16777216
seealso:
  - module: holdfast.volumes.operation_info
  - module: holdfast.volumes.container_units
"""

EXAMPLES = r"""
- name: Make a report about the access logs and fetch it
  holdfast.volumes.operation:
    app: web_ops
    run: [sh, /usr/local/bin/report, /var/log/nginx, /tmp/report.html]
    fetch: [/tmp/report.html]
    dest: "{{ playbook_dir }}/operations"

- name: Count lines, and keep only what the command says
  holdfast.volumes.operation:
    app: web_ops
    run: wc -l /var/log/nginx/access-web.log
    dest: "{{ playbook_dir }}/operations"
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, in order.
  returned: success
  type: list
  elements: str
  sample: [start holdfast-web_ops.service, run report /tmp/r.html, fetch /tmp/r.html, stop holdfast-web_ops.service]
rc:
  description: Exit status of the command; another than 0 is a failure.
  returned: success, not in check mode
  type: int
  sample: 0
stdout:
  description: What the command wrote to its standard output.
  returned: success, not in check mode
  type: str
stderr:
  description: What it wrote to its standard error.
  returned: success, not in check mode
  type: str
files:
  description: What is on the controller now.
  returned: success, not in check mode
  type: list
  elements: dict
  contains:
    path: {description: The path in the container, type: str, returned: always}
    dest: {description: The path on the controller, type: str, returned: always}
    size: {description: Bytes, type: int, returned: always}
    sha256: {description: Checksum of the content, type: str, returned: always}
read_as:
  description: The container and whom its first process acted as.
  returned: success, not in check mode
  type: dict
  sample:
    container_id: 3f2a9c
    image: goaccess:1
    uid: 1000
    gid: 1000
    label: system_u:system_r:container_t:s0:c1,c2
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import operation_runtime
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import parse_operation, plan

ARGUMENTS = {
    "app": {"type": "str", "required": True},
    "run": {"type": "raw", "required": True},
    "fetch": {"type": "list", "elements": "str", "default": []},
    "dest": {"type": "str", "required": True},
    "start_timeout": {"type": "int", "default": 120},
    "max_bytes": {"type": "int", "default": 16777216},
}


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, and operate unless checking."""
    operation = parse_operation(params["app"], params["run"], params["fetch"])
    units = operation_runtime.read(system)
    change = plan(units, operation)
    if check_mode:
        return change.result()
    lock = f"{operation_runtime.LOCKS}/operation-{operation.app}.lock"
    with system.hold(lock, f"{operation.app}: somebody else's operation is beginning; wait until it has ended"):
        limits = (params["start_timeout"], params["max_bytes"])
        return {**change.result(), **operation_runtime.operate(system, units[operation.app], operation, *limits)}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = run(System(), module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
