# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module host_mounts is asked for, what is wrong with that, and what each path needs. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import mount_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Current, Desired, Verdict

ARGUMENTS: dict[str, Any] = {
    "mounts": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "path": {"type": "str", "required": True},
            "source": {"type": "str", "required": True},
            "fstype": {"type": "str", "default": "nfs4"},
            "options": {"type": "list", "elements": "str", "default": []},
            "identity": {"type": "str", "default": ""},
        },
    },
    "parent": {"type": "str", "default": "/srv/holdfast"},
    "retire": {"type": "bool", "default": False},
    "allow_disruption": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 10},
    "start_timeout": {"type": "int", "default": 90},
}


def desired(params: dict[str, Any]) -> Desired:
    """The wanted set; HostError names everything that is wrong with it."""
    try:
        return mount_plan.parse_desired(params["mounts"], params["parent"])
    except ValueError as error:
        raise HostError(f"nothing was changed, the input is wrong:\n{error}") from error


def judge(current: Current, wanted: Desired, retire: bool) -> list[Verdict]:
    """A verdict for each path that is dealt with."""
    return [
        mount_plan.judge(found, wanted.mounts.get(path), current.selinux)
        for path, found in current.found.items()
        if not (retire and path in wanted.mounts)
    ]
