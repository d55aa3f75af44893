# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose data a host has, and who may have a way to it."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  owners:
    description: User ids of data, each with what belongs to it, as messages shall call it.
    type: dict
    default: {}
  accounts:
    description: Accounts that may have a way to the data.
    type: list
    elements: str
    default: []
  containers:
    description:
      - Containers of other origin that may have something of the host. By the name that Docker has for them, else by
        that of their unit, such as C(libpod-4f5e.scope) or C(agent.service).
    type: list
    elements: str
    default: []
"""
