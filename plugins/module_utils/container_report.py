# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What systemd and an engine say of one container unit, in one record for every engine. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX


def report_unit(
    service: str,
    engine: str,
    state: Mapping[str, str],
    records: Mapping[str, Mapping[str, Any]],
    secrets: Sequence[str] = (),
) -> dict[str, Any]:
    """One unit as container_units_info returns it; ``records`` is {container: record of ``inspect``}."""
    container = service[: -len(".service")]
    record = records.get(container, {})
    config, live = record.get("Config") or {}, record.get("State") or {}
    return {
        "name": container[len(CONTAINER_PREFIX) :],
        "engine": engine,
        "service": service,
        "active_state": state.get("ActiveState", ""),
        "sub_state": state.get("SubState", ""),
        "container_id": record.get("Id", ""),
        "pid": live.get("Pid", 0),
        "image": config.get("Image", ""),
        "image_id": record.get("Image", ""),
        "user": config.get("User", ""),
        # system_u:system_r:container_t:s0:c12,c500
        "level": ":".join(str(record.get("ProcessLabel") or "").split(":")[3:]),
        "ports": _ports((record.get("HostConfig") or {}).get("PortBindings") or {}),
        "started_at": live.get("StartedAt", ""),
        "secrets": list(secrets),
    }


def _ports(bindings: Mapping[str, Any]) -> list[str]:
    # {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}
    return sorted(
        ":".join(part for part in (bound.get("HostIp"), bound.get("HostPort"), inside) if part)
        for inside, hosts in bindings.items()
        for bound in hosts or ()
    )
