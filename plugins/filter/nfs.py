# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the role nfs_server asks of its lists before it touches a host."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import directories, export_rules


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "directory_problems": directories.find_problems,
            "export_addresses": export_rules.find_addresses,
            "export_problems": export_rules.find_problems,
        }
