# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers and volumes of Docker as ``docker inspect`` tells of them, without a value of an environment. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import (
    Bind,
    Box,
    Share,
    find_capabilities,
    render_port,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_volumes import DRIVER, parse_records
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import is_network

OURS = "io.holdfast.app"
PROJECT, SERVICE = "com.docker.compose.project", "com.docker.compose.service"
FILES, DIRECTORY = "com.docker.compose.project.config_files", "com.docker.compose.project.working_dir"
SWARM = "com.docker.swarm.service.name"
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
# Of HostConfig: what it is called, and the values that say nothing.
_UNSAID: Mapping[str, tuple[str, tuple[Any, ...]]] = {
    "Privileged": ("privileged", ()),
    "PidMode": ("the host's or another's processes", ()),
    "IpcMode": ("a name space of IPC of another", ("private", "shareable")),
    "UTSMode": ("the host's name", ()),
    "UsernsMode": ("a name space of users", ()),
    "Devices": ("devices", ()),
    "DeviceRequests": ("device requests", ()),
    "ExtraHosts": ("further entries of /etc/hosts", ()),
    "Links": ("links", ()),
    "VolumesFrom": ("volumes of other containers", ()),
    "GroupAdd": ("further groups", ()),
    "SecurityOpt": ("security options", ()),
    "Sysctls": ("sysctls", ()),
    "Ulimits": ("ulimits", ()),
    "Dns": ("DNS servers", ()),
    "Memory": ("a limit of memory", ()),
    "NanoCpus": ("a limit of processors", ()),
    "PidsLimit": ("a limit of processes", (-1,)),
    "Runtime": ("a runtime", ("runc",)),
}


def parse_volumes(records: Sequence[Mapping[str, Any]]) -> list[Share]:
    """The volumes that the collection did not make, those that hold data of their own without a ``source``."""
    shares = []
    for name, found in parse_records(records).items():
        if not found.ours and not _ANONYMOUS.fullmatch(name):
            network = found.driver == DRIVER and is_network(found.options)
            source, options = QUIRKS["docker"].read({"o": "", **found.options}) if network else ("", [])
            kind = found.options.get("type", "") if network else found.driver
            shares.append(Share("docker", name, source, kind, tuple(filter(None, options))))
    return shares


def parse_containers(
    records: Sequence[Mapping[str, Any]], images: Sequence[Mapping[str, Any]], commands: bool = False
) -> list[Box]:
    """The containers that the collection did not make; what an image says itself is not said of its container."""
    configs = {str(image["Id"]): image.get("Config") or {} for image in images}
    return [
        _parse_container(record, configs.get(str(record.get("Image")), {}), commands)
        for record in sorted(records, key=lambda record: str(record["Name"]))
        if OURS not in _labels(record)
    ]


def find_compose(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """{path: {project, services}} of the Compose files that the labels of containers name."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        labels = _labels(record)
        for path in filter(None, labels.get(FILES, "").split(",")):
            place = path if path.startswith("/") else f"{labels.get(DIRECTORY, '')}/{path}"
            about = found.setdefault(place, {"project": labels.get(PROJECT, ""), "services": []})
            about["services"] = sorted({*about["services"], labels.get(SERVICE, "")})
    return found


def _labels(record: Mapping[str, Any]) -> Mapping[str, str]:
    return (record.get("Config") or {}).get("Labels") or {}


def _parse_container(record: Mapping[str, Any], image: Mapping[str, Any], commands: bool) -> Box:
    config, host, labels = record.get("Config") or {}, record.get("HostConfig") or {}, _labels(record)
    user = str(config.get("User") or "")
    command = list(config.get("Cmd") or []) if config.get("Cmd") != image.get("Cmd") else []
    environment = [one for one in config.get("Env") or [] if one not in (image.get("Env") or [])]
    restarts = (host.get("RestartPolicy") or {}).get("Name") not in (None, "", "no")
    name = str(record["Name"]).lstrip("/")
    project, service = labels.get(PROJECT, ""), labels.get(SERVICE, "")
    mounts = list(record.get("Mounts") or [])
    return Box(
        name=labels.get(SWARM, "") or service or name,
        engine="docker",
        image=str(config.get("Image") or ""),
        origin=f"the container {name}" + (f" of the Compose project {project}" if project else ""),
        ports=tuple(port for port, fault in _find_ports(host) if not fault),
        user="" if user == str(image.get("User") or "") else user,
        commanded=bool(command),
        command=tuple(map(str, command)) if commands else (),
        variables=tuple(sorted(str(one).partition("=")[0] for one in environment)),
        capabilities=find_capabilities("docker", user, host.get("CapAdd") or (), host.get("CapDrop") or ()),
        read_only=bool(host.get("ReadonlyRootfs")),
        tmpfs=tuple(_find_tmpfs(host, mounts)),
        start="boot" if (record.get("State") or {}).get("Running") or restarts else "on_demand",
        binds=tuple(_find_binds(mounts)),
        unsaid=tuple(_find_unsaid(record, image, mounts)),
    )


def _find_ports(host: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(port, "" or what no key says of it)."""
    for inside, places in sorted((host.get("PortBindings") or {}).items()):
        for place in places or ():
            published = str(place.get("HostPort") or "")
            fault = "" if published and not inside.endswith("/sctp") else f"the port {inside} at {published or 'any'}"
            yield render_port(str(place.get("HostIp") or ""), published, inside), fault


def _find_tmpfs(host: Mapping[str, Any], mounts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for path, options in sorted((host.get("Tmpfs") or {}).items()):
        yield f"{path}:{options}" if options else path
    yield from sorted(str(mount["Destination"]) for mount in mounts if mount.get("Type") == "tmpfs")


def _find_binds(mounts: Sequence[Mapping[str, Any]]) -> Iterator[Bind]:
    for mount in sorted(mounts, key=lambda mount: str(mount["Destination"])):
        target, read_only = str(mount["Destination"]), not mount.get("RW", True)
        if mount.get("Type") == "bind":
            yield Bind(target, path=str(mount["Source"]), read_only=read_only)
        elif mount.get("Type") == "volume" and not _is_anonymous(mount):
            yield Bind(target, volume=str(mount["Name"]), read_only=read_only)


def _is_anonymous(mount: Mapping[str, Any]) -> bool:
    return mount.get("Type") == "volume" and bool(_ANONYMOUS.fullmatch(str(mount.get("Name"))))


def _find_unsaid(
    record: Mapping[str, Any], image: Mapping[str, Any], mounts: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    config, host = record.get("Config") or {}, record.get("HostConfig") or {}
    if SWARM in _labels(record):
        yield "that Swarm places it"
    network = str(host.get("NetworkMode") or "default")
    if network not in ("default", "bridge"):
        yield f"the network {network}"
    for key, (words, nothing) in _UNSAID.items():
        if host.get(key) and host[key] not in nothing:
            yield words
    yield from (fault for dummy, fault in _find_ports(host) if fault)
    for key, words in (("Entrypoint", "an entry point"), ("Healthcheck", "a health check")):
        if config.get(key) and config[key] != image.get(key):
            yield words
    yield from (f"an anonymous volume at {mount['Destination']}" for mount in mounts if _is_anonymous(mount))
    if "ALL" in (host.get("CapAdd") or ()):
        yield "all capabilities"
