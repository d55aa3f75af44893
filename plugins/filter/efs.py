# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stores on Amazon EFS need of a host and of the controller."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import efs_plan, efs_tunnel


def find_missing_collections(names: Iterable[str]) -> list[str]:
    """Those of the collections that this controller does not have."""
    return [name for name in names if not _has_collection(name)]


def _has_collection(name: str) -> bool:
    try:
        return importlib.util.find_spec(f"ansible_collections.{name}") is not None
    except ModuleNotFoundError:
        return False


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "efs_helper_problems": efs_tunnel.find_helper_problems,
            "efs_plans": efs_plan.plan_file_systems,
            "efs_problems": efs_plan.find_problems,
            "efs_stores": efs_plan.render_stores,
            "missing_collections": find_missing_collections,
        }
