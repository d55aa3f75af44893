#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: selinux_contexts_info
short_description: Tell the SELinux mode of a host, what the collection wrote into its policy, and what was denied
version_added: "1.0.0"
description:
  - Returns SELinux's mode and policy, the rules, booleans and policy modules of the collection as they are on the host,
    and on request the denials in the audit log.
  - Denials that the policy hides (dontaudit) are in no log.
author: holdfast.volumes contributors (@holdfast)
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options:
  denials_since:
    description:
      - Also return the denials since then - V(boot), V(recent) for the last ten minutes, a number of hours such as
        V(24h), or seconds since 1970 on the host's clock.
      - Without it the audit log is not read.
    type: str
  denials_about:
    description:
      - V(all) of them, each by itself, or those that concern V(containers), alike ones as one.
      - These are processes of containers that wanted a file which is not theirs, or to meddle with another container,
        and anybody who wanted the data of one, which its root is not.
    type: str
    choices: [all, containers]
    default: all
seealso:
  - module: holdfast.volumes.selinux_contexts
"""

EXAMPLES = r"""
- name: Read what was denied since the host started
  holdfast.volumes.selinux_contexts_info:
    denials_since: boot
  register: selinux

- name: Check that the host enforces and that no container was denied anything
  ansible.builtin.assert:
    that:
      - selinux.mode == 'enforcing'
      - selinux.denials is not none
      - selinux.denials | selectattr('scontext', 'search', ':container_t:') | list == []
    fail_msg: "{{ selinux.denials_reason or selinux.denials }}"
"""

RETURN = r"""
mode:
  description: SELinux's mode - enforcing, permissive or disabled.
  returned: always
  type: str
  sample: enforcing
policy:
  description: Name of the policy.
  returned: always
  type: str
  sample: targeted
file_contexts:
  description: Local rules of the collection.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Regular expression for paths.
      type: str
      sample: /srv/local/data(/.*)?
    ftype:
      description: Kind of file, as the module selinux_contexts takes it.
      type: str
      sample: a
    context:
      description: The whole context.
      type: str
      sample: system_u:object_r:container_file_t:s0:c12,c500
    present:
      description: Whether the policy store has exactly this rule.
      type: bool
booleans:
  description: Booleans that the collection set, by name.
  returned: always
  type: dict
  contains:
    active:
      description: The value now, V(null) where the policy has no such boolean.
      type: bool
    saved:
      description: The value that a reboot brings, V(null) for the policy's own.
      type: bool
    before:
      description: The value before the collection set it.
      type: bool
  sample: {"container_use_nfs": {"active": true, "saved": true, "before": false}}
policy_modules:
  description: Policy modules of the collection.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the module.
      type: str
      sample: holdfast_debian
    checksum:
      description: SHA-256 of the text that was installed.
      type: str
    present:
      description: Whether the policy store has a module of that name.
      type: bool
denials:
  description: >-
    Denials in the audit log, oldest first; V(null) when they were not asked for or when the host keeps no log, since an
    empty list would prove nothing then.
  returned: always
  type: list
  elements: dict
  contains:
    time:
      description: Seconds since 1970.
      type: float
    comm:
      description: Name of the process.
      type: str
      sample: nginx
    path:
      description: Path, or name within its directory, as far as the record has one.
      type: str
      sample: access.log
    scontext:
      description: Context of the process.
      type: str
      sample: system_u:system_r:container_t:s0:c1,c2
    tcontext:
      description: Context of what it wanted.
      type: str
      sample: system_u:object_r:var_t:s0
    tclass:
      description: Class of what it wanted.
      type: str
      sample: file
    permissions:
      description: What was denied.
      type: list
      elements: str
      sample: [read]
    permissive:
      description: Whether it was only logged.
      type: bool
    count:
      description: How many alike this stands for, itself the last of them.
      type: int
denials_reason:
  description: Why there are no denials to return, empty otherwise.
  returned: always
  type: str
"""

import re
import time
from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import avc
from ansible_collections.holdfast.volumes.plugins.module_utils import selinux_store as store
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_plan import Desired

_LOGS = "/var/log/audit"
_RECENT = 600


def find_start(system: System, since: str, now: float) -> float:
    if since == "recent":
        return now - _RECENT
    if re.fullmatch(r"\d+h", since):
        return now - 3600 * int(since[:-1])
    if since == "boot":
        # btime 1732384000
        found = re.search(r"^btime (\d+)$", system.read("/proc/stat") or "", re.MULTILINE)
        return float(found[1]) if found else 0.0
    try:
        return float(since)
    except ValueError as error:
        raise HostError(
            f"denials_since: {since!r} is neither boot nor recent nor hours such as 24h nor seconds since 1970"
        ) from error


def find_obstacle(system: System) -> str:
    pid = (system.read("/run/auditd.pid") or "").strip()
    if (system.read(f"/proc/{pid}/comm") or "").strip() != "auditd":
        return "auditd does not run on this host, so denials leave no trail: install and start auditd"
    if system.read(f"{_LOGS}/audit.log") is None:
        return f"auditd runs but there is no {_LOGS}/audit.log: see log_file in /etc/audit/auditd.conf"
    return ""


def read_denials(system: System, start: float, about: str) -> list[dict[str, Any]]:
    # audit.log, audit.log.1 and so on; the one without a number is the newest
    names = [name for name in system.listdir(_LOGS) if re.fullmatch(r"audit\.log(\.\d+)?", name)]
    denials: list[avc.Denial] = []
    for name in sorted(names, key=lambda name: -int(name.partition("log.")[2] or 0)):
        denials += avc.parse(system.read(f"{_LOGS}/{name}") or "", start)
    if about == "containers":
        denials = avc.sum_up(filter(avc.is_about_containers, denials))
    return [asdict(denial) for denial in denials]


def run(system: System, params: dict[str, Any], now: float) -> dict[str, Any]:
    current = store.read(system, Desired())
    since = params["denials_since"]
    obstacle = find_obstacle(system) if since else ""
    denials = None
    if since and not obstacle:
        denials = read_denials(system, find_start(system, since, now), params["denials_about"])
    return {
        "mode": current.mode,
        "policy": store.read_policy_type(system),
        "file_contexts": [{**asdict(rule), "present": rule in current.rules} for rule in current.owned.rules],
        "booleans": {
            name: {"active": current.booleans[name][0], "saved": current.booleans[name][1], "before": before}
            for name, before in current.owned.booleans.items()
        },
        "policy_modules": [
            {"name": name, "checksum": checksum, "present": name in current.modules}
            for name, checksum in current.owned.modules.items()
        ],
        "denials": denials,
        "denials_reason": obstacle,
    }


ARGUMENTS: dict[str, Any] = {
    "denials_since": {"type": "str"},
    "denials_about": {"type": "str", "choices": ["all", "containers"], "default": "all"},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = run(System(), module.params, time.time())
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
