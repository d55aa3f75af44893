# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is asked of a catalogue about who can reach its volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.module_utils import access


def who_can(
    catalogue: Mapping[str, Any], hosts: str | Iterable[str], volumes: str | Iterable[str] = ()
) -> list[dict[str, Any]]:
    """What each of ``hosts`` can do with each of ``volumes``; either may be a single name."""
    try:
        return access.find_access(catalogue, _list(hosts), _list(volumes))
    except ValueError as error:
        raise AnsibleFilterError(f"who_can: {error}") from error


def _list(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {"who_can": who_can}
