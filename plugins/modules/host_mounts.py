#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_mounts
short_description: Own the NFS mounts of the collection on a host as one set
version_added: "1.0.0"
description:
  - Keeps one native systemd mount unit for each wanted mount, and removes the units of the collection that are no
    longer wanted. However many there are, systemd is reloaded once and all mounts are started together.
  - Compares the live mount, as the kernel shows it, with the wanted one (source, version, negotiated options) and does
    nothing, mounts, remounts, or unmounts and mounts again.
  - A mount in use is never unmounted unless O(allow_disruption=true); the module fails and names the users.
  - Every look at a mounted path has a time limit and happens in a child process, so a dead server gives an answer and
    never a hang. A mount that fails leaves the others converged.
  - Mount units are enabled for C(remote-fs.target) with C(nofail), and their start waits for the server without limit.
    A host boots, and people can log in, while the server is away. Units that require the mount start when it is back.
  - Below a mount is a bare directory, closed and immutable, so nothing is written to the host's own disk while the
    mount is missing. Files that are there already are reported, and never moved or deleted.
  - A mount unit whose file does not begin with the collection's marker line is another's, and is refused.
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  mounts:
    description: All the mounts that the collection shall have on this host; with none, those it had are removed.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the volume, for messages.
        type: str
        required: true
      path:
        description: Where to mount it, directly below O(parent).
        type: str
        required: true
      source:
        description: What to mount, as C(HOST:/PATH), or C(fs-ID:/PATH) with O(mounts[].fstype=efs).
        type: str
        required: true
      fstype:
        description:
          - V(nfs4), or V(nfs) for version 3.
          - V(efs) for Amazon EFS through the mount helper of C(amazon-efs-utils), which must be installed; only with
            the option C(tls). The kernel then shows a mount from 127.0.0.1. Which file system and access point is
            behind it is read from the helper's own record in C(/run/efs); C(iam), C(region) and C(mounttargetip) are
            compared with what the mount unit said before.
        type: str
        default: nfs4
      options:
        description:
          - Mount options of C(nfs(5)), one to an item. A value with a comma is put in double quotes.
          - C(_netdev), C(nofail) and C(retry=10000) are added.
        type: list
        elements: str
        default: []
      identity:
        description:
          - The extended attribute C(user.holdfast.identity) that the root of the volume must have.
          - Empty for no check. Not checked either where the server has no such attributes or does not let root read.
        type: str
        default: ""
  parent:
    description:
      - Directory of all mount points; it is made, and belongs to root alone.
      - With no mount wanted it is removed, if it is like that and nothing else is in it.
    type: str
    default: /srv/holdfast
  retire:
    description: Only remove what is no longer wanted, and leave the wanted mounts as they are.
    type: bool
    default: false
  allow_disruption:
    description:
      - Unmount also what is in use. Units that require the mount are stopped by systemd; other processes are never
        killed, and a mount that they keep busy stays.
    type: bool
    default: false
  timeout:
    description: Seconds after which a mount that does not answer is unreachable.
    type: int
    default: 10
  start_timeout:
    description:
      - Seconds that all mounts together may take to come up, and all that are unmounted together to go; one more for
        each of them.
      - A mount whose server does not answer until then is an error; its unit keeps waiting for the server.
    type: int
    default: 90
seealso:
  - module: holdfast.volumes.host_mounts_info
  - module: holdfast.volumes.volume_directories
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure the volume is mounted
  holdfast.volumes.host_mounts:
    mounts:
      - name: content
        path: /srv/holdfast/content
        source: 10.77.0.11:/srv/volumes/content
        options: [nfsvers=4.2, hard, nosharecache, nodev, nosuid, rw]

- name: Ensure no mount of the collection is left
  holdfast.volumes.host_mounts:
    mounts: []
"""

RETURN = r"""
diff:
  description: State, unit file and mount point of each mount before and after.
  returned: always
  type: dict
steps:
  description: What was done, or would be, in this order.
  returned: always
  type: list
  elements: str
  sample: [guard content, write content, enable content, reload systemd, mount content]
mounts:
  description: Every mount that is wanted or was removed.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the volume.
      type: str
    path:
      description: The mount point.
      type: str
    state:
      description:
        - C(mounted), C(absent), C(stale), C(unreachable), C(wrong_source), C(wrong_options), C(wrong_identity) or
          C(shadowed), after a run; before it in check mode.
      type: str
    verdict:
      description: What was needed, C(no-op), C(mount), C(remount), C(replace) or C(unmount).
      type: str
    reason:
      description: Why.
      type: str
    source:
      description:
        - The live source, "" when nothing is mounted.
        - Behind a tunnel of C(amazon-efs-utils) it is C(fs-ID:/PATH), through an access point C(fs-ID:/PATH:fsap-ID).
      type: str
    options:
      description: The live options, negotiated ones included.
      type: list
      elements: str
shadowed:
  description: Names of the first files found under each mount point that has any.
  returned: always
  type: dict
  sample: {"/srv/holdfast/content": ["index.html"]}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_plan, mount_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_apply import Outcome, apply
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_input import ARGUMENTS, desired, judge
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Current, Desired, Verdict
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_state import read_holders, read_mounts


def run(system: System, params: dict[str, Any], check_mode: bool) -> tuple[dict[str, Any], list[str]]:
    """Read, plan, apply unless check mode, look again; the result and what could not be done."""
    wanted, timeout = desired(params), params["timeout"]
    patience = params["start_timeout"] + len(wanted.mounts)
    current = read_mounts(system, wanted, timeout)
    verdicts = judge(current, wanted, params["retire"])
    live = [current.found[item.path].live for item in mount_plan.find_disruptive(verdicts, current)]
    holders = read_holders(system, [mount for mount in live if mount], timeout)
    blocks = mount_plan.find_blocks(verdicts, current, holders, params["allow_disruption"])
    change = mount_plan.plan(current, wanted, verdicts, blocks)
    outcome, after = Outcome(), current
    if change and not check_mode:
        outcome = apply(system, change.steps, timeout, patience)
        after = read_mounts(system, wanted, timeout)
    errors = {**blocks, **outcome.errors}
    if after is not current:
        errors = {**_find_failures(system, after, wanted, judge(after, wanted, params["retire"]), patience), **errors}
    return {**change.result(), **_report(after, wanted, verdicts), "warnings": outcome.warnings}, list(errors.values())


def _find_failures(
    system: System, after: Current, wanted: Desired, verdicts: list[Verdict], waited: float
) -> dict[str, str]:
    errors = {}
    for verdict in verdicts:
        if verdict.path in wanted.mounts:
            log = _read_log(system, verdict.path) if after.found[verdict.path].active == "failed" else ""
            item = wanted.mounts[verdict.path]
            errors[verdict.path] = mount_plan.explain(after.found[verdict.path], verdict, item, log, waited)
    return {path: error for path, error in errors.items() if error}


def _read_log(system: System, path: str) -> str:
    unit = mount_units.find_name(path)
    done = system.run(["journalctl", "--no-pager", "--quiet", "--boot", "--output=cat", "--lines=4", f"--unit={unit}"])
    return "; ".join(done.out.split("\n")).strip("; ")


def _report(after: Current, wanted: Desired, verdicts: list[Verdict]) -> dict[str, Any]:
    mounts = []
    for item in verdicts:
        found = after.found.get(item.path)
        live = found.live if found else None
        state = mount_plan.judge(found, wanted.mounts.get(item.path), after.selinux).state if found else "absent"
        mounts.append(
            {
                "name": item.name,
                "path": item.path,
                "state": state,
                "verdict": item.verdict,
                "reason": item.reason,
                "source": found.source if found else "",
                "options": [*live.flags, *live.options] if live else [],
            }
        )
    return {"mounts": mounts, "shadowed": mount_plan.find_shadowed(after)}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result, errors = run(System(), module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error))
    for warning in [*result.pop("warnings"), *mount_plan.render_shadowed(result["shadowed"])]:
        module.warn(warning)
    if errors:
        module.fail_json(msg="\n".join(errors), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
