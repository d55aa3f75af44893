# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the role docker_swarm asks of its variables, and of what its hosts were found to be."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_records, swarm_rules


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "swarm_leader": swarm_rules.find_leader,
            "swarm_managers": swarm_rules.find_managers,
            "swarm_members": swarm_rules.find_members,
            "swarm_nodes": swarm_rules.plan_nodes,
            "swarm_refusals": swarm_rules.find_refusals,
            "swarm_service_problems": swarm_records.find_problems,
        }
