"""The root file system of the simulated hosts: Debian, sshd, and what the roles would install, built once."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from pathlib import Path

from lab.paths import CACHE, LabError, digest, keep_newest, timed
from lab.prepare import archive, find

SUITE = "trixie"
PROGRAMS = {"mmdebstrap": "mmdebstrap", "ip": "iproute2", "ssh": "openssh-client", "unshare": "util-linux"}
PACKAGES = (
    "systemd-sysv openssh-server dbus python3 python3-apt iproute2 kmod busybox-static "
    "systemd-container tar xz-utils zstd ca-certificates"
).split()
# What the roles load for container networks, and the setting of a kernel that has it built in.
BUILT_IN = {
    "kernel/net/bridge/bridge.ko": "BRIDGE",
    "kernel/fs/overlayfs/overlay.ko": "OVERLAY_FS",
    "kernel/drivers/net/veth.ko": "VETH",
    "kernel/net/netfilter/nf_tables.ko": "NF_TABLES",
    "kernel/net/netfilter/nft_chain_nat.ko": "NF_NAT",
    "kernel/net/netfilter/nft_ct.ko": "NFT_CT",
    "kernel/net/netfilter/nft_fib_inet.ko": "NFT_FIB_INET",
    "kernel/net/netfilter/nft_masq.ko": "NFT_MASQ",
    "kernel/net/netfilter/nft_nat.ko": "NFT_NAT",
    "kernel/net/netfilter/nft_compat.ko": "NFT_COMPAT",
    "kernel/net/netfilter/xt_addrtype.ko": "NETFILTER_XT_MATCH_ADDRTYPE",
    "kernel/net/netfilter/xt_comment.ko": "NETFILTER_XT_MATCH_COMMENT",
    "kernel/net/netfilter/xt_conntrack.ko": "NETFILTER_XT_MATCH_CONNTRACK",
    "kernel/net/netfilter/xt_mark.ko": "NETFILTER_XT_MARK",
    "kernel/net/netfilter/xt_MASQUERADE.ko": "NETFILTER_XT_TARGET_MASQUERADE",
    "kernel/net/netfilter/xt_multiport.ko": "NETFILTER_XT_MATCH_MULTIPORT",
    "kernel/net/netfilter/xt_nat.ko": "NETFILTER_XT_NAT",
    "kernel/net/netfilter/xt_tcpudp.ko": "NETFILTER_XTABLES",
}


def build_root() -> Path:
    """The root that all hosts share below their own writes, from the cache when it is there."""
    missing = sorted({package for program, package in PROGRAMS.items() if not find(program)})
    if missing:
        raise LabError(f"the simulated hosts need {', '.join(missing)} of this machine; install these packages first")
    directory = CACHE / "benchmark" / digest([Path(__file__).resolve()], archive(), os.uname().release)
    if not (directory / "complete").exists():
        with timed(f"building the root of the simulated hosts (Debian {SUITE})"):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            _bootstrap(directory)
            _make_image(directory / "root/srv/image", directory / "root/usr/bin/busybox")
            _list_built_in(directory / "root")
            (directory / "complete").touch()
        keep_newest(CACHE / "benchmark", "*", 2)
    return directory / "root"


def _bootstrap(directory: Path) -> None:
    options = ["--variant=minbase", "--format=directory", f"--include={','.join(PACKAGES)}", "--skip=cleanup/apt/lists"]
    options += [f"--dpkgopt=path-exclude=/usr/share/{kind}/*" for kind in ("doc", "locale", "man")]
    source = [f"deb {archive()} {SUITE} main"] if archive() else []
    with (directory / "build.log").open("wb") as log:
        command = ["mmdebstrap", *options, SUITE, str(directory / "root"), *source]
        done = subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise LabError(f"the root of the simulated hosts could not be built; see {directory / 'build.log'}")
    (directory / "root/etc/ssh/sshd_config.d/benchmark.conf").write_text("UseDNS no\n")


def _make_image(image: Path, program: Path) -> None:
    """The image of the app: a root directory with one program."""
    for path in ("bin", "usr", "data", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var"):
        (image / path).mkdir(parents=True)
    shutil.copy(program, image / "bin/busybox")
    for path in ("etc/hosts", "etc/resolv.conf"):
        (image / path).touch()


def _list_built_in(root: Path) -> None:
    """Write what a kernel without modules has built in, a list that such kernels come without."""
    configuration = Path("/proc/config.gz")
    if find_modules() or not configuration.exists():
        return
    settings = gzip.decompress(configuration.read_bytes()).decode().splitlines()
    names = [path for path, setting in BUILT_IN.items() if f"CONFIG_{setting}=y" in settings]
    listed = root / "lib/modules" / os.uname().release
    listed.mkdir(parents=True)
    (listed / "modules.builtin").write_text("".join(f"{name}\n" for name in names))
    (listed / "modules.order").touch()
    subprocess.run(["chroot", str(root), "depmod", listed.name], check=True)


def find_modules() -> str:
    """The modules of the running kernel; empty when it has none."""
    path = f"/lib/modules/{os.uname().release}"
    return path if Path(path).exists() else ""
