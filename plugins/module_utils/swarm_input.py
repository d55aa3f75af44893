# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module swarm_services is asked for."""

from __future__ import annotations

from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import container_input, docker_state
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_plan import Wanted
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import (
    AVAILABILITIES,
    FAILURES,
    LABELS,
    ORDERS,
    ROLES,
    parse_members,
    parse_services,
)

# What a service has of a container unit.
_OF_UNITS = (
    "name",
    "image",
    "command",
    "secrets",
    "ports",
    "user",
    "read_only",
    "tmpfs",
    "capabilities",
    "level",
    "mounts",
)


def argument_spec() -> dict[str, Any]:
    unit = container_input.argument_spec()["units"]["options"]
    health = {key: unit["health"]["options"][key] for key in ("interval", "timeout", "start_period")}
    service = {
        **{key: unit[key] for key in _OF_UNITS},
        "environment": {"type": "dict", "default": {}},
        "health": {
            "type": "dict",
            "options": {"command": {"type": "list", "elements": "str", "required": True}, **health},
        },
        "hosts": {"type": "list", "elements": "str", "required": True},
        "replicas": {"type": "int", "default": 1},
        "single_writer": {"type": "bool", "default": False},
        "update": {
            "type": "dict",
            "default": {},
            "options": {
                "parallel": {"type": "int", "default": 1},
                "order": {"type": "str", "choices": list(ORDERS), "default": "stop_first"},
                "on_failure": {"type": "str", "choices": list(FAILURES), "default": "pause"},
            },
        },
    }
    label = {
        "kind": {"type": "str", "choices": sorted(LABELS), "required": True},
        "name": {"type": "str", "required": True},
    }
    node = {
        "name": {"type": "str", "required": True},
        "address": {"type": "str", "required": True},
        "role": {"type": "str", "choices": list(ROLES), "default": "worker"},
        "labels": {"type": "list", "elements": "dict", "options": label},
        "availability": {"type": "str", "choices": list(AVAILABILITIES), "default": "active"},
        "fenced": {"type": "bool", "default": False},
    }
    return {
        # As a whole, as those of container_units.
        "services": {"type": "list", "elements": "dict", "required": True, "no_log": True, "options": service},
        "nodes": {"type": "list", "elements": "dict", "default": [], "options": node},
        "retire": {"type": "bool", "default": False},
        **docker_state.ARGUMENTS,
        "start_timeout": {"type": "int", "default": 300},
    }


def desired(params: dict[str, Any]) -> Wanted:
    """Services and members; raises HostError naming every problem at once."""
    return Wanted(tuple(parse_services(params["services"])), tuple(parse_members(params["nodes"])), params["retire"])
