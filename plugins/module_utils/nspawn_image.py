# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Root images of systemd-nspawn: unpacked once per content, shared read-only, removed when no unit names them.

An image is a directory below IMAGES whose name is the SHA-256 of the archive that it was unpacked from. So new content
is a new directory, and a unit moves to it by its definition: what runs never changes under its feet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo, root_tree
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import IMAGES
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_unit import find_points

SELINUX = "/sys/fs/selinux/enforce"


def resolve(system: System, units: Sequence[ContainerUnit]) -> list[ContainerUnit]:
    """``units`` with what only the host can say: the digests of archives, and whether SELinux is on."""
    digests: dict[str, str] = {}
    missing = [unit for unit in units if _archive(unit) and system.stat(_archive(unit)) is None]
    if missing:
        named = ", ".join(f"{_archive(unit)} ({unit.name})" for unit in missing)
        raise HostError(f"no root image at {named}, nothing was changed; copy the archive to the host first")
    for path in {_archive(unit) for unit in units if _archive(unit)}:
        digests[path] = f"sha256:{root_tree.find_digest(path)}"
    confined = any(unit.engine == "nspawn" for unit in units) and system.stat(SELINUX) is not None
    return [_resolve(unit, digests, confined) if unit.engine == "nspawn" else unit for unit in units]


def _archive(unit: ContainerUnit) -> str:
    return unit.image_archive if unit.engine == "nspawn" else ""


def _resolve(unit: ContainerUnit, digests: dict[str, str], confined: bool) -> ContainerUnit:
    found = digests.get(unit.image_archive, unit.image_digest)
    if unit.image_digest not in ("", found):
        raise HostError(
            f"{unit.name}: {unit.image_archive} has the digest {found}, not {unit.image_digest}, nothing was changed; "
            "copy the right archive to the host, or correct the digest"
        )
    return replace(unit, image_digest=found, confined=confined)


def provide(system: System, unit: ContainerUnit, timeout: float) -> None:
    """Make sure that the root image of ``unit`` is there and has every directory that is mounted on in it."""
    if unit.image_directory:
        _check_directory(system, unit)
        return
    if system.stat(unit.root) is None:
        _make_base(system)
        _unpack(system, unit, timeout)
    for path, kind in find_points(unit):
        root_tree.make_inside(unit.root, path, kind)
    if unit.user:
        _check_getent(unit)


def _make_base(system: System) -> None:
    if system.stat(IMAGES) is None:
        # Closed to others, since an image may hold programs that are set-user-ID.
        system.make_directory(IMAGES, 0o700)
        if system.has("restorecon"):
            system.check(["restorecon", IMAGES])


def _unpack(system: System, unit: ContainerUnit, timeout: float) -> None:
    digest = unit.image_digest.partition(":")[2]
    fetched, part = f".{digest}.tar", f".{digest}.part"
    _remove(system, [fetched, part])
    archive = unit.image_archive or f"{IMAGES}/{fetched}"
    try:
        if unit.image_url:
            root_tree.download(unit.image_url, archive, digest, timeout)
        system.make_directory(f"{IMAGES}/{part}")
        flags = ["--numeric-owner", "--preserve-permissions", "--same-owner"]
        system.check(["tar", "--extract", *flags, f"--file={archive}", f"--directory={IMAGES}/{part}"], timeout)
        if root_tree.find_missing(f"{IMAGES}/{part}", ["/usr"]):
            raise HostError(
                f"{unit.image_url or archive} holds no root file system, as it has no usr/ (an image that docker or "
                "podman saved is none either); give a tar of a root directory"
            )
        # Under its final name a tree counts as whole, so after a power failure it must be.
        system.check(["sync", "--file-system", f"{IMAGES}/{part}"], timeout)
        root_tree.settle(f"{IMAGES}/{part}", unit.root)
    finally:
        _remove(system, [fetched, part])


def _check_directory(system: System, unit: ContainerUnit) -> None:
    if system.stat(unit.image_directory) is None:
        raise HostError(f"{unit.name}: there is no root image at {unit.image_directory}; make it first")
    missing = root_tree.find_missing(unit.image_directory, [path for path, dummy in find_points(unit)])
    if missing:
        raise HostError(
            f"{unit.name}: {unit.image_directory} is read-only to its container and lacks {', '.join(missing)}; "
            "make these empty files and directories in it"
        )
    if unit.user:
        _check_getent(unit)


def _check_getent(unit: ContainerUnit) -> None:
    if root_tree.find_missing(unit.root, ["/usr/bin/getent"]):
        raise HostError(
            f"{unit.name}: the root image has no /usr/bin/getent, by which nspawn becomes the user {unit.user}; "
            "add it (Debian: libc-bin), or leave `user` out"
        )


def discard(system: System, paths: Sequence[str]) -> None:
    """Remove images that no unit names any more; HostError when anything is mounted in one, and none is removed."""
    _remove(system, [path.rpartition("/")[2] for path in paths])


def _remove(system: System, names: Sequence[str]) -> None:
    trees = [f"{IMAGES}/{name}/" for name in names]
    mounts = mountinfo.parse(system.read("/proc/self/mountinfo") or "")
    held = [mount.path for mount in mounts if f"{mount.path}/".startswith(tuple(trees))]
    if held:
        raise HostError(
            f"{', '.join(held)}: mounted in a root image that is to go, so none was removed; unmount it first"
        )
    for name in names:
        root_tree.remove(system, IMAGES, name)
