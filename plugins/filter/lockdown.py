# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters that tell the role host_lockdown what there is to guard."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import lockdown_rules


class FilterModule:
    """Hands the filters to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {
            "capability_problems": lockdown_rules.find_capability_problems,
            "data_owners": lockdown_rules.find_owners,
            "nfs_servers": lockdown_rules.find_servers,
            "volume_parents": lockdown_rules.find_parents,
        }
