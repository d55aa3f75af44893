#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nfs_exports
short_description: Own the NFS exports of the collection as one set
version_added: "1.0.0"
description:
  - Writes every export of the collection to C(/etc/exports.d/holdfast.exports) and loads them with one C(exportfs -ra).
    The server is never restarted, so clients keep their files open.
  - All items are judged before anything is written, and all that is wrong with them is said at once.
  - After the load every wanted export must really stand in the server's own table, with the wanted options. If the
    server refuses one, a name that does not resolve or a path that is not there, the former file is put back and
    loaded, and the module fails with the server's words.
  - An export with the option C(mountpoint) is refused where nothing is mounted there, as the server would do with
    every client.
  - Exports that are in the file but not in the server's table, since the server was stopped or a run was killed, are
    loaded again.
  - Exports in C(/etc/exports) and in other files of C(/etc/exports.d) are left alone. What C(exportfs) has to say of
    them is passed on as a warning, also that one of them is the same as a wanted one.
  - Where one of them gives a wanted export other options and is read first, it is what the server serves. The load is
    then a failure as above, until that line is taken out.
  - The exported directories themselves are never touched. They are the business of
    M(holdfast.volumes.volume_directories).
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  exports:
    description:
      - All the exports that the collection shall have on this server; what is not named is exported no more.
      - With an empty list the file is removed. Where there is none, nothing is done, and NFS need not be installed.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The directory, absolute and without C(..); named by one item only.
        type: path
        required: true
      accept:
        description:
          - What is refused for this export unless it is named here.
          - V(no_root_squash) lets root of many hosts, a network, a pattern or a netgroup, be root of the data, by
            C(no_root_squash) or by C(anonuid=0).
          - V(nested) lets the export be below another one whose C(sec), C(xprtsec) or C(security_label) differ. On one
            file system the server cannot tell them apart, so the data is reached by the weaker of the two.
        type: list
        elements: str
        choices: [nested, no_root_squash]
        default: []
      clients:
        description: Who may mount it, each client once.
        type: list
        elements: dict
        required: true
        suboptions:
          host:
            description: Address, network, host name, pattern or C(@netgroup).
            type: str
            required: true
          options:
            description:
              - Options of C(exports(5)), one to an item. Their order has no meaning.
              - What is left out has the server's default; C(no_subtree_check) is written out.
            type: list
            elements: str
            default: []
seealso:
  - module: holdfast.volumes.nfs_exports_info
  - module: holdfast.volumes.volume_directories
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure one host may write to the volume and another may read it
  holdfast.volumes.nfs_exports:
    exports:
      - path: /srv/volumes/content
        clients:
          - host: 10.77.0.21
            options: [rw, sync, all_squash, anonuid=1000, anongid=1000, sec=sys]
          - host: 10.77.0.22
            options: [ro, sync, all_squash, anonuid=1000, anongid=1000, sec=sys]

- name: Ensure nothing of the collection is exported
  holdfast.volumes.nfs_exports:
    exports: []
"""

RETURN = r"""
diff:
  description: The text of the file before and after; before has only what the server really served.
  returned: success
  type: dict
  sample:
    before: "# Managed by holdfast.volumes\n"
    after: "# Managed by holdfast.volumes\n/srv/volumes/content 10.77.0.21(no_subtree_check,rw,sync)\n"
steps:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["write /etc/exports.d/holdfast.exports", "load exports"]
path:
  description: The file that the exports are in.
  returned: success
  type: str
  sample: /etc/exports.d/holdfast.exports
"""

import re
from typing import Any, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.export_plan import ARGUMENTS, desired, plan
from ansible_collections.holdfast.volumes.plugins.module_utils.export_state import PATH, State, read, read_missing
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import Export, render, render_line
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, System

LOAD = ["exportfs", "-ra"]
# What exportfs says of two lines for one path and client; it serves the one that it has read first.
DUPLICATED = "duplicated export entries:"


def apply(system: System, current: State, wanted: list[Export]) -> list[str]:
    """Write, load, look; put the former file back and raise HostError when the server refuses. Returns warnings."""
    if not system.has(LOAD[0]):
        return _apply_without_server(system, wanted)
    # A run that is killed before the load leaves the pending mark, so the next run loads what this one wrote.
    system.write(PATH, render(wanted, pending=True))
    complaints = _load(system)
    refusal = _find_refusal(system, complaints, wanted)
    if refusal:
        raise HostError(f"the server refused the exports: {refusal}; {_restore(system, current.text)}")
    if wanted:
        system.write(PATH, render(wanted))
    else:
        system.remove(PATH)
    return complaints


def _apply_without_server(system: System, wanted: list[Export]) -> list[str]:
    if wanted:
        raise HostError("exportfs is not installed on this host; the role holdfast.volumes.nfs_server installs it")
    system.remove(PATH)
    return []


def _load(system: System) -> list[str]:
    try:
        done = system.run(LOAD)
    except HostError as error:
        done = Completed(1, "", str(error))
    lines = _join([line.strip() for line in done.err.splitlines() if line.strip()])
    return lines or ([f"{' '.join(LOAD)} ended with {done.rc}"] if done.rc else [])


def _join(lines: list[str]) -> list[str]:
    """What belongs to a headline behind it: a tab comes before the entries that are duplicated."""
    joined: list[str] = []
    for line in lines:
        head, tab, entry = line.partition("\t")
        if joined and tab and head == "exportfs: ":
            joined[-1] += f" {entry}"
        else:
            joined.append(line)
    return joined


def _find_refusal(system: System, complaints: list[str], wanted: list[Export]) -> str:
    missing = read_missing(system, wanted)
    if missing:
        unserved = ", ".join(render_line(export) for export in missing)
        twice = any(DUPLICATED in line for line in complaints)
        first = "; a line of another file is read first and counts: take it out" if twice else ""
        return f"{'; '.join(complaints) or 'it said nothing'} (not served: {unserved}){first}"
    names = "|".join(re.escape(path) for path in sorted({PATH, *(export.path for export in wanted)}))
    # exportfs ends with 1 for every line of anyone's that it dislikes; only those that name ours are our failure.
    ours = [line for line in complaints if re.search(rf"({names})(?![\w/.-])", line) and DUPLICATED not in line]
    return "; ".join(ours)


def _restore(system: System, former: Optional[str]) -> str:
    if former is None:
        system.remove(PATH)
    else:
        system.write(PATH, former)
    complaints = _load(system)
    said = f", though it says of them: {'; '.join(complaints)}" if complaints else ""
    return f"the former exports are back{said}. Correct the export that is named and run again"


def run(system: System, params: dict[str, Any], check_mode: bool) -> tuple[dict[str, Any], list[str]]:
    """Read, plan, apply unless checking; the result and the warnings."""
    wanted = desired(params)
    current = read(system, wanted)
    change = plan(current, wanted)
    warnings = apply(system, current, wanted) if change and not check_mode else []
    return {**change.result(), "path": PATH}, warnings


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result, warnings = run(System(), module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error))
    for warning in warnings:
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
