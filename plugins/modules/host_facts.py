#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_facts
short_description: Tell what a host is and what of the collection is on it, in one look
version_added: "1.0.0"
description:
  - Returns the facts that the roles of the collection ask for, under the names of M(ansible.builtin.setup). They are
    read from a few small files, which takes a fraction of the time that C(setup) takes.
  - Tells which packages are installed and what the collection has left on the host, so that a playbook need not start
    a module for what is there already, or for what was never there.
  - It errs to the side of a look. It may say that something is there where nothing of the collection is, never the
    reverse.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
attributes:
  facts:
    support: full
    description: Returns an RV(ansible_facts) dictionary that updates the facts of the host.
options:
  mount_parent:
    description: The directory of all mount points, as the module M(holdfast.volumes.host_mounts) takes it.
    type: str
    default: /srv/holdfast
  sets:
    description:
      - Sets that the host shall have, each with the arguments of the module that owns it, as JSON.
      - V(exports) of M(holdfast.volumes.nfs_exports), V(directories) of M(holdfast.volumes.volume_directories),
        V(lockdown) of M(holdfast.volumes.host_lockdown), V(mounts) of M(holdfast.volumes.host_mounts) and V(units) of
        M(holdfast.volumes.container_units).
      - V(contexts) of M(holdfast.volumes.selinux_contexts), with the arguments below the name of each family of
        operating systems, as the fact C(os_family) has it.
      - Never shown, since the environment of a container may hold what is secret.
    type: jsonarg
  access:
    description: Whether to tell RV(access), too.
    type: bool
    default: false
  files:
    description:
      - Absolute paths of further files to tell in RV(files).
      - What is told of one with a short secret in it is enough to try words against; give such a task C(no_log).
    type: list
    elements: path
    default: []
  services:
    description: Names of further units of systemd to tell in RV(running), such as V(sshd.service).
    type: list
    elements: str
    default: []
seealso:
  - module: ansible.builtin.setup
author:
  - holdfast.volumes contributors (@holdfast)
"""

EXAMPLES = r"""
- name: Learn what the host is and has
  holdfast.volumes.host_facts:
  register: found

- name: Ensure the NFS client is installed
  ansible.builtin.package:
    name: nfs-common
  when: "'nfs-common' not in found.packages"

- name: Learn what the host is, and whether it mounts what it shall
  holdfast.volumes.host_facts:
    sets: "{{ {'mounts': {'mounts': mounts}} | to_json }}"
  register: found

- name: Ensure the volumes are mounted
  holdfast.volumes.host_mounts:
    mounts: "{{ mounts }}"
  when: "'mounts' not in found.settled"
"""

RETURN = r"""
ansible_facts:
  description: Facts of the host.
  returned: success
  type: dict
  contains:
    os_family: {description: Debian or RedHat for the platforms that the collection knows., type: str, sample: Debian}
    distribution: {description: Its name., type: str, sample: Debian}
    distribution_version: {description: Its version., type: str, sample: "13"}
    distribution_major_version: {description: The first number of that., type: str, sample: "13"}
    pkg_mgr: {description: What installs packages., type: str, sample: apt}
    selinux:
      description: C(status), and where that is C(enabled) also C(mode), C(config_mode) and C(type).
      type: dict
      sample: {status: enabled, mode: enforcing, config_mode: enforcing, type: default}
packages:
  description: Every installed package, [] where neither dpkg nor rpm answers.
  returned: success
  type: list
  elements: str
exports:
  description: Whether the collection's file of exports is there.
  returned: success
  type: bool
policy:
  description: Whether there is a record of what the collection wrote to the SELinux policy.
  returned: success
  type: bool
lockdown:
  description: Whether there is a record of what the collection closed on the host.
  returned: success
  type: bool
docker:
  description: Those of Docker's settings that the roles write, as its configuration has them.
  returned: success
  type: dict
  sample: {selinux-enabled: true, insecure-registries: []}
docker_volumes:
  description: >-
    Names of Docker's volumes that are the collection's, with V(unknown) among them where Docker may keep volumes at
    another place than its own.
  returned: success
  type: list
  elements: str
  sample: [holdfast-site]
swarm:
  description: >-
    The address at which the other nodes of a Docker swarm know the host, V("") outside of one and V(unknown) where
    nobody can tell.
  returned: success
  type: str
  sample: 10.77.0.21
containers:
  description: Whether there is anything of container units.
  returned: success
  type: bool
firewalld:
  description: Whether firewalld runs.
  returned: success
  type: bool
modules:
  description: The modules that the kernel has loaded, and those that are built into it.
  returned: success
  type: list
  elements: str
  sample: [bridge, overlay]
units:
  description: >-
    The unit files of containers of the collection, each with its C(engine) and the C(mounts) that it is bound to, units
    of systemd.
  returned: success
  type: dict
  sample: {/etc/containers/systemd/holdfast-web.container: {engine: podman, mounts: [srv-holdfast-site.mount]}}
mounts:
  description: What the collection's mount units mount, and O(mount_parent) where that is there.
  returned: success
  type: list
  elements: str
files:
  description: >-
    Files that the roles write and O(files), those that are there, each with mode, owner, group and SHA-1 checksum; of
    a directory the word C(directory) in place of that.
  returned: success
  type: dict
  sample: {/etc/nfs.conf.d/holdfast.conf: "0644 0 0 da39a3ee5e6b4b0d3255bfef95601890afd80709"}
running:
  description: >-
    Those of the services that the roles start, and of O(services), that are active and enabled; that of the firewall
    only where its table is in the kernel.
  returned: success
  type: list
  elements: str
  sample: [nfs-server.service]
transports:
  description: What the host has for NFS through TLS and with Kerberos.
  returned: success
  type: dict
  contains:
    kernel:
      description: Its C(release), and whether it can have TLS handshakes (C(handshake), CONFIG_NET_HANDSHAKE).
      type: dict
      sample: {release: 6.12.117+deb13-cloud-amd64, handshake: true}
    certificate: {description: 'The certificate that the role C(nfs_transport) gave it, as PEM, or V("").', type: str}
    key: {description: Whether the key of that is there., type: bool}
    keytab: {description: Whether there is a keytab., type: bool}
access:
  description: Who gets at the host past its containers, as the kernel and firewalld have it.
  returned: when O(access)
  type: dict
  contains:
    selinux: {description: 'V(enforcing), V(permissive) or V(disabled).', type: str, sample: enforcing}
    sockets:
      description: >-
        The sockets of Docker, Podman, containerd and CRI-O that are there, each with C(path), C(mode), C(owner) and
        C(group). Who may write to one may start a container on any path of the host.
      type: list
      elements: dict
      sample: [{path: /run/docker.sock, mode: "0660", owner: 0, group: 994}]
    firewall:
      description: >-
        Addresses and networks that the collection lets reach the NFS server, by its table C(holdfast_nfs) of nftables
        or by its address sets in firewalld; null where neither is in force.
      type: list
      elements: str
      sample: [10.77.0.21, 10.77.0.22]
    opened:
      description: What else in firewalld's zones lets others reach the NFS server; of nftables there is no such list.
      type: list
      elements: str
      sample: [service nfs in the zone public]
settled:
  description:
    - Names of those O(sets) that are there as they are wanted; their modules would change nothing and warn of nothing.
    - In doubt a set is not among them, such as after an error, which its module will tell.
  returned: success
  type: list
  elements: str
  sample: [contexts, mounts]
"""

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    access_state,
    host_traces,
    platform_facts,
    settled,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

ARGUMENTS: dict[str, Any] = {
    "mount_parent": {"type": "str", "default": "/srv/holdfast"},
    "sets": {"type": "jsonarg", "no_log": True},
    "access": {"type": "bool", "default": False},
    "files": {"type": "list", "elements": "path", "default": []},
    "services": {"type": "list", "elements": "str", "default": []},
}


def run(system: System, params: dict[str, Any]) -> dict[str, Any]:
    """The facts, what is there, and what needs nothing."""
    facts = platform_facts.read(system)
    sets = json.loads(params["sets"] or "{}")
    if "contexts" in sets:
        sets["contexts"] = sets["contexts"].get(facts["os_family"], {})
    table = access_state.read_table(system)
    return {
        "ansible_facts": facts,
        "packages": host_traces.read_packages(system, facts["pkg_mgr"]),
        **host_traces.read(system, params["mount_parent"], table is not None, params["files"], params["services"]),
        **({"access": access_state.read(system, table)} if params["access"] else {}),
        "settled": settled.find_settled(system, sets),
    }


def main() -> None:
    """Answer Ansible."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = run(System(), module.params)
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
