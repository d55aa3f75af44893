# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the collection is on a host, from names of files and one call of systemctl: what need not be looked at.

Each answer errs to the side of a look: it may say that something is there where nothing of ours is, never the reverse.
The paths are those of the modules that own them, in words of its own: to read these modules in is what this saves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import transport_state
from ansible_collections.holdfast.volumes.plugins.module_utils.access_state import (
    DOCKER_CONFIGURATION,
    DOCKER_SOCKET,
    RULESET,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.firewalld import RUNNING as FIREWALLD
from ansible_collections.holdfast.volumes.plugins.module_utils.firewalld import SET_FILES
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import DIRECTORY, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import (
    CONTAINER_PREFIX,
    is_managed,
    parse_show,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import (
    KINDS,
    PLACES,
    VOLUME_SUFFIX,
    summarize,
)

EXPORTS = "/etc/exports.d/holdfast.exports"
STATE = "/etc/holdfast"
POLICY = "/etc/holdfast/selinux.json"
LOCKDOWN = "/etc/holdfast/host_lockdown.json"
DOCKER_VOLUMES, VOLUME_PREFIX = "/var/lib/docker/volumes", "holdfast-"
# What may say that Docker keeps its volumes elsewhere, on its command line (dockerd(8)) and in its configuration.
_ELSEWHERE = ("data-root", "--graph", "-g ")
MODULES = "/proc/modules"
RELEASE = "/proc/sys/kernel/osrelease"
# Files of containers, (directory, how a name begins, how it ends); paths that only containers leave.
CONTAINER_FILES = (
    *PLACES,
    (KINDS["podman"][0], "", VOLUME_SUFFIX),
    ("/etc/systemd/nspawn", CONTAINER_PREFIX, ".nspawn"),
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
    *SET_FILES,
    RULESET,
    "/etc/gssproxy/50-holdfast.conf",
    "/etc/holdfast/swarm",
    "/etc/holdfast/swarm-firewall.nft",
    "/etc/modules-load.d/holdfast.conf",
    "/etc/nfs.conf.d/holdfast.conf",
    "/etc/nfs.conf.d/holdfast-gssd.conf",
    "/etc/pki/holdfast/ca.pem",
    "/etc/pki/holdfast/host.pem",
    "/etc/pki/holdfast/tlshd.conf",
    "/etc/systemd/system/nfs-idmapd.service.d/holdfast.conf",
    "/etc/systemd/system/tlshd.service.d/holdfast.conf",
    "/etc/systemd/system/nfs-firewall-holdfast.service",
    "/etc/systemd/system/swarm-firewall-holdfast.service",
    "/usr/local/libexec/holdfast-gate",
)
# Directories that roles make for these files, where that is a task of their own.
DIRECTORIES = ("/etc/holdfast",)
FIREWALL = "nfs-firewall-holdfast.service"
SERVICES = (
    "docker.service",
    FIREWALL,
    "gssproxy.service",
    "nfs-server.service",
    "swarm-firewall-holdfast.service",
    "tlshd.service",
)
SWARM = "/var/lib/docker/swarm/docker-state.json"
_RUNNING = {"ActiveState": "active", "UnitFileState": "enabled"}
# What the role container_host writes into Docker's configuration.
DOCKER_SETTINGS = ("selinux-enabled", "insecure-registries")


def read(
    system: System,
    mount_parent: str,
    has_table: bool,
    more_files: Iterable[str] = (),
    more_services: Iterable[str] = (),
) -> dict[str, Any]:
    """``has_table`` is whether the server's table of nftables is in the kernel; files and services are asked for beside
    those of the roles of a fleet.

    {exports, policy, lockdown, containers, firewalld: bool; mounts: paths; units: as unit_summaries has them; files:
    {path: "MODE OWNER GROUP SHA1", or "MODE OWNER GROUP directory"}; docker: its settings; docker_volumes: names;
    swarm: an address; running: services that are active and enabled; modules: of the kernel; transports: as
    transport_state has them}."""
    names = (*SERVICES, *more_services)
    services, configuration = _read_services(system, names), system.read(DOCKER_CONFIGURATION) or ""
    started = services.get("docker.service", {}).get("ExecStart", "")
    return {
        "exports": system.stat(EXPORTS) is not None,
        "policy": system.stat(POLICY) is not None,
        "lockdown": system.stat(LOCKDOWN) is not None,
        "containers": _has_containers(system),
        "firewalld": system.stat(FIREWALLD) is not None,
        "mounts": _read_mounts(system, mount_parent),
        "units": _read_units(system),
        "files": {path: found for path in (*FILES, *DIRECTORIES, *more_files) if (found := _read_file(system, path))},
        "docker": _parse_docker(configuration),
        "swarm": _parse_swarm(system.read(SWARM)),
        "docker_volumes": _read_docker_volumes(system, started + configuration),
        "running": [name for name in names if _is_running(name, services.get(name, {}), has_table)],
        "transports": transport_state.read(system),
        "modules": _read_modules(system),
    }


def _is_running(name: str, shown: Mapping[str, str], has_table: bool) -> bool:
    # The service of the firewall stays active when somebody else takes its table away.
    return _RUNNING.items() <= shown.items() and (name != FIREWALL or has_table)


def _has_containers(system: System) -> bool:
    # An empty directory of the collection goes where no container is wanted.
    emptied = system.stat(STATE) is not None and not system.listdir(STATE)
    return emptied or any(_find(system, CONTAINER_FILES)) or any(map(system.stat, CONTAINER_PATHS))


def _find(system: System, places: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    return (
        f"{directory}/{name}"
        for directory, start, end in places
        for name in system.listdir(directory)
        if name.startswith(start) and name.endswith(end)
    )


def _read_mounts(system: System, parent: str) -> list[str]:
    """What the mount units of ours mount; and the parent, which a killed run may have left without any."""
    texts = [system.read(f"{DIRECTORY}/{name}") for name in system.listdir(DIRECTORY) if name.endswith(".mount")]
    mounted = [parse(text).where for text in texts if text is not None and is_managed(text)]
    return sorted([*mounted, *([parent] if system.stat(parent) else [])])


def _read_file(system: System, path: str) -> str:
    state = system.stat(path)
    if state is not None and state.kind == "directory":
        return f"{state.mode:04o} {state.owner} {state.group} directory"
    text = system.read(path) if state is not None and state.kind == "file" else None
    if state is None or text is None:
        return ""
    return _describe_file(state.mode, state.owner, state.group, text)


def _describe_file(mode: int, owner: int, group: int, text: str) -> str:
    # The checksum is Ansible's own; nothing is kept secret by it.
    checksum = hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    return f"{mode:04o} {owner} {group} {checksum}"


def has_file(files: Mapping[str, str], path: str, mode: str, text: str) -> bool:
    """Whether ``files``, as ``read`` told them, have root's file with that mode, such as "0644", and that text."""
    return files.get(path) == _describe_file(int(mode, 8), 0, 0, text)


def find_lacking(files: Mapping[str, str], wanted: Mapping[str, str], mode: str = "0644") -> list[str]:
    """The paths of ``wanted``, {path: text}, that ``files`` do not have as root's file of that mode with that text."""
    return [path for path, text in wanted.items() if not has_file(files, path, mode, text)]


def _read_units(system: System) -> dict[str, Any]:
    texts = {path: system.read(path) for path in _find(system, PLACES)}
    return summarize({path: text for path, text in texts.items() if text is not None and is_managed(text)})


def _parse_docker(configuration: str) -> dict[str, Any]:
    """Those of Docker's settings that the roles know, {} where nobody can read them."""
    try:
        settings = json.loads(configuration or "{}")
    except ValueError:
        return {}
    return {key: settings[key] for key in DOCKER_SETTINGS if key in settings} if isinstance(settings, dict) else {}


def _parse_swarm(state: Optional[str]) -> str:
    """The address at which others of its swarm know the host, "" outside of one, "unknown" where nobody can tell."""
    if state is None:
        return ""
    try:
        found = json.loads(state)
        # 10.77.0.21:2377, [fd00::1]:2377
        return str(found["AdvertiseAddr"]).rpartition(":")[0].strip("[]") or "unknown"
    except (ValueError, KeyError, TypeError):
        return "unknown"


def _read_docker_volumes(system: System, words: str) -> list[str]:
    """Names of volumes of ours, and "unknown" where Docker, by its command line and its configuration in ``words``, may
    keep its volumes at another place."""
    kept = system.stat(DOCKER_VOLUMES) is not None
    strange = any(word in words for word in _ELSEWHERE) or (system.stat(DOCKER_SOCKET) is not None and not kept)
    names = [name for name in system.listdir(DOCKER_VOLUMES) if name.startswith(VOLUME_PREFIX)]
    return sorted([*names, *(["unknown"] if strange else [])])


def _read_modules(system: System) -> list[str]:
    """Those that are loaded, and those that are part of the kernel, which are in no list of loaded ones."""
    loaded = {line.split()[0] for line in (system.read(MODULES) or "").splitlines()}
    release = (system.read(RELEASE) or "").strip()
    # kernel/net/802/stp.ko, in https://docs.kernel.org/kbuild/kbuild.html#modules-builtin
    listed = (system.read(f"/lib/modules/{release}/modules.builtin") or "").split() if release else []
    built_in = {path.rpartition("/")[2].partition(".ko")[0].replace("-", "_") for path in listed}
    return sorted(loaded | built_in)


def _read_services(system: System, names: Iterable[str]) -> dict[str, dict[str, str]]:
    words = ["systemctl", "show", "--property=Id,ActiveState,UnitFileState,ExecStart", "--", *names]
    return parse_show(system.check(words))


def read_packages(system: System, manager: str) -> list[str]:
    """The names of all installed packages, [] where nobody can be asked."""
    if manager == "apt":
        # ii  nfs-common
        lines = system.check(["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n"]).splitlines()
        return sorted({line.split()[1] for line in lines if line.startswith(("ii ", "hi "))})
    if system.has("rpm"):
        return sorted(set(system.check(["rpm", "--query", "--all", "--queryformat=%{NAME}\n"]).split()))
    return []
