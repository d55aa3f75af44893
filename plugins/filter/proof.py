# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters of the playbook prove: which witnesses to write, to demand back and to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import proof

FACTS = ("distribution", "distribution_version", "selinux")


def proof_evidence(hostvars: Mapping[str, Any], hosts: list[str]) -> list[dict[str, Any]]:
    """What the playbook registered on each host, and the evidence that the caller's tasks added, as plain data."""
    return [_collect(host, hostvars[host]) for host in hosts]


def _collect(host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    facts = variables.get("ansible_facts") or {}
    found = {name: variables[f"__prove_{name}"] for name in proof.REGISTERED if f"__prove_{name}" in variables}
    return {
        "host": host,
        "facts": {name: facts[name] for name in FACTS if name in facts},
        "extra": list(variables.get("holdfast_evidence") or []),
        **found,
    }


class FilterModule:
    """Hands the filters to Ansible."""

    def filters(self) -> dict[str, Any]:
        """By name."""
        return {
            "proof_evidence": proof_evidence,
            "proof_writers": proof.plan_writers,
            "proof_at_rest": proof.plan_at_rest,
            "proof_readers": proof.plan_readers,
            "proof_removals": proof.plan_removals,
            "proof_waiting": proof.find_waiting,
        }
