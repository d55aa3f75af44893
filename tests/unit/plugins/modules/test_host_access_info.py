# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from unittest.mock import create_autospec

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.modules import host_access_info


def test_a_bare_host_has_neither_sockets_nor_firewall_nor_selinux():
    system = create_autospec(System, instance=True)
    system.read.return_value = system.stat.return_value = None
    system.has.return_value = False
    assert host_access_info.run(system) == {"selinux": "disabled", "sockets": [], "firewall": None}
