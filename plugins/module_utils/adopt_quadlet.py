# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Quadlet files that somebody else wrote (podman-systemd.unit(5)): containers and network volumes. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import (
    Bind,
    Box,
    Share,
    find_capabilities,
    render_port,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import is_network
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import split_options

SUFFIXES = (".container", ".volume")
# section -> key -> values
Entries = Mapping[str, Mapping[str, list[str]]]
# What a unit of the collection has too, or what says nothing about the container.
_SAID = frozenset(
    "AddCapability ContainerName DropCapability Environment EnvironmentFile Exec Group Image Label NoNewPrivileges"
    " Notify PublishPort Pull ReadOnly ReadOnlyTmpfs Tmpfs User Volume".split()
)


def parse_entries(text: str) -> dict[str, dict[str, list[str]]]:
    """Sections as systemd.syntax(7) has them: lines go on behind a backslash, an empty value forgets those before."""
    sections: dict[str, dict[str, list[str]]] = {}
    here: dict[str, list[str]] = {}
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        if line.startswith("["):
            here = sections.setdefault(line.strip("[]"), {})
        elif line and line[0] not in "#;":
            key, dummy, value = (word.strip() for word in line.partition("="))
            here[key] = [*here.get(key, []), value.replace("%%", "%")] if value else []
    return sections


def find_environment_files(text: str) -> list[str]:
    """The files that a container takes its environment from; those may be missing whose name a ``-`` stands before."""
    return [value.lstrip("-") for value in parse_entries(text).get("Container", {}).get("EnvironmentFile", [])]


def parse_names(text: str) -> list[str]:
    """The names of an environment file, no value."""
    lines = [line.strip() for line in text.splitlines()]
    return [line.partition("=")[0].strip() for line in lines if line and line[0] not in "#;"]


def parse_container(path: str, text: str, names: Iterable[str] = (), commands: bool = False) -> Box:
    """A .container file; ``names`` are those of its environment files."""
    entries = parse_entries(text)
    container = entries.get("Container", {})
    command = shlex.split(_last(container, "Exec"))
    user = ":".join(filter(None, (_last(container, "User"), _last(container, "Group"))))
    mounts = [_parse_volume(value) for value in container.get("Volume", [])]
    ports = [_parse_port(value) for value in container.get("PublishPort", [])]
    said = [word.partition("=")[0] for value in container.get("Environment", []) for word in shlex.split(value)]
    return Box(
        name=path.rpartition("/")[2][: -len(SUFFIXES[0])],
        engine="podman",
        image=_last(container, "Image"),
        origin=f"the Quadlet {path}",
        ports=tuple(filter(None, ports)),
        user=user,
        commanded=bool(command),
        command=tuple(command) if commands else (),
        variables=tuple(sorted({*said, *names})),
        capabilities=find_capabilities("podman", user, _words(container, "AddCapability"), _dropped(container)),
        read_only=_last(container, "ReadOnly").lower() in ("true", "yes", "on", "1"),
        tmpfs=tuple(container.get("Tmpfs", [])),
        start="boot" if entries.get("Install", {}).get("WantedBy") else "on_demand",
        binds=tuple(bind for bind in mounts if bind.path or bind.volume),
        unsaid=(
            *(f"an anonymous volume at {bind.target}" for bind in mounts if not bind.path and not bind.volume),
            *(["a port without a number of the host"] if "" in ports else []),
            *sorted(f"{key}=" for key, values in container.items() if values and key not in _SAID),
        ),
    )


def parse_volume(path: str, text: str) -> Share:
    """A .volume file; without a ``source`` where it mounts no NFS."""
    volume = parse_entries(text).get("Volume", {})
    stem = path.rpartition("/")[2]
    options = {"type": _last(volume, "Type"), "device": _last(volume, "Device")}
    network = is_network(options)
    # Those of other file systems may have a password among them.
    words = split_options(_last(volume, "Options")) if network else ()
    return Share("podman", stem, options["device"] if network else "", options["type"] or "local", words, path)


def _parse_volume(value: str) -> Bind:
    # site.volume:/srv/www:ro,z or /srv/site:/srv/www or, anonymous, /srv/www
    source, colon, rest = value.partition(":")
    if not colon:
        return Bind(source)
    target, dummy, options = rest.partition(":")
    kind = "path" if source.startswith("/") else "volume"
    return Bind(target=target, read_only="ro" in options.split(","), **{kind: source})


def _parse_port(value: str) -> str:
    # 127.0.0.1:8080:80/tcp
    front, dummy, inside = value.rpartition(":")
    address, dummy, published = front.rpartition(":")
    return render_port(address, published, inside) if published else ""


def _last(entries: Mapping[str, list[str]], key: str) -> str:
    return (entries.get(key) or [""])[-1]


def _words(entries: Mapping[str, list[str]], key: str) -> list[str]:
    return [word for value in entries.get(key, []) for word in value.split()]


def _dropped(container: Mapping[str, list[str]]) -> list[str]:
    return [word.upper() for word in _words(container, "DropCapability")]
