#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: swarm_services
short_description: Own a Docker swarm's nodes and its services of the collection as one set
version_added: "1.0.0"
author:
  - holdfast.volumes contributors (@holdfast)
description:
  - Makes the services of the collection, their secrets, and role, availability and labels of the nodes those that are
    listed. Services without the label C(io.holdfast.app), and labels of nodes that do not begin with
    C(io.holdfast.app.) or C(io.holdfast.volume.), are not touched, and no volume is.
  - Containers drop all capabilities, get no new privileges, a read-only root and the SELinux level that they are given,
    which neither stacks nor the command C(docker service) can say.
  - A service runs on nodes only that have the labels of its app and of every volume that its hosts have mounted.
  - Waits until what was changed runs. An update that the swarm stops or rolls back is an error, with what its nodes
    said.
  - A run that was interrupted is completed by the next one.
requirements:
  - Docker 25 or later
  - Docker SDK for Python (Debian and Ubuntu, C(python3-docker)); not needed where there is no Docker
extends_documentation_fragment:
  - holdfast.volumes.attributes
  - holdfast.volumes.docker
options:
  services:
    description:
      - The services that the collection shall have in this swarm.
      - Every item is checked before anything changes, and all faults are reported at once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the app; the service is called C(holdfast-NAME).
        type: str
        required: true
      image:
        description: Image by name or by digest, with its registry. Every node fetches it for itself.
        type: str
        required: true
      command:
        description: Words of the command, instead of the image's own.
        type: list
        elements: str
        default: []
      environment:
        description:
          - Environment variables. They are part of the definition of the service, which whoever may speak to a manager
            can read, so nothing in them is secret there.
          - C({number}) stands for the number of the container and C({instance}) for C(NAME-NUMBER); a value may not
            have a template of the swarm's own.
        type: dict
        default: {}
      secrets:
        description:
          - Files below C(/run/secrets) in the container, each readable by the user of the app alone. O(services[].user)
            has to be numeric for that; without one it is root.
          - They are secrets of the swarm, called C(holdfast-APP.NAME.NUMBER). Another value is another secret, and
            replaces the containers; the old one is removed when nothing needs it.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the file.
            type: str
            required: true
          value:
            description: What is in it, on one line. Use this, or O(services[].secrets[].parts).
            type: str
          parts:
            description: What is in it, put together from these, such as a URL with a password.
            type: list
            elements: dict
            default: []
            suboptions:
              text:
                description: A piece that is no secret.
                type: str
                default: ""
              secret:
                description: A piece that is one.
                type: str
              encode:
                description: Whether it is percent-encoded, as in a URL.
                type: bool
                default: false
          variables:
            description: Environment variables of the container that name the file, such as V(POSTGRES_PASSWORD_FILE).
            type: list
            elements: str
            default: []
      ports:
        description: Published ports, C(host:container[/tcp|udp]), each on the node of a container.
        type: list
        elements: str
        default: []
      user:
        description: User and group in the container, C(uid:gid). Empty for the image's own.
        type: str
        default: ""
      hosts:
        description: Names of O(nodes) that it may run on.
        type: list
        elements: str
        required: true
      replicas:
        description: How many containers there are in all.
        type: int
        default: 1
      single_writer:
        description:
          - Whether it writes to a volume that has a single writer. It is then kept to one node of O(services[].hosts),
            and goes to another only when its container has ended there, as that node tells.
          - Where that node does not answer nobody knows, and it stays until the node is back or said to be
            O(nodes[].fenced).
        type: bool
        default: false
      update:
        description: How new containers replace the old ones.
        type: dict
        default: {}
        suboptions:
          parallel:
            description: How many at a time.
            type: int
            default: 1
          order:
            description: Whether the old one ends before the new one starts.
            type: str
            choices: [stop_first, start_first]
            default: stop_first
          on_failure:
            description: What becomes of an update whose containers do not come up.
            type: str
            choices: [pause, rollback, continue]
            default: pause
      read_only:
        description: Whether the container's root file system is read-only.
        type: bool
        default: true
      tmpfs:
        description: Paths in the container that are in memory; after a colon C(size) and C(mode).
        type: list
        elements: str
        default: []
      capabilities:
        description: Capabilities that the container keeps; all others are dropped.
        type: list
        elements: str
        default: []
      level:
        description: SELinux level of the containers. Empty leaves the choice to Docker on each node.
        type: str
        default: ""
      health:
        description:
          - How to tell that the container serves. The swarm ends one that fails three times, and starts another.
        type: dict
        suboptions:
          command:
            description: Words of a command to run in the container, which must end with 0.
            type: list
            elements: str
            required: true
          interval:
            description: Seconds between two tries.
            type: int
            default: 2
          timeout:
            description: Seconds that one try may take.
            type: int
            default: 5
          start_period:
            description: Seconds for which a new container may fail.
            type: int
            default: 60
      mounts:
        description: Host paths inside the container.
        type: list
        elements: dict
        default: []
        suboptions:
          volume:
            description: Name of the volume, for the reader.
            type: str
            default: ""
          source:
            description: Path on the node, which must exist. Without it O(services[].mounts[].engine_volume) says what.
            type: path
            default: ""
          engine_volume:
            description:
              - A volume over NFS that Docker mounts itself, instead of a path on the host.
              - The role P(holdfast.volumes.docker_nfs_volumes#role) makes it on each node; where it is missing, Docker
                makes the same when a container starts.
            type: dict
            suboptions:
              name:
                description: What the engine calls it.
                type: str
                required: true
              source:
                description: The C(server:/path) that it mounts, IPv6 in brackets.
                type: str
                required: true
              fstype:
                description: File system type, for Podman.
                type: str
                choices: [nfs, nfs4]
                default: nfs4
              options:
                description: Mount options, one to an item.
                type: list
                elements: str
                default: []
              volume:
                description: Name of the volume in the catalogue, kept as a label.
                type: str
                default: ""
              owner:
                description: Numeric owner of its directory, for Podman.
                type: int
                default: 0
              group:
                description: Numeric group of its directory, for Podman.
                type: int
                default: 0
          target:
            description: Path in the container.
            type: str
            required: true
          read_only:
            description: Whether the container can only read there.
            type: bool
            default: false
          gate:
            description: What is mounted on the host; nodes without the label of that volume are not run on.
            type: dict
            default: {}
            suboptions:
              path:
                description: Root of the volume on the host. The default is the source of the mount.
                type: path
                default: ""
              source:
                description: The C(server:/path) that is mounted there. Empty for a directory of the host itself.
                type: str
                default: ""
              identity:
                description: What its extended attribute C(user.holdfast.identity) says.
                type: str
                default: ""
  nodes:
    description:
      - The hosts that are nodes of the swarm. A node that is none of them is drained with O(retire), and forgotten when
        it has left.
      - Without any, nodes are left as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the host in the inventory.
        type: str
        required: true
      address:
        description: The address at which the other nodes know it.
        type: str
        required: true
      role:
        description: What it is in the swarm.
        type: str
        choices: [manager, worker]
        default: worker
      labels:
        description: What it may run and has mounted. Without this, the labels are left as they are.
        type: list
        elements: dict
        suboptions:
          kind:
            description: Whether O(nodes[].labels[].name) is that of an app or of a volume.
            type: str
            choices: [app, volume]
            required: true
          name:
            description: Its name.
            type: str
            required: true
      availability:
        description:
          - Whether it gets containers (V(active)), keeps those that it has (V(pause)), or loses them (V(drain)).
        type: str
        choices: [active, drain, pause]
        default: active
      fenced:
        description:
          - Your word that the host is off while it does not answer, so that a single writer may start elsewhere.
        type: bool
        default: false
  retire:
    description:
      - Only take things away, and wait until that has ended, so that what it was bound to may be unmounted. Services
        that are no longer listed, labels, and the work of nodes that are no longer listed.
    type: bool
    default: false
  start_timeout:
    description: Seconds to wait for containers that end, and for those that start.
    type: int
    default: 300
seealso:
  - module: holdfast.volumes.swarm_services_info
  - module: community.docker.docker_swarm
"""

EXAMPLES = r"""
- name: Ensure the swarm runs the app where its volume is mounted
  holdfast.volumes.swarm_services:
    services:
      - name: pages
        image: registry.example.com/nginx:1
        hosts: [app1, app2]
        replicas: 2
        user: "1000:1000"
        level: s0:c12,c500
        mounts:
          - source: /srv/holdfast/site
            target: /srv/www
            gate: {path: /srv/holdfast/site, source: "10.77.0.11:/srv/volumes/site"}
    nodes:
      - {name: nfs1, address: 10.77.0.11, role: manager}
      - {name: app1, address: 10.77.0.21, labels: &labels [{kind: app, name: pages}, {kind: volume, name: site}]}
      - {name: app2, address: 10.77.0.22, labels: *labels}

- name: Ensure the swarm has no service of the collection left
  holdfast.volumes.swarm_services:
    services: []
    retire: true
"""

RETURN = r"""
steps:
  description: What was done, or would be, in order.
  returned: success
  type: list
  elements: str
  sample: [node app1, keep holdfast-shop.orders-password.1, create holdfast-pages]
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_input, swarm_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_apply import Clock, apply, read
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_engine import find_manager
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_found import Found
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import find_hidden, hide_unit

ARGUMENTS = swarm_input.argument_spec()


def run(system: System, clock: Clock, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Read, plan, apply unless checking; what cannot be had is said when the rest is."""
    wanted = swarm_input.desired(params)
    engine = find_manager(system, params["docker_host"], params["timeout"])
    if engine is None and (wanted.services or wanted.members):
        raise HostError("this host is no manager of a swarm; the role docker_swarm makes it one")
    planned = swarm_plan.plan(read(engine) if engine else Found(), wanted)
    if engine and planned.change and not check_mode:
        apply(engine, planned.change, clock)
    if planned.blocked and not wanted.retire:
        raise HostError("; ".join(planned.blocked.values()))
    return planned.change.result()


def hide(params: dict[str, Any]) -> dict[str, Any]:
    """The module's options as they may be shown."""
    return {**params, "services": [hide_unit(service) for service in params["services"]]}


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.no_log_values = find_hidden(module.params["services"])
    invocation = {"module_args": hide(module.params)}
    clock = Clock(time.monotonic, time.sleep, module.params["start_timeout"])
    try:
        result = run(System(), clock, module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error), invocation=invocation)
    module.exit_json(invocation=invocation, **result)


if __name__ == "__main__":
    main()
