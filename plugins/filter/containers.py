# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the roles container_units and docker_nfs_volumes ask of their lists before they touch a host."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import container_records, docker_volumes


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "container_unit_problems": container_records.find_problems,
            "docker_nfs_volume_problems": docker_volumes.find_problems,
        }
