#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_nfs_volumes
short_description: Own Docker's NFS volumes of the collection as one set
version_added: "1.0.0"
description:
  - Makes the volumes of Docker's C(local) driver that mount NFS exactly those that are listed. The daemon mounts them
    itself when a container starts, by C(type=nfs), C(device=:/path) and C(o=addr=server,...).
  - Such a volume holds no data, so one whose options differ is made anew when no container uses it, running or
    stopped. One in use is refused with the names of its users.
  - The collection's volumes carry the label C(io.holdfast.volume). One that mounts NFS under a wanted name but has no
    such label, made by hand or by another tool, counts as one whose options differ. Under any other name it is not
    touched.
  - A volume that holds data on the host's own disk, or belongs to another driver, is never touched. One that has a
    wanted name is refused.
  - The data on the NFS server is never touched.
extends_documentation_fragment:
  - holdfast.volumes.attributes
  - holdfast.volumes.docker
options:
  volumes:
    description:
      - All the NFS volumes that the collection shall have in this Docker.
      - What is not named is removed as soon as no container uses it.
      - Every item is checked before anything changes, and all faults are reported at once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What Docker calls it.
        type: str
        required: true
      volume:
        description: Name of the volume in the catalogue, kept as a label. By default the name without C(holdfast-).
        type: str
        default: ""
      source:
        description:
          - The C(server:/path) to mount, IPv6 in brackets. A server that is given by name must resolve on this host.
        type: str
        required: true
      options:
        description:
          - Mount options, one to an item. Docker hands them to the kernel, so words for mount(8) and systemd, such as
            C(_netdev) and C(x-systemd.*), are left out.
          - The kernel negotiates no NFS version. Give C(nfsvers=4.2) or another exact one, or it is 3.
          - C(context=) is refused, since Docker may not set it under SELinux. The policy needs a boolean instead,
            C(container_use_nfs) on Debian, C(virt_use_nfs) on Enterprise Linux.
        type: list
        elements: str
        default: []
  retire:
    description:
      - Only remove volumes that are not in O(volumes). A container of the collection that still has one is expected to
        be gone by now, and any other is refused by name.
      - Without it, a volume that is no longer listed and in use is left, and returned in RV(left), since its users may
        be about to be replaced.
    type: bool
    default: false
requirements:
  - Docker 20.10 or later
  - Docker SDK for Python (Debian and Ubuntu, C(python3-docker)); not needed where there is no Docker
seealso:
  - module: holdfast.volumes.docker_nfs_volumes_info
  - module: holdfast.volumes.container_units
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Ensure Docker has the volume, and another way to read it only
  holdfast.volumes.docker_nfs_volumes:
    volumes:
      - name: holdfast-site
        source: 10.77.0.11:/srv/volumes/site
        options: [nfsvers=4.2, hard, nosharecache, nodev, nosuid, rw]
      - name: holdfast-site.ro
        source: 10.77.0.11:/srv/volumes/site
        options: [nfsvers=4.2, hard, nosharecache, nodev, nosuid, ro]

- name: Ensure no NFS volume of the collection is left in Docker
  holdfast.volumes.docker_nfs_volumes:
    volumes: []
    retire: true
"""

RETURN = r"""
steps:
  description: What was done, or would be, in order.
  returned: success
  type: list
  elements: str
  sample: [remove holdfast-site, create holdfast-site]
left:
  description: Volumes that are no longer listed and stay for now, since containers use them.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import docker_state, docker_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_engine import DockerEngine, connect
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_state import find_engine, read
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_volumes import DRIVER, parse_items
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import (
    LABEL,
    EngineVolume,
    render_docker_options,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

ARGUMENTS = {
    "volumes": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "volume": {"type": "str", "default": ""},
            "source": {"type": "str", "required": True},
            "options": {"type": "list", "elements": "str", "default": []},
        },
    },
    "retire": {"type": "bool", "default": False},
    **docker_state.ARGUMENTS,
}


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless checking."""
    wanted = parse_items(params["volumes"])
    engine = find_engine(system, params["docker_host"], params["timeout"])
    found = read(engine, wanted)
    change = docker_volumes.plan(found, wanted, params["retire"])
    check_names(system, [step.args["volume"] for step in change.steps if step.action == "create"])
    if change and not check_mode:
        apply(engine or connect(params["docker_host"], params["timeout"]), change)
    return {**change.result(), "left": find_left(found, wanted, change)}


def check_names(system: System, volumes: list[EngineVolume]) -> None:
    """Docker looks a server up when it mounts, and a unit would fail then; HostError names those that nobody knows."""
    unknown = [name for name in docker_volumes.find_names(volumes) if system.run(["getent", "ahosts", name], 20).rc]
    if unknown:
        raise HostError(
            f"this host cannot resolve {', '.join(unknown)}, nothing was changed; give the address, or an entry in DNS "
            "or /etc/hosts"
        )


def apply(engine: DockerEngine, change: Change) -> None:
    """Take the steps; what was refused is said when all others are done."""
    refused = []
    for step in change.steps:
        try:
            if step.action == "remove":
                remove(engine, step.name)
            else:
                create(engine, step.args["volume"])
        except HostError as error:
            refused.append(str(error))
    if refused:
        raise HostError(f"{'; '.join(refused)}. The other volumes are as wanted; remove what is named, and run again")


def remove(engine: DockerEngine, name: str) -> None:
    """Remove a volume; HostError names the containers that have come to use it."""
    try:
        engine.remove(name)
    except HostError as error:
        users = docker_volumes.parse_users(engine.find_containers([name])).get(name, [])
        names = ", ".join(map(str, users)) or "nobody that Docker names"
        raise HostError(f"{error}; it is in use by {names}") from error


def create(engine: DockerEngine, volume: EngineVolume) -> None:
    """Make a volume, and look at what came of it: Docker returns one that is there already as if it had made it."""
    options = render_docker_options(volume)
    made = engine.create(volume.name, DRIVER, options, {LABEL: volume.volume})
    if (made.get("Options") or {}) != options:
        raise HostError(f"somebody else made the volume {volume.name} at the same time; run again")


def find_left(found: dict[str, docker_volumes.Found], wanted: list[EngineVolume], change: Change) -> list[str]:
    """Volumes that are wanted no longer and stay."""
    gone = {volume.name for volume in wanted} | {step.name for step in change.steps}
    return sorted(name for name, one in found.items() if one.ours and name not in gone)


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(System(), module.params, module.check_mode))
    except HostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
