# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes and apps as every engine's compiler takes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import parse_port
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import (
    ContainerUnit,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import (
    READ_ONLY,
    EngineVolume,
    render_name,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.transports import is_secured
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import find_owner

# Of tmpfs(5).
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True)
class Note:
    """Something that an engine cannot say, or says otherwise, about an app or a volume."""

    subject: str
    what: str


@dataclass(frozen=True)
class VolumeRecord:
    """A volume of the catalogue; ``options`` without rw, ro and context, ``source`` "" for a directory of the host."""

    name: str
    path: str
    source: str
    fstype: str
    options: tuple[str, ...]
    group: int
    owner: int
    mode: str
    size: int
    single_writer: bool
    level: str
    file_system_id: str = ""

    @property
    def transported(self) -> bool:
        """Whether what is sent is kept from others."""
        return is_secured(self.options)

    def find_options(self, read_only: bool, labelled: bool = False) -> list[str]:
        """Its mount options; ``labelled`` with the context that says the level of every file."""
        context = [f'context="system_u:object_r:container_file_t:{self.level}"'] if labelled else []
        return [*self.options, *context, "ro" if read_only else "rw"]

    def attach(self, read_only: bool) -> EngineVolume:
        """The volume as an engine of a host mounts it itself."""
        return EngineVolume(
            name=render_name(self.name, read_only),
            source=self.source,
            options=tuple(self.find_options(read_only)),
            fstype=self.fstype,
            volume=self.name,
            owner=self.owner,
            group=self.group,
        )


@dataclass(frozen=True)
class BindingRecord:
    """One volume in one app; ``attach`` is "host" or "engine"."""

    volume: VolumeRecord
    target: str
    subpath: str
    read_only: bool
    attach: str

    @property
    def source(self) -> str:
        """Where a host has it."""
        return f"{self.volume.path}/{self.subpath}" if self.subpath else self.volume.path

    @property
    def key(self) -> str:
        """What a volume is called that apps write, and one that they only read."""
        return self.volume.name + (READ_ONLY if self.read_only else "")

    @property
    def by_engine(self) -> bool:
        """Whether the engine mounts it, and not the host."""
        return self.attach == "engine" and bool(self.volume.source)


@dataclass(frozen=True)
class PortRecord:
    """A published port; ``address`` is "" for all of the host."""

    address: str
    published: int
    container: int
    protocol: str

    @property
    def name(self) -> str:
        """What manifests call it, a DNS label of at most 15 characters."""
        return f"{self.protocol}-{self.published}"


@dataclass(frozen=True)
class MemoryRecord:
    """A directory in memory; ``size`` in bytes is None for no limit, ``mode`` for 1777; ``others`` as mount(8)."""

    path: str
    size: int | None
    mode: int | None
    others: tuple[str, ...]


@dataclass(frozen=True)
class AppRecord:
    """An app; ``unit`` is its first instance on its first host.

    ``resources`` are other apps of the catalogue that it uses, with the address that it is given of each. ``wanted`` is
    what the catalogue says of replicas, 0 where it says nothing, and ``update`` how new ones replace the old.
    """

    name: str
    unit: ContainerUnit
    hosts: tuple[str, ...]
    instances: int
    bindings: tuple[BindingRecord, ...]
    resources: Mapping[str, str] = field(default_factory=dict)
    wanted: int = 0
    update: Mapping[str, Any] = field(default_factory=dict)

    @property
    def replicas(self) -> int:
        """How many containers of it there are in the fleet."""
        return self.wanted or len(self.hosts) * self.instances

    @property
    def on_demand(self) -> bool:
        """Whether it is started only when asked for."""
        return self.unit.start == "on_demand"

    @property
    def writes_alone(self) -> bool:
        """Whether it writes a volume that may have one writer only."""
        return any(one.volume.single_writer and not one.read_only for one in self.bindings)

    @property
    def ports(self) -> list[PortRecord]:
        """The ports of its first instance."""
        return [parse_published(text) for text in self.unit.ports]

    @property
    def memory(self) -> list[MemoryRecord]:
        """Its directories in memory."""
        return [parse_memory(text) for text in self.unit.tmpfs]

    @property
    def ids(self) -> tuple[int, int] | None:
        """Its numeric user and group, None where the image decides."""
        user, dummy, group = self.unit.user.partition(":")
        if not user.isdigit() or not (group or user).isdigit():
            return None
        return find_owner(self.unit.user), int(group or user)

    @property
    def file_variables(self) -> dict[str, str]:
        """The variables of its environment that name the file of a credential, and that file's name."""
        return {name: secret.name for secret in self.unit.secrets for name in secret.variables}

    @property
    def variables(self) -> dict[str, str]:
        """The rest of its environment, which is confidential: nobody says what is a secret in it and what is not."""
        return {key: value for key, value in self.unit.environment if key not in self.file_variables}


@dataclass(frozen=True)
class Plan:
    """What is compiled: the volumes, the apps that could be read, and each host's units and mounts.

    ``notes`` tell what could not be read, ``variants`` what differs between the units of one app.
    """

    volumes: tuple[VolumeRecord, ...]
    apps: tuple[AppRecord, ...]
    units: Mapping[str, Sequence[Mapping[str, Any]]]
    mounts: Mapping[str, Sequence[Mapping[str, Any]]]
    notes: tuple[Note, ...] = ()
    variants: tuple[Note, ...] = ()

    @cached_property
    def bindings(self) -> dict[str, list[BindingRecord]]:
        """The bindings of each volume by its name."""
        found: dict[str, list[BindingRecord]] = {volume.name: [] for volume in self.volumes}
        for app in self.apps:
            for one in app.bindings:
                found[one.volume.name].append(one)
        return found


def parse_published(text: str) -> PortRecord:
    address, published, protocol = parse_port(text)
    container = text.partition("/")[0].rpartition(":")[2]
    return PortRecord(address, published, int(container), protocol)


def parse_memory(text: str) -> MemoryRecord:
    # /run:size=64m,mode=0755
    path, dummy, options = text.partition(":")
    words = dict(word.partition("=")[::2] for word in options.split(","))
    size = re.fullmatch(r"(\d+)([kmg]?)", words.get("size", "").lower())
    mode = words.get("mode", "")
    return MemoryRecord(
        path=path,
        size=int(size[1]) * _UNITS[size[2]] if size else None,
        mode=int(mode, 8) if re.fullmatch("[0-7]+", mode) else None,
        others=tuple(sorted({*words} - {"", "size", "mode"})),
    )


def find_app(item: Mapping[str, Any]) -> str:
    """The app that a unit of a host is an instance of."""
    return str(item.get("app") or item["name"])
