# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a text is an address, which nobody need resolve. Pure."""

from __future__ import annotations

import ipaddress


def is_address(text: str) -> bool:
    """Whether it is one IP address, IPv6 without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_network(text: str, strict: bool = False) -> bool:
    """Whether it is an IP address or a network; with ``strict`` no network whose address has bits of a host."""
    try:
        ipaddress.ip_network(text, strict)
    except ValueError:
        return False
    return True
