# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module container_units is asked for."""

from __future__ import annotations

from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.health_checks import LIMITS


def argument_spec() -> dict[str, Any]:
    words = {"type": "list", "elements": "str", "default": []}
    text = {"type": "str", "default": ""}
    gate = {"path": {"type": "path", "default": ""}, "source": text, "identity": text}
    engine_volume = {
        "name": {"type": "str", "required": True},
        "source": {"type": "str", "required": True},
        "fstype": {"type": "str", "choices": ["nfs", "nfs4"], "default": "nfs4"},
        "options": words,
        "volume": text,
        "owner": {"type": "int", "default": 0},
        "group": {"type": "int", "default": 0},
    }
    mount = {
        "volume": text,
        "source": {"type": "path", "default": ""},
        "engine_volume": {"type": "dict", "options": engine_volume},
        "target": {"type": "str", "required": True},
        "read_only": {"type": "bool", "default": False},
        "gate": {"type": "dict", "default": {}, "options": gate},
    }
    limits = {key: {"type": "int", "default": seconds} for key, seconds in LIMITS.items()}
    health = {"http": text, "tcp": text, "command": words, **limits}
    part = {"text": text, "secret": {"type": "str", "no_log": True}, "encode": {"type": "bool", "default": False}}
    secret = {
        "name": {"type": "str", "required": True},
        "value": {"type": "str", "no_log": True},
        "parts": {"type": "list", "elements": "dict", "default": [], "options": part},
        "variables": words,
    }
    unit = {
        "name": {"type": "str", "required": True},
        "engine": {"type": "str", "required": True, "choices": ["docker", "nspawn", "podman"]},
        "image": {"type": "str", "required": True},
        **dict.fromkeys(("image_archive", "image_directory", "image_url", "image_digest"), text),
        "command": words,
        "environment": {"type": "dict", "default": {}, "no_log": True},
        "secrets": {"type": "list", "elements": "dict", "default": [], "no_log": False, "options": secret},
        "ports": words,
        "user": text,
        "read_only": {"type": "bool", "default": True},
        "tmpfs": words,
        "capabilities": words,
        "level": text,
        "start": {"type": "str", "choices": ["boot", "on_demand"], "default": "boot"},
        "app": text,
        "instance": {"type": "int", "default": 1},
        "health": {"type": "dict", "options": health},
        "max_run_time": {"type": "str", "default": "1h"},
        "mounts": {"type": "list", "elements": "dict", "default": [], "options": mount},
    }
    return {
        # As a whole: what Ansible logs of a list is escaped, and it would not find a value with a backslash in that.
        "units": {"type": "list", "elements": "dict", "required": True, "no_log": True, "options": unit},
        "retire": {"type": "bool", "default": False},
        "pull_timeout": {"type": "int", "default": 900},
        "start_timeout": {"type": "int", "default": 120},
    }
