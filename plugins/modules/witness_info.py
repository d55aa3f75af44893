#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: witness_info
short_description: Demand witnesses back and list the containers of the collection
version_added: "1.0.0"
description:
  - Reads witnesses, written by M(holdfast.volumes.witness), through running containers, as the app itself would, or in
    a directory of the host, such as the one that an NFS server exports.
  - A witness that cannot be read is an answer, in RV(witnesses[].error), not a failure of the module.
  - Also lists every container of the collection that the engines of the host know, stopped ones included, with its
    bound directories. One of systemd-nspawn exists only while it runs.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options:
  witnesses:
    description: The witnesses to demand back; none lists the containers only.
    type: list
    elements: dict
    default: []
    suboptions:
      app:
        description:
          - The app whose container, C(holdfast-)O(witnesses[].app), is entered.
          - Without it the host's own directory is read.
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
        description: The name of the witness.
        type: str
        required: true
      volume:
        description: The volume that the witness stands for; returned as given.
        type: str
        default: ""
      attempt_write:
        description:
          - Try to create a file beside the witness, to see whether that is refused, as on a read-only binding it must
            be. A file that could be created is removed at once.
          - Never tried in check mode.
        type: bool
        default: false
  timeout:
    description: Seconds that the look into one container may take before it is given up.
    type: float
    default: 30.0
  secrets_key:
    description:
      - Also tell the secrets of each running container, as its own user reads them, by fingerprints made with this key.
        A value is never returned.
      - Give one key to several calls to compare their answers, and no key that is known.
    type: str
    default: ""
requirements:
  - root on the host
author:
  - holdfast.volumes contributors (@holdfast)
seealso:
  - module: holdfast.volumes.witness
"""

EXAMPLES = r"""
- name: Demand a witness back through a container and see it on the server
  holdfast.volumes.witness_info:
    witnesses:
      - app: web
        engine: podman
        target: /usr/share/nginx/html
        name: before-upgrade
      - target: /srv/volumes/content
        name: before-upgrade
  register: found

- name: List the containers of the collection
  holdfast.volumes.witness_info:
  register: listed
"""

RETURN = r"""
witnesses:
  description: Every witness as it was seen.
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
    writable: {description: Whether the attempt to write succeeded., type: bool, returned: when attempted}
    write_error: {description: "The error that refused it, such as EROFS.", type: str, returned: when attempted}
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
containers:
  description: Containers of the collection, stopped ones included.
  returned: success
  type: list
  elements: dict
  contains:
    app: {description: The app., type: str, returned: always}
    engine: {description: The engine., type: str, returned: always}
    container_id: {description: The engine's identifier., type: str, returned: always}
    image: {description: The image., type: str, returned: always}
    pid: {description: "The main process, 0 unless it runs.", type: int, returned: always}
    mounts:
      description:
        - Bound directories of the host. One with a C(name) is a volume of the collection that the engine mounts itself.
      type: list
      elements: dict
      returned: always
      sample: [{source: /srv/holdfast/content, target: /usr/share/nginx/html, read_only: false}]
secrets:
  description: Secrets of running containers, with O(secrets_key).
  returned: success
  type: list
  elements: dict
  contains:
    app: {description: The app., type: str, returned: always}
    engine: {description: The engine., type: str, returned: always}
    container_id: {description: The engine's identifier., type: str, returned: always}
    name: {description: "The file below C(/run/secrets).", type: str, returned: always}
    fingerprint: {description: "Equal where content, owner and mode are.", type: str, returned: always}
    error: {description: "Why it could not be read, empty when it could.", type: str, returned: always}
host:
  description: The name that the host gives itself.
  returned: success
  type: str
"""

import dataclasses
import platform
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import container_view, secret_view
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import WitnessError, parse_witnesses

ARGUMENTS = {
    "witnesses": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "app": {"type": "str"},
            "engine": {"type": "str", "choices": ["docker", "nspawn", "podman"]},
            "target": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "volume": {"type": "str", "default": ""},
            "attempt_write": {"type": "bool", "default": False},
        },
    },
    "timeout": {"type": "float", "default": 30.0},
    "secrets_key": {"type": "str", "default": "", "no_log": True},
}


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Find the containers, look through them, and try to write where that was asked for."""
    witnesses, timeout = parse_witnesses(params["witnesses"]), params["timeout"]
    containers = container_view.find_all(system)
    found = container_view.describe(system, containers, witnesses, timeout)
    tried = [] if check_mode else [one for one in witnesses if one.attempt_write]
    answers = container_view.ask(system, containers, tried, "attempt", timeout)
    for one, seen in zip(witnesses, found):
        if one.key in answers:
            answer = answers[one.key]
            seen["writable"] = "value" in answer
            seen["write_error"] = answer.get("errno") or answer.get("message", "")
    key = params["secrets_key"]
    return {
        "secrets": secret_view.describe(system, containers, key, timeout) if key else [],
        "changed": False,
        "witnesses": found,
        "containers": [dataclasses.asdict(one) for one in containers],
        "host": platform.node(),
    }


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params, module.check_mode))
    except (HostError, WitnessError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
