# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the role nfs_transport asks of its variables and of the certificates of hosts."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.module_utils import transport_rules
from ansible_collections.holdfast.volumes.plugins.plugin_utils import host_certificate


def find_flaw(found: str, authority: str, names: list[str]) -> str:
    """As host_certificate.find_flaw, with errors that Ansible shows."""
    try:
        return host_certificate.find_flaw(found, authority, names)
    except ValueError as error:
        raise AnsibleFilterError(f"certificate_flaw: {error}") from error


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {
            "certificate_flaw": find_flaw,
            "certificate_names": host_certificate.render_names,
            "transport_problems": transport_rules.find_problems,
            "transport_refusals": transport_rules.find_refusals,
        }
