# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters that turn the evidence of a survival proof into its certificate."""

from __future__ import annotations

from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import certificate, certificate_page


class FilterModule:
    """Hands the filters to Ansible."""

    def filters(self) -> dict[str, Any]:
        """By name."""
        return {
            "certificate_record": certificate.make_record,
            "certificate_json": certificate.render_json,
            "certificate_junit": certificate.render_junit,
            "certificate_html": certificate_page.render_html,
            "certificate_table": certificate.render_table,
        }
