# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.filter.access import who_can

CATALOGUE = {
    "stores": {"main": {"type": "nfs_server", "host": "nfs1"}},
    "volumes": {"logs": {"store": "main"}},
    "bindings": [],
}


def test_a_single_name_is_as_good_as_a_list():
    assert who_can(CATALOGUE, "nfs1", "logs") == who_can(CATALOGUE, ["nfs1"], ["logs"]) == who_can(CATALOGUE, "nfs1")


def test_an_unknown_volume_is_refused():
    with pytest.raises(AnsibleFilterError, match="who_can: no volume log"):
        who_can(CATALOGUE, "nfs1", "log")
