#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: adopt_facts
short_description: Tell what was set up on a host without the collection, in one look
version_added: "1.0.0"
description:
  - Reads what a catalogue for a host could be made of. That is NFS in fstab and mount units, exports, containers and
    volumes of Docker, Quadlets and Compose files. What the collection made itself is left out.
  - Changes nothing, and wakes nothing that sleeps. Docker is asked only where it runs.
  - Never hangs. A path whose server does not answer within the time limit has an empty answer.
  - Nothing secret leaves the host. Variables of environments are named, their values are not read out, and neither are
    commands unless O(commands) says so.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options:
  compose_files:
    description:
      - Compose files on the host, beside those that the labels of its containers name. Services that have no container
        are read from them, which takes PyYAML on the host.
    type: list
    elements: path
    default: []
  paths:
    description: Further directories to look at.
    type: list
    elements: path
    default: []
  commands:
    description: Whether to tell the commands of containers, which may have secrets in them.
    type: bool
    default: false
  timeout:
    description: Seconds after which a path that does not answer is given up; all are asked at once.
    type: int
    default: 10
seealso:
  - plugin: holdfast.volumes.adopt_catalogue
    plugin_type: filter
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Learn what was set up by hand
  holdfast.volumes.adopt_facts:
  register: found
"""

RETURN = r"""
names:
  description: What the host is called.
  returned: success
  type: list
  elements: str
addresses:
  description: Its addresses.
  returned: success
  type: list
  elements: str
shares:
  description: >-
    What is mounted or to be mounted, each with C(origin) (V(fstab), V(unit) or V(hand)), C(name), which is the mount
    point, C(source), C(fstype), C(options) and C(file).
  returned: success
  type: list
  elements: dict
exports:
  description: Exports of others, each with C(file), C(path), C(host) and C(options).
  returned: success
  type: list
  elements: dict
volumes:
  description: Volumes of Docker and Quadlet volumes as RV(shares), without C(source) where they are not NFS.
  returned: success
  type: list
  elements: dict
boxes:
  description: >-
    Containers, Quadlets and services of Compose without a container, each with C(name), C(engine), C(image), C(origin),
    C(ports), C(user), C(commanded), C(command), C(variables), C(capabilities), C(read_only), C(tmpfs), C(start),
    C(binds) and C(unsaid).
  returned: success
  type: list
  elements: dict
directories:
  description: >-
    Each exported, mounted or bound path and each of O(paths), with C(kind), C(owner), C(group) and C(mode), with
    C(errno), or with nothing when it did not answer.
  returned: success
  type: dict
  sample: {/srv/exports/site: {kind: directory, owner: 1000, group: 1000, mode: "0750"}}
unread:
  description: What could not be read, each with C(about) and C(text).
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_look import ARGUMENTS, read
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **read(System(), module.params))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
