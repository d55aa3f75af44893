# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the collection is on a host, from names of files and one call of systemctl: what need not be looked at.

Each answer errs to the side of a look: it may say that something is there where nothing of ours is, never the reverse.
The paths are those of the modules that own them, in words of its own: to read these modules in is what this saves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import DIRECTORY, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import is_managed, parse_show

EXPORTS = "/etc/exports.d/holdfast.exports"
STATE = "/etc/holdfast"
POLICY = "/etc/holdfast/selinux.json"
DOCKER_SOCKET = "/run/docker.sock"
DOCKER_VOLUMES = ("/var/lib/docker/volumes", "holdfast-", "")
# Files of containers, (directory, how a name begins, how it ends); paths that only containers leave.
CONTAINER_FILES = (
    ("/etc/systemd/system", "holdfast-", ".service"),
    ("/etc/containers/systemd", "holdfast-", ".container"),
    ("/etc/containers/systemd", "", ".volume"),
    ("/etc/systemd/nspawn", "holdfast-", ".nspawn"),
    ("/etc/holdfast/nspawn", "", ".passwd"),
    ("/etc/holdfast/env", "", ".env"),
    ("/var/lib/containers", ".holdfast-", ""),
)
CONTAINER_PATHS = (
    "/etc/holdfast/container_units.pending",
    "/etc/holdfast/env",
    "/etc/holdfast/nspawn",
    "/etc/holdfast/secrets",
    "/etc/holdfast/secrets.key",
    "/usr/local/libexec/holdfast-gate",
    "/var/lib/holdfast",
)
# What roles write, each compared with what it should be before anything is sent to the host.
FILES = (
    "/etc/containers/registries.conf.d/holdfast.conf",
    "/etc/firewalld/ipsets/holdfast-nfs4.xml",
    "/etc/firewalld/ipsets/holdfast-nfs6.xml",
    "/etc/holdfast/nfs-firewall.nft",
    "/etc/modules-load.d/holdfast.conf",
    "/etc/nfs.conf.d/holdfast.conf",
    "/etc/systemd/system/nfs-firewall-holdfast.service",
    "/usr/local/libexec/holdfast-gate",
)
SERVICES = ("docker.service", "nfs-firewall-holdfast.service", "nfs-server.service")


def read(system: System, mount_parent: str) -> dict[str, Any]:
    """{exports, policy, docker_volumes, containers: bool; mounts: paths; files: {path: "MODE OWNER GROUP SHA1"};
    running: services that are active and enabled}."""
    return {
        "exports": system.stat(EXPORTS) is not None,
        "policy": system.stat(POLICY) is not None,
        "docker_volumes": system.stat(DOCKER_SOCKET) is not None or _has_any(system, [DOCKER_VOLUMES]),
        "containers": _has_containers(system),
        "mounts": _read_mounts(system, mount_parent),
        "files": {path: found for path in FILES if (found := _read_file(system, path))},
        "running": _read_running(system),
    }


def _has_containers(system: System) -> bool:
    # An empty directory of the collection goes where no container is wanted.
    emptied = system.stat(STATE) is not None and not system.listdir(STATE)
    return emptied or _has_any(system, CONTAINER_FILES) or any(map(system.stat, CONTAINER_PATHS))


def _has_any(system: System, places: Iterable[tuple[str, str, str]]) -> bool:
    return any(
        name.startswith(start) and name.endswith(end)
        for directory, start, end in places
        for name in system.listdir(directory)
    )


def _read_mounts(system: System, parent: str) -> list[str]:
    """What the mount units of ours mount; and the parent, which a killed run may have left without any."""
    texts = [system.read(f"{DIRECTORY}/{name}") for name in system.listdir(DIRECTORY) if name.endswith(".mount")]
    mounted = [parse(text).where for text in texts if text is not None and is_managed(text)]
    return sorted([*mounted, *([parent] if system.stat(parent) else [])])


def _read_file(system: System, path: str) -> str:
    state, text = system.stat(path), system.read(path)
    if state is None or text is None or state.kind != "file":
        return ""
    # The checksum is Ansible's own; nothing is kept secret by it.
    checksum = hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    return f"{state.mode:04o} {state.owner} {state.group} {checksum}"


def _read_running(system: System) -> list[str]:
    words = ["systemctl", "show", "--property=Id,ActiveState,UnitFileState", "--", *SERVICES]
    states = parse_show(system.check(words))
    wanted = {"ActiveState": "active", "UnitFileState": "enabled"}
    return [name for name in SERVICES if wanted.items() <= states.get(name, {}).items()]


def read_packages(system: System, manager: str) -> list[str]:
    """The names of all installed packages, [] where nobody can be asked."""
    if manager == "apt":
        # ii  nfs-common
        lines = system.check(["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n"]).splitlines()
        return sorted({line.split()[1] for line in lines if line.startswith(("ii ", "hi "))})
    if system.has("rpm"):
        return sorted(set(system.check(["rpm", "--query", "--all", "--queryformat=%{NAME}\n"]).split()))
    return []
