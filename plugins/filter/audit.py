# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters that turn what an audit saw into its record and the forms of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import audit, audit_report, certificate

# Host variables of the playbook audit, and what a look calls them.
SEEN = ("exports", "directories", "mounts", "contexts", "units", "lockdown", "denials")


def audit_looks(hostvars: Mapping[str, Any], hosts: Iterable[str]) -> list[dict[str, Any]]:
    """The looks at ``hosts``, from the variables that the playbook registers; {host} alone where one is missing."""
    return [_look(hostvars[host], host) for host in hosts]


def _look(found: Mapping[str, Any], host: str) -> dict[str, Any]:
    seen = {name: found[f"__audit_{name}"] for name in SEEN if f"__audit_{name}" in found}
    if len(seen) < len(SEEN) or "__audit_plan" not in found:
        return {"host": host}
    return {"host": host, "access": found["__audit_found"]["access"], **seen, **found["__audit_plan"]}


class FilterModule:
    """Hands the filters to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {
            "audit_looks": audit_looks,
            "audit_record": audit.make_record,
            "audit_json": certificate.render_json,
            "audit_junit": audit_report.render_junit,
            "audit_html": audit_report.render_html,
            "audit_lines": audit_report.render_lines,
        }
