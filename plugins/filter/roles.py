# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What playbooks ask of the roles of the collection, wherever it is installed."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable

import yaml
from ansible.errors import AnsibleFilterError

ROLES = Path(__file__).parents[2] / "roles"


def role_file(name: str) -> str:
    """The path of a file of a role, such as ``nfs_server/templates/nfs.conf.j2``: outside of it nothing looks there."""
    path = ROLES / name
    if not path.is_file():
        raise AnsibleFilterError(f"the collection has no file {name!r} below its roles")
    return str(path)


def role_arguments(roles: Iterable[str], entry: str = "main") -> dict[str, dict[str, Any]]:
    """{argument: its specification} of all these roles at an entry point, for one ``validate_argument_spec``."""
    return {name: option for role in roles for name, option in _read_specs(role).get(entry, {}).items()}


@functools.cache
def _read_specs(role: str) -> dict[str, dict[str, Any]]:
    text = Path(role_file(f"{role}/meta/argument_specs.yml")).read_text(encoding="utf-8")
    specs = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]
    return {entry: spec.get("options", {}) for entry, spec in specs.items()}


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {"role_arguments": role_arguments, "role_file": role_file}
