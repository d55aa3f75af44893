# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Docker has of the collection's volumes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import docker_engine
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_engine import DockerEngine
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_volumes import (
    Found,
    find_suspects,
    parse_records,
    parse_users,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import PREFIX, EngineVolume
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

UNIX = "unix://"
DATA = "/var/lib/docker/volumes"


ARGUMENTS = {
    "docker_host": {"type": "str", "default": f"{UNIX}/run/docker.sock"},
    "timeout": {"type": "int", "default": 60},
}


def has_socket(system: System, url: str, why: str) -> bool:
    """Whether a daemon listens there on this host; HostError says ``why`` it can be at no other place."""
    if not url.startswith(f"{UNIX}/"):
        raise HostError(f"docker_host {url!r}: {why}; use {UNIX}/path/of/docker.sock")
    return system.stat(url[len(UNIX) :]) is not None


def find_engine(system: System, url: str, timeout: float) -> Optional[DockerEngine]:
    """An open connection; None where there is no Docker, or no SDK and no sign that one was ever needed."""
    if not has_socket(system, url, "volumes are made on this host only"):
        return None
    if not docker_engine.HAS_SDK and not any(name.startswith(PREFIX) for name in system.listdir(DATA)):
        return None
    return docker_engine.connect(url, timeout)


def read(engine: Optional[DockerEngine], wanted: Sequence[EngineVolume] = ()) -> dict[str, Found]:
    """The collection's volumes and those of wanted names; users of those that would have to go."""
    if engine is None:
        return {}
    names = {volume.name for volume in wanted}
    records = parse_records(engine.find_volumes())
    found = {name: one for name, one in records.items() if name in names or one.ours}
    suspects = find_suspects(found, wanted)
    users = parse_users(engine.find_containers(suspects)) if suspects else {}
    return {name: dataclasses.replace(one, users=tuple(users.get(name, ()))) for name, one in found.items()}
