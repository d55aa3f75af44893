# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was set up without a catalogue, as values: mounted shares, containers, and where a catalogue differs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import split_source

# How what there is relates to the catalogue that was written for it.
KINDS = {
    "in_place": "taken over where it is, no data is touched",
    "moves": "comes under another name or to another place; what is there stays until somebody takes it away",
    "differs": "would be other than it is",
    "left_out": "is not in the catalogue",
    "unknown": "could not be asked",
}
# What engines leave a root of a container that nobody said otherwise of: docs.docker.com/engine/containers/run and
# containers.conf(5).
CAPABILITIES = {
    "docker": (
        "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID"
        " SYS_CHROOT"
    ).split(),
    "podman": (
        "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
    ).split(),
}
_ROOT = re.compile(r"(0|root)?(:.*)?")


@dataclass(frozen=True)
class Difference:
    """One thing of which a host and the catalogue say different things; ``kind`` is one of KINDS."""

    host: str
    kind: str
    about: str
    text: str
    way_out: str = ""


@dataclass(frozen=True)
class Share:
    """A directory of a server as somebody mounts it.

    ``origin`` is fstab, unit, hand (mounted, and written down nowhere), docker, podman or kubernetes; ``name`` the
    mount point or the name of the engine's volume. A volume of an engine that mounts no NFS has no ``source``.
    """

    origin: str
    name: str
    source: str
    fstype: str = "nfs4"
    options: tuple[str, ...] = ()
    file: str = ""

    @property
    def server(self) -> str:
        """Its server, IPv6 without brackets."""
        return split_source(self.source)[0]

    @property
    def path(self) -> str:
        """What of the server is mounted."""
        return split_source(self.source)[1].rstrip("/") or "/"


@dataclass(frozen=True)
class Bind:
    """What a container has at ``target``: a path of its host, or a volume of its engine."""

    target: str
    path: str = ""
    volume: str = ""
    read_only: bool = False


@dataclass(frozen=True)
class Box:
    """A container that the collection did not make.

    ``variables`` are names alone, and ``command`` is empty unless it was asked for; ``commanded`` says that there is
    one. ``unsaid`` is what no key of the catalogue says.
    """

    name: str
    engine: str
    image: str
    origin: str
    ports: tuple[str, ...] = ()
    user: str = ""
    commanded: bool = False
    command: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    read_only: bool = False
    tmpfs: tuple[str, ...] = ()
    start: str = "boot"
    binds: tuple[Bind, ...] = ()
    unsaid: tuple[str, ...] = ()


def render(value: Any) -> dict[str, Any]:
    """A value for JSON."""
    return asdict(value)


def parse_share(item: Mapping[str, Any]) -> Share:
    """A share from JSON."""
    return Share(**_parse(Share, item))


def parse_box(item: Mapping[str, Any]) -> Box:
    """A container from JSON."""
    known = _parse(Box, item)
    return Box(**{**known, "binds": tuple(Bind(**_parse(Bind, bind)) for bind in item.get("binds", ()))})


def _parse(kind: Any, item: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items() if key in names}


def find_capabilities(engine: str, user: str, added: Collection[str], dropped: Collection[str]) -> tuple[str, ...]:
    """The capabilities that a container's first process really has; a user that is not root gets those added alone."""
    more, less = ({one.upper().rpartition("CAP_")[2] for one in names} for names in (added, dropped))
    usual = set(CAPABILITIES[engine]) if _ROOT.fullmatch(user) and "ALL" not in less else set()
    return tuple(sorted((usual - less) | (more - {"ALL"})))


def render_port(address: str, published: str, inside: str) -> str:
    """``8080:80``, ``127.0.0.1:53:53/udp``; ``inside`` is as engines have it, ``80/tcp``."""
    number, dummy, protocol = inside.partition("/")
    where = "" if address in ("", "0.0.0.0", "::") else f"[{address.strip('[]')}]:" if ":" in address else f"{address}:"
    return f"{where}{published}:{number}{'/' + protocol if protocol not in ('', 'tcp') else ''}"


def make_name(text: str, taken: Collection[str], *more: str) -> str:
    """A name of the catalogue for ``text``, with ``more`` before it and a number behind it where it is taken."""
    for words in ((text,), *((word, text) for word in more if word)):
        name = re.sub(r"[^a-z0-9_-]+", "-", "-".join(words).lower()).strip("-_")[:60] or "volume"
        if name not in taken:
            return name
    return next(f"{name}-{number}" for number in range(2, len(taken) + 3) if f"{name}-{number}" not in taken)
