# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compose files: services and network volumes, without a value of an environment. Pure.

https://github.com/compose-spec/compose-spec/blob/main/05-services.md and 07-volumes.md
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_docker import parse_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import (
    Bind,
    Box,
    Share,
    find_capabilities,
    render_port,
)

_SAID = frozenset(
    "cap_add cap_drop command container_name env_file environment image labels ports profiles pull_policy read_only"
    " restart tmpfs user volumes".split()
)


def find_project(path: str, data: Mapping[str, Any]) -> str:
    """The name of the project of a file, as Compose finds it."""
    return str(data.get("name") or posixpath.basename(posixpath.dirname(path)).lower())


def find_volumes(path: str, data: Mapping[str, Any]) -> list[Share]:
    """The volumes that the file declares, under the names that Docker gives them."""
    project = find_project(path, data)
    records = []
    for name, volume in (data.get("volumes") or {}).items():
        about = volume or {}
        own = about.get("name") or (name if about.get("external") else f"{project}_{name}")
        options = {key: str(value) for key, value in (about.get("driver_opts") or {}).items()}
        records.append({"Name": own, "Driver": about.get("driver") or "local", "Options": options})
    return [Share(**{**vars(share), "file": path}) for share in parse_volumes(records)]


def find_environment_files(path: str, service: Mapping[str, Any]) -> list[str]:
    """The paths of a service's env_file."""
    given = service.get("env_file") or []
    names = [given] if isinstance(given, (str, dict)) else given
    found = [str(one["path"] if isinstance(one, dict) else one) for one in names]
    return [posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in found]


def parse_service(
    path: str, data: Mapping[str, Any], name: str, names: list[str] | None = None, commands: bool = False
) -> Box:
    """One service; ``names`` are those in its environment files. Its image is "" where the file does not name one."""
    service, project = data["services"][name] or {}, find_project(path, data)
    command = service.get("command") or []
    words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    user = str(service.get("user") or "")
    image = str(service.get("image") or "")
    environment = service.get("environment") or {}
    said = [str(one).partition("=")[0] for one in environment]
    ports = [_parse_port(port) for port in service.get("ports") or []]
    tmpfs = service.get("tmpfs") or []
    return Box(
        name=name,
        engine="docker",
        image="" if "$" in image else image,
        origin=f"the service {name} in {path}",
        ports=tuple(port for port in ports if port),
        user=user,
        commanded=bool(words),
        command=tuple(words) if commands else (),
        variables=tuple(sorted({*said, *(names or [])})),
        capabilities=find_capabilities("docker", user, service.get("cap_add") or (), service.get("cap_drop") or ()),
        read_only=bool(service.get("read_only")),
        tmpfs=tuple([tmpfs] if isinstance(tmpfs, str) else map(str, tmpfs)),
        start="on_demand" if service.get("profiles") else "boot",
        binds=tuple(filter(None, (_parse_bind(path, project, data, one) for one in service.get("volumes") or []))),
        unsaid=(
            *sorted(key for key, value in service.items() if value and key not in _SAID),
            *(["a port without a number of the host"] if "" in ports else []),
        ),
    )


def _parse_port(port: Any) -> str:
    if isinstance(port, dict):
        inside = f"{port.get('target')}/{port.get('protocol') or 'tcp'}"
        address, published = str(port.get("host_ip") or ""), str(port.get("published") or "")
    else:
        front, dummy, inside = str(port).rpartition(":")
        address, dummy, published = front.rpartition(":")
    return render_port(address, published, inside) if published else ""


def _parse_bind(path: str, project: str, data: Mapping[str, Any], volume: Any) -> Bind | None:
    if isinstance(volume, dict):
        source, target = str(volume.get("source") or ""), str(volume.get("target") or "")
        read_only = bool(volume.get("read_only"))
    else:
        # site:/srv/www:ro, ./html:/srv/www
        source, dummy, rest = str(volume).partition(":")
        target, dummy, options = rest.partition(":")
        read_only = "ro" in options.split(",")
    if not source or not target:
        return None
    if source.startswith(("/", ".")):
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
        return Bind(target, path=place, read_only=read_only)
    about = (data.get("volumes") or {}).get(source) or {}
    own = about.get("name") or (source if about.get("external") else f"{project}_{source}")
    return Bind(target, volume=str(own), read_only=read_only)
