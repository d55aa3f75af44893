# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One network volume in the words of every engine, and read back from them: the table of engine quirks. Pure.

Sources: docs.docker.com on volumes, podman-systemd.unit(5), systemd.mount(5), the API reference of Kubernetes, the
README files of csi-driver-nfs and aws-efs-csi-driver, and developer.hashicorp.com on the volumes of Nomad.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import efs_tunnel, engine_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import VolumeRecord
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import join_source, split_source
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import split_options
from ansible_collections.holdfast.volumes.plugins.module_utils.nfs_mount_options import parse as parse_options

Words = dict[str, Any]
# Words of the mount helper of Amazon EFS that its driver for Kubernetes says elsewhere.
_SAID_BY_DRIVER = ("tls", "accesspoint")


@dataclass(frozen=True)
class Quirk:
    """How an engine says a volume: ``render`` (volume, read only) in its words, ``read`` (source, options) from them.

    ``labelled``: whether its mount says the SELinux level of every file, which elsewhere is nfs_t for all apps.
    ``negotiates``: whether something finds out the version of NFS; mount(2) alone does not.
    ``owns_groups``: whether it changes the group of files to the fsGroup of a pod, see CSIDriver.spec.fsGroupPolicy.
    ``splits``: whether a read-only twin of a volume can be told from it.
    """

    render: Callable[[VolumeRecord, bool], Words]
    read: Callable[[Mapping[str, Any]], tuple[str, list[str]]]
    labelled: bool = True
    negotiates: bool = True
    owns_groups: bool = False
    splits: bool = True


def _render_systemd(volume: VolumeRecord, read_only: bool) -> Words:
    options = volume.find_options(read_only, labelled=True)
    return {"What": volume.source, "Where": volume.path, "Type": volume.fstype, "Options": ",".join(options)}


def _read_systemd(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    return words["What"], list(split_options(words["Options"]))


def _render_docker(volume: VolumeRecord, read_only: bool) -> Words:
    return dict(engine_volumes.render_docker_options(volume.attach(read_only)))


def _read_docker(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    options = [word for word in words["o"].split(",") if not word.startswith("addr=")]
    return engine_volumes.find_source(words), options


def _render_podman(volume: VolumeRecord, read_only: bool) -> Words:
    return dict(engine_volumes.render_podman_options(volume.attach(read_only)))


def _read_podman(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    options = words["o"].split(",")
    return words["device"], options[: options.index("sloppy")]


def _render_static(volume: VolumeRecord, read_only: bool) -> Words:
    server, path = split_source(volume.source)
    # nfs.readOnly says the option ro itself.
    return {
        "mountOptions": volume.find_options(read_only, labelled=True),
        "nfs": {"server": server, "path": path, "readOnly": read_only},
    }


def _read_static(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    return join_source(words["nfs"]["server"], words["nfs"]["path"]), list(words["mountOptions"])


def _render_csi(volume: VolumeRecord, read_only: bool) -> Words:
    server, path = split_source(volume.source)
    return {
        "mountOptions": volume.find_options(read_only, labelled=True),
        "csi": {
            "driver": "nfs.csi.k8s.io",
            # server#share#directory#unique: two volumes of one cluster may not share a handle.
            "volumeHandle": f"{server}#{path}##{engine_volumes.render_name(volume.name, read_only)}",
            "readOnly": read_only,
            "volumeAttributes": {"server": server, "share": path},
        },
    }


def _read_csi(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    about = words["csi"]["volumeAttributes"]
    return join_source(about["server"], about["share"]), list(words["mountOptions"])


def _render_efs(volume: VolumeRecord, read_only: bool) -> Words:
    options = volume.find_options(read_only, labelled=True)
    dummy, path = split_source(volume.source)
    source = efs_tunnel.render_source(volume.file_system_id, path)
    return {
        "mountOptions": [one for one in options if one.partition("=")[0] not in _SAID_BY_DRIVER],
        "csi": {
            "driver": "efs.csi.aws.com",
            "volumeHandle": efs_tunnel.find_wanted(source, options),
            "readOnly": read_only,
            "volumeAttributes": {"encryptInTransit": str("tls" in options).lower()},
        },
    }


def _read_efs(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    file_system, path, *access_point = words["csi"]["volumeHandle"].split(":")
    encrypted = words["csi"]["volumeAttributes"]["encryptInTransit"] == "true"
    said = [*(["tls"] if encrypted else []), *(f"accesspoint={one}" for one in access_point)]
    return f"{file_system}:{path}", [*words["mountOptions"], *said]


def _render_nomad(volume: VolumeRecord, read_only: bool) -> Words:
    server, path = split_source(volume.source)
    return {
        "external_id": _render_csi(volume, read_only)["csi"]["volumeHandle"],
        "mount_options": {"fs_type": "nfs", "mount_flags": volume.find_options(read_only, labelled=True)},
        "context": {"server": server, "share": path},
    }


def _read_nomad(words: Mapping[str, Any]) -> tuple[str, list[str]]:
    about = words["context"]
    return join_source(about["server"], about["share"]), list(words["mount_options"]["mount_flags"])


QUIRKS: Mapping[str, Quirk] = {
    "systemd": Quirk(_render_systemd, _read_systemd),
    "docker": Quirk(_render_docker, _read_docker, labelled=False, negotiates=False),
    "podman": Quirk(_render_podman, _read_podman, labelled=False),
    "kubernetes": Quirk(_render_static, _read_static),
    "kubernetes-csi": Quirk(_render_csi, _read_csi, owns_groups=True),
    "kubernetes-efs": Quirk(_render_efs, _read_efs, splits=False),
    "nomad": Quirk(_render_nomad, _read_nomad),
}


def find_obstacle(engine: str, volume: VolumeRecord) -> str:
    """Why an engine cannot mount a volume itself, "" where it can."""
    if volume.fstype == efs_tunnel.FSTYPE and engine != "kubernetes-efs":
        return "only the mount helper of amazon-efs-utils can mount it; the hosts have to"
    if not QUIRKS[engine].negotiates and "vers" not in parse_options(volume.options):
        return "the kernel negotiates no version of NFS; give its store a `version`"
    return ""
