# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network file systems of fstab(5). Pure."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Share
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_tunnel import FSTYPE
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import FSTYPES
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import split_options, unescape

PATH = "/etc/fstab"


def parse(text: str) -> list[Share]:
    """Every line that mounts NFS or Amazon EFS, in the order of the file; no other line is looked at further."""
    # 10.77.0.11:/srv/volumes/site /mnt/my\\040site nfs4 defaults,_netdev 0 0
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [
        Share(
            "fstab", unescape(words[1]).rstrip("/") or "/", unescape(words[0]), words[2], split_options(options), PATH
        )
        for words in lines
        if len(words) >= 3 and words[2] in (*FSTYPES, FSTYPE)
        for options in [words[3] if len(words) > 3 else "defaults"]
    ]
