# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking a container how it is: from its own network, with a time limit, whatever its engine and image.

A published port would not do: Docker accepts connections to it for a container that does not listen.
"""

from __future__ import annotations

import ctypes
import http.client
import socket
from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import container_runtime
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.container_view import join, open_namespaces
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import call
from ansible_collections.holdfast.volumes.plugins.module_utils.health_checks import Health
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, ProbeTimeout, System

# Docker says nothing about a container that it is starting. Less than the default start_period, so it is asked again.
ENGINE_TIMEOUT = 15.0


def await_healthy(system: System, units: list[ContainerUnit]) -> dict[str, str]:
    """Ask each until all are healthy or their time is over; those that are not, {service: what is wrong}."""
    checks = [unit.health for unit in units if unit.health]
    sick: dict[str, str] = {}

    def healed() -> bool:
        asked = [unit for unit in units if sick.get(unit.service, "not asked")]
        sick.update({unit.service: _examine(system, unit) for unit in asked})
        return not any(sick.values())

    if checks:
        limit = max(check.start_period for check in checks)
        system.poll(healed, limit, min(check.interval for check in checks))
    return {
        unit.service: f"{unit.service} is up, but not healthy after {limit} s: {unit.health}: {sick[unit.service]}"
        for unit in units
        if sick[unit.service]
    }


def _examine(system: System, unit: ContainerUnit) -> str:
    try:
        record = container_runtime.inspect(system, unit.engine, [unit.container], ENGINE_TIMEOUT).get(unit.container)
    except HostError as error:
        return str(error)
    if record is None or not record["State"]["Running"]:
        return "its container does not run any more"
    return ask(system, unit.engine, unit.container, record, unit.health) if unit.health else ""


def ask(system: System, engine: str, container: str, record: Mapping[str, Any], health: Health) -> str:
    """What is wrong with a running container, "" when it is healthy; ``record`` is the engine's, with its process."""
    try:
        if health.command:
            done = call(system, engine, ["exec", container, *health.command], health.timeout)
            said = (done.err or done.out).strip().splitlines()
            return "" if done.rc == 0 else f"it ended with {done.rc}{': ' + said[-1] if said else ''}"
        pid = int(record["State"]["Pid"])
        return str(system.probe(request, pid, health.port, health.path, health.timeout, timeout=health.timeout + 1))
    except ProbeTimeout:
        return f"no answer within {health.timeout} s"
    except (OSError, HostError) as error:
        return str(error)


def request(pid: int, port: int, path: str, timeout: float) -> str:
    """In a child of System.probe: go into the network of a process and try; without ``path`` a connection is enough."""
    join(ctypes.CDLL(None, use_errno=True), open_namespaces(pid, ["net"]))
    return fetch(port, path, timeout) if path else connect(port, timeout)


def fetch(port: int, path: str, timeout: float) -> str:
    """What came instead of a status of 200 to 399, "" for one of those."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": "localhost", "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return "" if 200 <= status < 400 else f"status {status}"


def connect(port: int, timeout: float) -> str:
    """Why nothing accepts a connection, "" when something does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout).close()
    except OSError as error:
        return str(error)
    return ""
