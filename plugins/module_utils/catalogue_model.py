# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a catalogue says, as values: stores, volumes, apps, bindings, and the problems found in it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

SUGGESTIONS = 20


@dataclass(frozen=True)
class Place:
    """Where in the user's files something is written: the file and the path of keys in it."""

    file: str
    key: str = ""

    def at(self, name: str) -> Place:
        """The place of a key below this one; ``name`` may be an index such as ``[1]``."""
        return Place(self.file, f"{self.key}.{name}" if self.key and not name.startswith("[") else self.key + name)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and how to get out of it."""

    place: Place
    what: str
    way_out: str

    def __str__(self) -> str:
        where = f"{self.place.file}: {self.place.key}" if self.place.key else self.place.file
        return f"{where}: {self.what}; {self.way_out}"


@dataclass
class Problems:
    """All problems of all files, in the order in which they were found."""

    found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, what: str, way_out: str) -> None:
        """Note one problem."""
        self.found.append(Problem(place, what, way_out))

    def note(self, findings: Iterable[tuple[str, str, str]], place: Place) -> None:
        """Note what a reader found wrong with the value at ``place``."""
        for below, what, way_out in findings:
            self.add(Place(place.file, place.key + below), what, way_out)

    def unknown(self, place: Place, kind: str, word: str, known: Collection[str]) -> None:
        """Note a name that is not there, with the nearest one that is.

        Looking for near names costs as much as there are names, so among many it is done for the first problems only.
        """
        cheap = len(known) <= SUGGESTIONS or len(self.found) < SUGGESTIONS
        names = sorted(known) if cheap else []
        near = difflib.get_close_matches(word, names, n=1)
        if near:
            way_out = f'did you mean "{near[0]}"?'
        elif len(known) <= SUGGESTIONS:
            way_out = f"known here: {', '.join(names) or 'none'}"
        else:
            way_out = "declare it or correct the name"
        self.add(place, f'unknown {kind} "{word}"', way_out)


@dataclass(frozen=True)
class Store:
    """Where bytes live; ``kind`` is nfs_server (built by us on ``host``), nfs or efs (someone else's) or directory.

    ``helper_options`` are those of the mount helper of amazon-efs-utils, () where plain NFS is mounted. ``transport``
    is that of volumes that name none; ``connection`` is the TLS of all connections to the server, "plain" for none,
    which catalogue_transport knows once all volumes are read.
    """

    place: Place
    name: str
    kind: str
    path: str
    host: str = ""
    address: str = ""
    version: str = ""
    transport: str = "plain"
    options: tuple[str, ...] = ()
    file_system_id: str = ""
    access_point: str = ""
    helper_options: tuple[str, ...] = ()
    connection: str = "plain"

    @property
    def foreign(self) -> bool:
        """Whether it is a server of other people: nothing is made, exported or marked there."""
        return self.kind in ("nfs", "efs")

    @property
    def remote(self) -> bool:
        """Whether the hosts of an app mount this store."""
        return self.kind != "directory"


@dataclass(frozen=True)
class Volume:
    """A directory of a store with its identity contract.

    ``size`` is in bytes, 0 for no limit; ``level`` is "" where it is derived from the name, ``transport`` where it is
    the store's.
    """

    place: Place
    name: str
    store: str
    path: str
    owner: int
    group: int
    mode: str
    size: int = 0
    single_writer: bool = False
    squash: str = "all"
    transport: str = ""
    options: tuple[str, ...] = ()
    level: str = ""
    exec: bool = False


@dataclass(frozen=True)
class Binding:
    """One ``-v`` of one app; ``attach`` says who mounts an NFS volume, the "host" or the "engine"."""

    place: Place
    volume: str
    target: str
    subpath: str = ""
    read_only: bool = False
    attach: str = "host"


@dataclass(frozen=True)
class Operation:
    """What is run in an app on demand, and the files that are fetched from it; either may be a template."""

    run: Any
    fetch: Any


@dataclass(frozen=True)
class Resource:
    """Something outside the volumes that apps are given address and credentials of, reached at ``app`` or elsewhere.

    ``fields`` are its other keys, as catalogue_resources has them; values that may be templates are as written.
    """

    place: Place
    name: str
    kind: str
    app: str
    port: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class ResourceBinding:
    """A resource of one app, under ``prefix`` in its environment; ``variables`` are (field, further name)."""

    place: Place
    resource: str
    prefix: str
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class App:
    """A container image and how it is run; values that may be templates are kept as the user wrote them.

    ``image_directory``, ``image_url`` and ``image_digest`` are for nspawn; elsewhere a digest is part of the name.
    ``max_run_time`` is "" where nothing is said, and so is ``replicas`` 0, of an app that an orchestrator runs.
    """

    place: Place
    name: str
    engine: str
    image: Any
    image_archive: Any
    hosts: tuple[str, ...]
    bindings: tuple[Binding, ...]
    environment: Any
    ports: Any
    user: Any
    command: Any
    capabilities: Any
    read_only: bool
    tmpfs: Any
    start: str
    image_directory: str = ""
    image_url: Any = ""
    image_digest: Any = ""
    instances: int = 1
    health: Mapping[str, Any] = field(default_factory=dict)
    max_run_time: str = ""
    ops: Optional[Operation] = None
    resources: tuple[ResourceBinding, ...] = ()
    replicas: int = 0
    update: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Orchestrator:
    """A cluster that the collection forms; ``managers`` are patterns of the inventory."""

    place: Place
    name: str
    managers: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """Every well-formed store, volume, app, resource and orchestrator by name.

    ``malformed`` holds (section, name) of the others, so that they are not called unknown as well.
    """

    stores: dict[str, Store]
    volumes: dict[str, Volume]
    apps: dict[str, App]
    malformed: frozenset[tuple[str, str]] = frozenset()
    resources: dict[str, Resource] = field(default_factory=dict)
    orchestrators: dict[str, Orchestrator] = field(default_factory=dict)


@dataclass(frozen=True)
class Fleet:
    """What the inventory adds: the hosts of each app, in inventory order, and the storage address of each host.

    ``managers`` are the hosts that manage each orchestrator.
    """

    placement: dict[str, tuple[str, ...]]
    addresses: dict[str, str]
    managers: dict[str, tuple[str, ...]] = field(default_factory=dict)
