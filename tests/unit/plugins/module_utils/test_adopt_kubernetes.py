# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_kubernetes import Claim, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Share
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan

TEXT = """
kind: PersistentVolume
metadata: {name: pv-site}
spec:
  capacity: {storage: 5Gi}
  accessModes: [ReadWriteMany]
  mountOptions: [nfsvers=4.2, noexec]
  nfs: {server: 10.77.0.11, path: /srv/site}
---
kind: List
items:
  - kind: PersistentVolumeClaim
    metadata: {name: site}
    spec: {volumeName: pv-site}
  - kind: PersistentVolumeClaim
    metadata: {name: dynamic}
    spec: {storageClassName: fast}
  - kind: PersistentVolume
    metadata: {name: rows}
    spec:
      capacity: {storage: 500M}
      accessModes: [ReadWriteOncePod]
      csi:
        driver: nfs.csi.k8s.io
        volumeHandle: x
        volumeAttributes: {server: "fd00::1", share: /srv, subDir: rows}
  - kind: PersistentVolume
    metadata: {name: cloud}
    spec:
      csi: {driver: efs.csi.aws.com, volumeHandle: "fs-0123456789abcdef0:/x:fsap-0123456789abcdef0"}
  - kind: PersistentVolume
    metadata: {name: disk}
    spec: {csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}
  - kind: Secret
    metadata: {name: s}
    data: {password: c2VjcmV0}
---
"""


def test_volumes_are_called_after_their_claims():
    claims, differences = parse(yaml.safe_load_all(TEXT))
    efs = Share("kubernetes", "cloud", "fs-0123456789abcdef0:/x", "efs", ("tls", "accesspoint=fsap-0123456789abcdef0"))
    assert claims == [
        Claim("cloud", efs),
        Claim("rows", Share("kubernetes", "rows", "[fd00::1]:/srv/rows", "nfs4"), "", True),
        Claim("site", Share("kubernetes", "pv-site", "10.77.0.11:/srv/site", "nfs4", ("nfsvers=4.2", "noexec")), "5G"),
    ]
    assert [(one.kind, one.about) for one in differences] == [
        ("left_out", "the claim dynamic"),
        ("left_out", "the PersistentVolume disk"),
    ]


def test_what_the_collection_compiles_is_read_back():
    volume = next(one for one in load_plan().volumes if one.fstype == "nfs4")
    for engine in ("kubernetes", "kubernetes-csi"):
        spec = QUIRKS[engine].render(volume, False)
        (claim,), dummy = parse([{"kind": "PersistentVolume", "metadata": {"name": "x"}, "spec": spec}])
        assert claim.share.source == volume.source
        assert list(claim.share.options) == spec["mountOptions"]
