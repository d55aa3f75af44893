# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the role selinux gives the module selinux_contexts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean

POLICIES = Path(__file__).parents[2] / "roles" / "selinux" / "files"


def policy_text(name: str) -> str:
    """The text of a policy module of the collection, wherever the collection is installed."""
    try:
        return (POLICIES / f"{name}.cil").read_text(encoding="utf-8")
    except OSError as error:
        known = ", ".join(sorted(path.stem for path in POLICIES.glob("*.cil")))
        raise AnsibleFilterError(f"the collection has no policy module {name!r}; it has {known}") from error


def context_sets(
    platforms: Mapping[str, Mapping[str, Any]],
    containers: Any,
    engine_nfs: Any,
    file_contexts: Iterable[Mapping[str, Any]],
    booleans: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """{family: arguments of selinux_contexts}, of what the platform needs and of what is given.

    Input of a wrong kind is passed on as it is, since the check of the role's arguments says what is wrong with it.
    """
    is_list, is_dict = isinstance(file_contexts, list), isinstance(booleans, Mapping)
    sets = {}
    for family, platform in platforms.items():
        own = platform if boolean(containers, strict=False) else {"file_contexts": [], "policy_modules": []}
        switched = platform["engine_nfs_booleans"] if boolean(engine_nfs, strict=False) else {}
        sets[family] = {
            "file_contexts": [*own["file_contexts"], *file_contexts] if is_list else file_contexts,
            "booleans": {**switched, **booleans} if is_dict else booleans,
            "policy_modules": own["policy_modules"],
        }
    return sets


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {"context_sets": context_sets, "policy_text": policy_text}
