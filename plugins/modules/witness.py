#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: witness
short_description: Write or remove witnesses through running containers
version_added: "1.0.0"
description:
  - A witness is a small file on a volume. It is written through one container and later demanded back through another
    with M(holdfast.volumes.witness_info), to prove that the volume outlives the containers.
  - No program of the image is run. A child of the module enters the mount namespace of the container's main process and
    takes its numeric ids, capabilities and SELinux label, so the file is what the app itself would have written, and
    images without a shell are fine.
  - The file is O(witnesses[].target)C(/.holdfast-witness-)O(witnesses[].name). It is created exclusively and never
    replaces anything; removing takes away that one file only.
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  witnesses:
    description: The witnesses, of any number of containers, in one call.
    type: list
    elements: dict
    required: true
    suboptions:
      app:
        description:
          - The app whose container, C(holdfast-)O(witnesses[].app), is entered.
          - Without it the file is written by the host itself, as the user that the module runs as.
        type: str
      engine:
        description: The engine that runs the app; belongs to O(witnesses[].app).
        type: str
        choices: [docker, nspawn, podman]
      target:
        description: The directory, as the container (or the host) sees it.
        type: str
        required: true
      name:
        description: What tells this witness from others; letters, digits, dots, underscores and hyphens.
        type: str
        required: true
      content:
        description: The text of the file, at most 4096 bytes.
        type: str
        default: ""
      volume:
        description: The volume that the witness stands for; returned as given.
        type: str
        default: ""
  state:
    description: Whether the witnesses are there.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: Seconds that the work in one container may take before it is given up.
    type: float
    default: 30.0
requirements:
  - root on the host
author:
  - holdfast.volumes contributors (@holdfast)
seealso:
  - module: holdfast.volumes.witness_info
"""

EXAMPLES = r"""
- name: Ensure a witness is written through two containers
  holdfast.volumes.witness:
    witnesses:
      - app: web
        engine: podman
        target: /usr/share/nginx/html
        name: before-upgrade
        content: written before the upgrade
        volume: content
      - app: db
        engine: docker
        target: /var/lib/postgresql/data
        name: before-upgrade
        content: written before the upgrade

- name: Ensure the witness is gone
  holdfast.volumes.witness:
    state: absent
    witnesses:
      - app: web
        engine: podman
        target: /usr/share/nginx/html
        name: before-upgrade
"""

RETURN = r"""
witnesses:
  description: Every witness as its container sees it after the call; in check mode as it was before.
  returned: success
  type: list
  elements: dict
  contains:
    app: {description: The app., type: str, returned: always}
    engine: {description: The engine., type: str, returned: always}
    volume: {description: The volume as given., type: str, returned: always}
    target: {description: The directory., type: str, returned: always}
    name: {description: The name., type: str, returned: always}
    path: {description: The whole path in the container., type: str, returned: always}
    present: {description: Whether the file is there., type: bool, returned: always}
    content: {description: What it holds., type: str, returned: when it is there}
    sha256: {description: Checksum of the content., type: str, returned: when it is there}
    owner: {description: Numeric owner., type: int, returned: when it is there}
    group: {description: Numeric group., type: int, returned: when it is there}
    mode: {description: Permission bits in octal., type: str, sample: "0644", returned: when it is there}
    label: {description: SELinux label., type: str, returned: when it is there}
    error: {description: "Why it could not be seen, empty when it could.", type: str, returned: always}
    read_as:
      description: Whom and where the look was taken as.
      type: dict
      returned: when the container runs
      sample:
        container_id: 3f2a9c
        image: nginx:1
        pid: 812
        uid: 1000
        gid: 1000
        label: system_u:system_r:container_t:s0:c1,c2
steps:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["write web:/usr/share/nginx/html/.holdfast-witness-before-upgrade"]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import (
    Container,
    Witness,
    WitnessError,
    parse_witnesses,
    plan,
)

ARGUMENTS = {
    "witnesses": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "app": {"type": "str"},
            "engine": {"type": "str", "choices": ["docker", "nspawn", "podman"]},
            "target": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "content": {"type": "str", "default": ""},
            "volume": {"type": "str", "default": ""},
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "timeout": {"type": "float", "default": 30.0},
}


def read(
    system: System, containers: list[Container], witnesses: list[Witness], timeout: float
) -> dict[str, str | None]:
    """The content of every witness by key, None where there is no file; HostError names all that cannot be seen."""
    answers = _demand(system, containers, witnesses, "read", timeout)
    return {key: value["content"] if value else None for key, value in answers.items()}


def apply(system: System, containers: list[Container], change: Change, timeout: float) -> None:
    """Take the steps; HostError names every container that refused."""
    for action in sorted({step.action for step in change.steps}):
        wanted = [step.args["witness"] for step in change.steps if step.action == action]
        _demand(system, containers, wanted, action, timeout)


def _demand(
    system: System, containers: list[Container], witnesses: list[Witness], action: str, timeout: float
) -> dict[str, Any]:
    answers = container_view.ask(system, containers, witnesses, action, timeout)
    refused = [f"{key}: {answer['message']}" for key, answer in answers.items() if "message" in answer]
    if refused:
        raise HostError(f"cannot {action} {'; '.join(refused)}")
    return {key: answer["value"] for key, answer in answers.items()}


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless checking, and look again."""
    witnesses, timeout = parse_witnesses(params["witnesses"]), params["timeout"]
    containers = container_view.find_all(system, {one.engine for one in witnesses if one.engine})
    change = plan(read(system, containers, witnesses, timeout), witnesses, params["state"])
    if not check_mode:
        apply(system, containers, change, timeout)
    return {**change.result(), "witnesses": container_view.describe(system, containers, witnesses, timeout)}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params, module.check_mode))
    except (HostError, WitnessError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
