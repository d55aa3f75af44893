#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: container_units_info
short_description: Tell what the container units of a host are doing
version_added: "1.0.0"
author:
  - holdfast.volumes contributors (@holdfast)
description:
  - Lists the container units that M(holdfast.volumes.container_units) made on a host, with what systemd and the engines
    know of them.
  - Asks systemd once and each engine once, however many units there are, and only engines that have units.
extends_documentation_fragment:
  - holdfast.volumes.attributes.info
options: {}
seealso:
  - module: holdfast.volumes.container_units
"""

EXAMPLES = r"""
- name: See what runs
  holdfast.volumes.container_units_info:
  register: found

- name: Ensure every unit that a boot starts is up
  ansible.builtin.assert:
    that: found.units | rejectattr('active_state', 'equalto', 'active') | list | length == 0
"""

RETURN = r"""
units:
  description: One item for each unit, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the app.
      type: str
      sample: web
    engine:
      description: What runs it, V(docker), V(nspawn) or V(podman).
      type: str
      sample: podman
    service:
      description: Its systemd service.
      type: str
      sample: holdfast-web.service
    active_state:
      description: What systemd says of it.
      type: str
      sample: active
    sub_state:
      description: The same, finer.
      type: str
      sample: running
    container_id:
      description: Id of its container, empty when there is none; for nspawn that of the service's present run.
      type: str
      sample: 3f4e0c1e8d0b
    pid:
      description: Process id of the container's main process on the host, 0 when none runs.
      type: int
      sample: 4711
    image:
      description: Name of the image.
      type: str
      sample: docker.io/library/nginx:1.27
    image_id:
      description: Id of the image; for nspawn the digest of its archive.
      type: str
      sample: 5ef79149e0ec
    user:
      description: User and group in the container, empty for root or the image's own.
      type: str
      sample: "1000:1000"
    level:
      description: SELinux level of the container's processes, empty where SELinux is off.
      type: str
      sample: s0:c12,c500
    ports:
      description: Published ports; none for nspawn, whose containers share the host's network.
      type: list
      elements: str
      sample: ["8080:80/tcp"]
    started_at:
      description: When the container was started, as its engine says it.
      type: str
      sample: "2026-01-01T12:00:00Z"
    secrets:
      description: Names of its secrets; no value is ever read.
      type: list
      elements: str
      sample: [orders-password, orders-user]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import container_runtime, secret_store
from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import service_of
from ansible_collections.holdfast.volumes.plugins.module_utils.container_report import report_unit
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import KINDS, engine_of


def run(system: System) -> list[dict[str, Any]]:
    current = container_runtime.read(system)
    engines = container_runtime.find_engines(current.files)
    records: dict[str, dict[str, Any]] = {}
    for engine in KINDS:
        containers = [service[: -len(".service")] for service, one in engines.items() if one == engine]
        records.update(container_runtime.inspect(system, engine, containers))
    texts = {service_of(path): text for path, text in current.files.items() if engine_of(path, text)}
    return [
        report_unit(
            service,
            engines[service],
            current.states.get(service, {}),
            records,
            secret_store.find_names(system, service[len("holdfast-") : -len(".service")], texts[service]),
        )
        for service in sorted(engines)
    ]


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        units = run(System())
    except HostError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, units=units)


if __name__ == "__main__":
    main()
