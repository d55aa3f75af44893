"""Install what the lab needs on the host, from the host's own package sources."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from .paths import CACHE, LabError, keep_newest, say, sudo, timed

PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "qemu-img": "qemu-utils",
    "skopeo": "skopeo",
    "docker-registry": "docker-registry",
    "npm": "npm",
    "mkfs.ext4": "e2fsprogs",
    "ssh": "openssh-client",
}
QEMU_GOOD = 8  # older ones need a processor flag off and boot more slowly


def install() -> None:
    """Make every program of the lab available; does nothing when all are there."""
    _refuse_other_systems()
    missing = sorted({package for program, package in PROGRAMS.items() if not find(program)})
    if missing:
        with timed(f"installing {', '.join(missing)}"):
            _apt([], ["update", "-q"])
            _apt([], ["install", "-q", "-y", "--no-install-recommends", *missing])
            _keep_registry_stopped()
    if not find("qemu-system-x86_64"):
        with timed("installing QEMU"):
            _install_qemu()


def virtual_environment(directory: Path, requirements: Path) -> None:
    """Make a Python environment of what a file requires; a part-made one is made anew."""
    if sys.version_info < (3, 11):
        raise LabError(f"the tools need Python 3.11 or newer, python3 is {sys.version.split()[0]}")
    if importlib.util.find_spec("ensurepip") is None:
        with timed("installing python3-venv"):
            _apt([], ["update", "-q"])
            _apt([], ["install", "-q", "-y", "--no-install-recommends", "python3-venv"])
    with timed("installing the Python environment"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(directory)], check=True)
        pip = [str(directory / "bin/pip"), "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
    (directory / "complete").touch()
    keep_newest(directory.parent, "venv-*", 2)


def find(program: str) -> str | None:
    """The program's path, also in the administrator's directories."""
    return shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin")


def qemu_version() -> int:
    """The major version of the installed QEMU."""
    text = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
    return int(text.split("version ")[1].split(".")[0])


@functools.cache
def archive() -> str:
    """The URI of the Debian archive that the host's own apt uses; empty when it uses none."""
    targets = ["apt-get", "indextargets", "--format", "$(SITE)|$(RELEASE)|$(CREATED_BY)|$(ORIGIN)"]
    text = subprocess.run(targets, capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        site, release, created_by, origin = line.split("|")
        if (release, created_by, origin) == (_codename(), "Packages", "Debian"):
            return site
    return ""


def _install_qemu() -> None:
    backports = f"{_codename()}-backports"
    private = CACHE / "apt"
    (private / "lists/partial").mkdir(parents=True, exist_ok=True)
    listing = private / "backports.list"
    site = archive()
    listing.write_text("".join(f"deb {site} {suite} main\n" for suite in (_codename(), backports) if site))
    # A package state of its own: the host's list of sources stays as it is.
    options = [f"Dir::Etc::SourceList={listing}", "Dir::Etc::SourceParts=-", f"Dir::State::Lists={private / 'lists'}"]
    try:
        _apt(options, ["update", "-q"])
        _apt(options, ["install", "-q", "-y", "--no-install-recommends", "-t", backports, "qemu-system-x86"])
    except subprocess.CalledProcessError:
        say("no newer QEMU in this system's backports; taking the distribution's own")
        _apt([], ["install", "-q", "-y", "--no-install-recommends", "qemu-system-x86"])


def _apt(options: list[str], words: list[str]) -> None:
    flags = [word for option in options for word in ("-o", option)]
    command = sudo(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *flags, *words])
    log = CACHE / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        subprocess.run(command, check=True, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


def _keep_registry_stopped() -> None:
    # The package starts a registry for the whole host; the lab runs its own on loopback.
    if Path("/run/systemd/system").is_dir():
        subprocess.run(sudo(["systemctl", "disable", "--now", "docker-registry"]), check=False, capture_output=True)


def _codename() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return ""


def _refuse_other_systems() -> None:
    if not shutil.which("apt-get"):
        lacking = [program for program in [*PROGRAMS, "qemu-system-x86_64"] if not find(program)]
        if lacking:
            raise LabError(f"this system has no apt; install these programs first: {', '.join(lacking)}")
