# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the role pull is asked for, and the units that it writes."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import pull_rules, pull_units


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "pull_problems": pull_rules.find_problems,
            "pull_service": pull_units.render_service,
            "pull_timer": pull_units.render_timer,
        }
