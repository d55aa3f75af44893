# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is asked of the lists of the roles, and of what a host was found to have, before it is touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_plan,
    container_records,
    docker_volumes,
    host_traces,
    operation_rules,
)


def operation_problems(hostvars: Mapping[str, Any], hosts: Iterable[str], wanted: Mapping[str, Any]) -> list[str]:
    """What stands against an operation on ``hosts``, by the variables of all hosts."""
    plans = {
        host: {
            "units": hostvars[host].get("container_units_units") or [],
            "operations": hostvars[host].get("container_units_operations") or [],
        }
        for host in hostvars
    }
    return operation_rules.find_problems(plans, hosts, wanted)


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "container_unit_problems": container_records.find_problems,
            "docker_nfs_volume_problems": docker_volumes.find_problems,
            "has_file": host_traces.has_file,
            "lacking_files": host_traces.find_lacking,
            "leaving_containers": container_plan.find_leaving_paths,
            "operation_problems": operation_problems,
            "planned_operation": operation_rules.find_operation,
        }
