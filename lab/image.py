"""Build the guest images: Debian 13, SELinux labels written offline, enforcing from the first boot.

Two images come out of one build: ``bare`` has nothing of ours, ``fleet`` has the packages that the roles and a Kerberos
server would install, so that most scenarios need not wait for apt on an emulated processor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .paths import CACHE, PROJECT, LabError, digest, keep_newest, sudo, timed
from .prepare import archive

SUITE = "trixie"
FILES = PROJECT / "lab/image"
SIZE = "8G"
BARE = (
    "linux-image-cloud-amd64 systemd systemd-sysv udev dbus openssh-server python3 python3-apt sudo "
    "selinux-basics selinux-policy-default policycoreutils auditd iproute2 initramfs-tools ca-certificates less"
).split()
FLEET = (
    "nfs-kernel-server nfs-common podman netavark aardvark-dns crun catatonit docker.io docker-cli iptables nftables "
    "systemd-container xz-utils zstd python3-docker python3-semanage python3-selinux git ansible-core "
    "ktls-utils gssproxy krb5-kdc krb5-admin-server"
).split()


@dataclass(frozen=True)
class Image:
    """One built set: the disks of both kinds beside the kernel, the initial ramdisk and the key to log in with."""

    directory: Path

    @property
    def kernel(self) -> Path:
        return self.directory / "vmlinuz"

    @property
    def initrd(self) -> Path:
        return self.directory / "initrd.img"

    @property
    def key(self) -> Path:
        return self.directory / "id_ed25519"

    def disk(self, kind: str) -> Path:
        """The raw disk of ``bare`` or ``fleet``."""
        return self.directory / f"{kind}.img"


def key() -> str:
    """What an image's content depends on: this file and those copied into it."""
    return digest([FILES, PROJECT / "lab/image.py"], archive())


def ensure() -> Image:
    """The images, from the cache when they are there."""
    directory = CACHE / "image" / key()
    if not (directory / "complete").exists():
        with timed(f"building the guest images (Debian {SUITE})"):
            _build(directory)
        keep_newest(CACHE / "image", "*", 2)
    return Image(directory)


def _build(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "holdfast lab", "-f", str(directory / "id_ed25519")],
        check=True,
    )
    command = ["sh", str(FILES / "build.sh"), str(directory), SUITE, archive(), SIZE, ",".join(BARE), " ".join(FLEET)]
    log = directory / "build.log"
    with log.open("wb") as out:
        done = subprocess.run(
            sudo(command), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
        )
    if done.returncode:
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise LabError(f"the guest image could not be built; the end of {log}:\n" + "\n".join(tail))
    if os.geteuid():
        subprocess.run(sudo(["chown", "-R", f"{os.getuid()}:{os.getgid()}", str(directory)]), check=True)
    (directory / "complete").touch()
