# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.addresses import is_address, is_network


@pytest.mark.parametrize(
    ("text", "address", "network", "strictly"),
    [
        ("10.0.0.1", True, True, True),
        ("fd00::1", True, True, True),
        ("10.0.0.0/24", False, True, True),
        ("10.0.0.1/24", False, True, False),
        ("[fd00::1]", False, False, False),
        ("10.0.0.256", False, False, False),
        ("nfs1", False, False, False),
        ("", False, False, False),
    ],
)
def test_addresses_and_networks_are_told_from_names(text, address, network, strictly):
    assert (is_address(text), is_network(text), is_network(text, strict=True)) == (address, network, strictly)
