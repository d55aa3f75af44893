#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: selinux_contexts
short_description: Own the SELinux contexts, booleans and policy modules that volumes need
version_added: "1.0.0"
description:
  - Takes the whole list of local file context rules, booleans and policy modules that the collection wants on a host
    and makes it so in one transaction of the policy store, however long the list is.
  - What is already there costs no transaction at all; the state is read from files.
  - Rules, booleans and modules that the collection wrote and that are no longer asked for are taken back. Those of
    anybody else are left alone; a local rule of somebody else's for the same target with another context is refused by
    name.
  - Existing files get their label only below the targets whose rule was written, or whose top directory carries
    another label, such as one that was created after the rule. Other file systems, network mounts first of all, are
    never entered.
  - A rule that is taken back leaves the labels of the data as they are.
  - What the collection wrote is recorded in C(/etc/holdfast/selinux.json), before and after, so that a run that was
    killed anywhere is completed by the next.
  - SELinux is never switched off or made permissive.
author: holdfast.volumes contributors (@holdfast)
extends_documentation_fragment:
  - holdfast.volumes.attributes
requirements:
  - On the host, only where something is to be written, C(python3-semanage) (Debian, Ubuntu) or C(python3-libsemanage)
    (Enterprise Linux) for the Python that Ansible uses there.
options:
  file_contexts:
    description: Every local file context rule that the collection wants on this host.
    type: list
    elements: dict
    default: []
    suboptions:
      target:
        description:
          - Regular expression for absolute paths.
          - It must begin with the literal path below which labels may be changed.
        type: str
        required: true
      type:
        description: SELinux type.
        type: str
        required: true
      level:
        description: Sensitivity and categories.
        type: str
        default: s0
      ftype:
        description: >-
          Kind of file - V(a) for any, V(f) regular file, V(d) directory, V(c) character device, V(b) block device,
          V(s) socket, V(l) symbolic link, V(p) named pipe.
        type: str
        choices: [a, f, d, c, b, s, l, p]
        default: a
  booleans:
    description:
      - Booleans that the collection wants, each with its value, now and after a reboot.
      - One that is no longer asked for gets the value back that it had before the collection set it.
    type: dict
    default: {}
  policy_modules:
    description: Policy modules that the collection wants.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the module. It must begin with C(holdfast), which is what marks it as the collection's.
        type: str
        required: true
      cil:
        description: The module's text in the Common Intermediate Language.
        type: str
        required: true
  timeout:
    description: How long relabelling one target may take, in seconds.
    type: float
    default: 900
seealso:
  - module: holdfast.volumes.selinux_contexts_info
"""

EXAMPLES = r"""
- name: Ensure a local volume is for the containers of one app only
  holdfast.volumes.selinux_contexts:
    file_contexts:
      - target: /srv/local/data(/.*)?
        type: container_file_t
        level: s0:c12,c500

- name: Ensure a policy module and a boolean are in force
  holdfast.volumes.selinux_contexts:
    booleans:
      container_use_nfs: true
    policy_modules:
      - name: holdfast_debian
        cil: "{{ lookup('ansible.builtin.file', 'holdfast_debian.cil') }}"

- name: Ensure nothing of the collection is left in the policy
  holdfast.volumes.selinux_contexts:
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode.
  returned: always
  type: list
  elements: str
  sample: ["write_rule /srv/local/data(/.*)?", "relabel /srv/local/data"]
relabelled:
  description: Paths below which labels were restored, or would be.
  returned: always
  type: list
  elements: str
  sample: [/srv/local/data]
mode:
  description: SELinux's mode - enforcing, permissive or disabled.
  returned: always
  type: str
  sample: enforcing
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import selinux_store as store
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_input import ARGUMENTS, desired
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_plan import (
    Current,
    Desired,
    find_final_record,
    find_union_record,
    find_wrong_labels,
    plan,
)


def apply(system: System, current: Current, wanted: Desired, change: Change, limit: float) -> None:
    store.write_owned(system, find_union_record(current, wanted, change))
    store.commit(system, change, current.mode != "disabled")
    for step in change.steps:
        if step.action == "relabel":
            store.relabel(system, step.name, limit)
    store.write_owned(system, find_final_record(current, wanted))


def check_labels(system: System, wanted: Desired) -> None:
    """A label that stays wrong would be restored by every run: say which rule to look at instead."""
    after = store.read(system, wanted)
    for rule in wanted.rules:
        for path, label in find_wrong_labels(rule, after).items():
            raise HostError(
                f"{path} carries {label} although {rule.target!r} wants {rule.context}: another rule wins there; "
                f"find it with: semanage fcontext -l -C"
            )


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    wanted = desired(params)
    current = store.read(system, wanted)
    change = plan(current, wanted)
    if change and not check_mode:
        apply(system, current, wanted, change, params["timeout"])
        check_labels(system, wanted)
    relabelled = [step.name for step in change.steps if step.action == "relabel"]
    return {**change.result(), "relabelled": relabelled, "mode": current.mode}


def main() -> None:
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        result = run(System(), module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
