# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_fstab import parse
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Share

TEXT = r"""# /etc/fstab: static file system information
UUID=3e6be9de-8139-11d1-9106-a43f08d823a6 / ext4 errors=remount-ro 0 1
10.77.0.11:/srv/site   /mnt/my\040site/  nfs   defaults,_netdev,context="a:b:c:s0:c1,c2"  0 0
  # 10.77.0.11:/srv/old /mnt/old nfs4 ro
fs-0123456789abcdef0:/ /mnt/efs efs _netdev,tls
[fd00::1]:/srv/x /mnt/x nfs4
//filer/share /mnt/cifs cifs password=secret 0 0
"""


def test_network_file_systems_alone_are_read():
    assert parse(TEXT) == [
        Share(
            "fstab",
            "/mnt/my site",
            "10.77.0.11:/srv/site",
            "nfs",
            ("defaults", "_netdev", 'context="a:b:c:s0:c1,c2"'),
            "/etc/fstab",
        ),
        Share("fstab", "/mnt/efs", "fs-0123456789abcdef0:/", "efs", ("_netdev", "tls"), "/etc/fstab"),
        Share("fstab", "/mnt/x", "[fd00::1]:/srv/x", "nfs4", ("defaults",), "/etc/fstab"),
    ]
