# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What roles ask of a platform, under the names that Ansible's own facts have, from a few small files.

The collectors of ansible-core say the same, but one of them cannot be had without all, and reading all of them in takes
longer on a host than everything that is asked here. See os-release(5), selinux_config(5).
"""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
ENFORCE = "/sys/fs/selinux/enforce"
SELINUX_CONFIG = "/etc/selinux/config"
_NAMES = {
    "almalinux": "AlmaLinux",
    "amzn": "Amazon",
    "centos": "CentOS",
    "debian": "Debian",
    "fedora": "Fedora",
    "ol": "OracleLinux",
    "rhel": "RedHat",
    "rocky": "Rocky",
    "ubuntu": "Ubuntu",
}
# The first of these words among ID and ID_LIKE decides.
_FAMILIES = {"debian": "Debian", "ubuntu": "Debian", "rhel": "RedHat", "centos": "RedHat", "fedora": "RedHat"}


def read(system: System) -> dict[str, Any]:
    """``os_family``, ``distribution``, ``distribution_major_version``, ``distribution_version``, ``pkg_mgr`` and
    ``selinux`` with ``status`` and, where that is ``enabled``, ``mode``, ``config_mode`` and ``type``."""
    text = next(filter(None, map(system.read, OS_RELEASE)), "")
    platform = describe(parse_os_release(text))
    managers = {"Debian": "apt", "RedHat": _find_dnf(system) if platform["os_family"] == "RedHat" else ""}
    selinux = describe_selinux(system.read(ENFORCE), system.read(SELINUX_CONFIG) or "")
    return {**platform, "pkg_mgr": managers.get(platform["os_family"], "unknown"), "selinux": selinux}


def _find_dnf(system: System) -> str:
    return "dnf5" if system.probe(os.path.realpath, "/usr/bin/dnf") == "/usr/bin/dnf5" else "dnf"


def parse_os_release(text: str) -> dict[str, str]:
    """The assignments of an os-release file; a line that is none is left out."""
    pairs = [line.partition("=") for line in text.splitlines() if re.match(r"[A-Z_]+=", line)]
    return {key: "".join(shlex.split(value)) if _is_quoted(value) else value for key, dummy, value in pairs}


def _is_quoted(value: str) -> bool:
    # ID_LIKE="rhel centos fedora"; what is broken stays as it is.
    return len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"


def describe(release: dict[str, str]) -> dict[str, str]:
    """The facts that follow from os-release."""
    name, version = release.get("ID", ""), release.get("VERSION_ID", "")
    alike = [name, *release.get("ID_LIKE", "").split()]
    families = [_FAMILIES[word] for word in alike if word in _FAMILIES]
    return {
        "os_family": families[0] if families else name.capitalize(),
        "distribution": _NAMES.get(name, name.capitalize()),
        "distribution_version": version,
        "distribution_major_version": version.partition(".")[0],
    }


def describe_selinux(enforce: str | None, config: str) -> dict[str, str]:
    """The fact ``selinux`` from the kernel's file, None when SELinux is off, and from /etc/selinux/config."""
    if enforce is None:
        return {"status": "disabled"}
    # SELINUX=enforcing, SELINUXTYPE=targeted
    words = dict(re.findall(r"^\s*(SELINUX|SELINUXTYPE)\s*=\s*(\w[\w-]*)", config, re.MULTILINE))
    return {
        "status": "enabled",
        "mode": "enforcing" if enforce.strip() == "1" else "permissive",
        "config_mode": words.get("SELINUX", "unknown").lower(),
        "type": words.get("SELINUXTYPE", "unknown"),
    }
