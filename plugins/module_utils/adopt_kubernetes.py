# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PersistentVolumes and their claims: what NFS they stand for. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Difference, Share
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_tunnel import FSTYPE

CLUSTER = "kubernetes"
ALONE = "ReadWriteOncePod"
_QUANTITY = re.compile(r"([0-9]+)([KMGTP])i")
_DRIVERS = {"nfs.csi.k8s.io": "kubernetes-csi", "efs.csi.aws.com": "kubernetes-efs"}


@dataclass(frozen=True)
class Claim:
    """A PersistentVolume that is NFS, called as its claim is; ``size`` is "" where no word of ours says it exactly."""

    name: str
    share: Share
    size: str = ""
    single_writer: bool = False


def parse(documents: Iterable[Any]) -> tuple[list[Claim], list[Difference]]:
    """The claims of a set of objects, sorted by name, and the volumes that are none of NFS; other objects are not read.

    Lists of objects, as ``kubectl get -o yaml`` writes them, are looked into.
    """
    objects = [one for document in documents for one in _unfold(document)]
    bound: dict[str, list[str]] = {}
    for one in objects:
        if one.get("kind") == "PersistentVolumeClaim":
            volume = (one.get("spec") or {}).get("volumeName") or ""
            bound.setdefault(str(volume), []).append(str(one["metadata"]["name"]))
    claims, differences = [], [_say_dynamic(name) for name in bound.pop("", [])]
    for one in objects:
        if one.get("kind") == "PersistentVolume":
            name = str(one["metadata"]["name"])
            share = _read_share(name, one.get("spec") or {})
            if share is None:
                differences.append(_say_foreign(name))
            else:
                claims.append(_make_claim(name, one["spec"], share, bound.get(name, [])))
    return sorted(claims, key=lambda claim: claim.name), differences


def _unfold(document: Any) -> list[Mapping[str, Any]]:
    if not isinstance(document, dict):
        return []
    return list(document.get("items") or []) if document.get("kind", "").endswith("List") else [document]


def _read_share(name: str, spec: Mapping[str, Any]) -> Share | None:
    words = {"mountOptions": list(spec.get("mountOptions") or []), **spec}
    driver = (spec.get("csi") or {}).get("driver", "")
    quirk = "kubernetes" if spec.get("nfs") else _DRIVERS.get(driver, "")
    if not quirk:
        return None
    if quirk == "kubernetes-efs":
        csi = words["csi"]
        attributes = {"encryptInTransit": "true", **(csi.get("volumeAttributes") or {})}
        handle = csi["volumeHandle"] + ("" if ":" in csi["volumeHandle"] else ":/")
        words = {**words, "csi": {**csi, "volumeAttributes": attributes, "volumeHandle": handle}}
    source, options = QUIRKS[quirk].read(words)
    below = str(((spec.get("csi") or {}).get("volumeAttributes") or {}).get("subDir") or "")
    fstype = FSTYPE if quirk == "kubernetes-efs" else "nfs4"
    return Share(CLUSTER, name, f"{source.rstrip('/')}/{below}" if below else source, fstype, tuple(options))


def _make_claim(name: str, spec: Mapping[str, Any], share: Share, claims: list[str]) -> Claim:
    match = _QUANTITY.fullmatch(str((spec.get("capacity") or {}).get("storage", "")))
    return Claim(
        name=claims[0] if len(claims) == 1 else name,
        share=share,
        size=f"{match[1]}{match[2]}" if match else "",
        single_writer=ALONE in (spec.get("accessModes") or ()),
    )


def _say_dynamic(name: str) -> Difference:
    text = "it names no volume, so its storage class makes one"
    return Difference(CLUSTER, "left_out", f"the claim {name}", text, "give the PersistentVolume that came of it, too")


def _say_foreign(name: str) -> Difference:
    return Difference(CLUSTER, "left_out", f"the PersistentVolume {name}", "it is neither NFS nor Amazon EFS")
