# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network volumes that an engine mounts itself: their names, and their options in each engine's words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.nfs_mount_options import USER_SPACE
from ansible_collections.holdfast.volumes.plugins.module_utils.transports import is_secured

LABEL = "io.holdfast.volume"
PREFIX = "holdfast-"
# No name of a volume in a catalogue has a dot, so a volume "site-ro" cannot be taken for "site", read only.
READ_ONLY = ".ro"
FSTYPES = ("nfs", "nfs4")
# systemd-nspawn binds what the host has mounted, and mounts nothing itself.
MOUNTING_ENGINES = ("docker", "podman")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,200}")
_SOURCE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):(/[\w/.@+=~-]*)")
_OPTION = re.compile(r"[\w.:/=+@-]+")
# Said by the collection itself, or refused by the policy: an engine may not relabel a file system from nfs_t.
_OWN_OPTIONS = {
    "addr": "it follows from the source",
    "context": "an engine may not set it under SELinux; attach the volume by the host for a level of its own",
}


@dataclass(frozen=True)
class EngineVolume:
    """A volume as an engine mounts it.

    ``source`` is ``server:/path``, IPv6 in brackets; ``volume`` the name in the catalogue. ``owner`` and ``group``
    are those of its directory; Podman needs them so that it never changes them.
    """

    name: str
    source: str
    options: tuple[str, ...] = ()
    fstype: str = "nfs4"
    volume: str = ""
    owner: int = 0
    group: int = 0


def render_name(volume: str, read_only: bool) -> str:
    """What a volume of the catalogue is called by an engine."""
    return PREFIX + volume + (READ_ONLY if read_only else "")


def parse_name(name: str) -> str:
    """The volume of the catalogue that an engine's volume stands for, "" when it is none of ours."""
    if not name.startswith(PREFIX):
        return ""
    volume = name[len(PREFIX) :]
    return volume[: -len(READ_ONLY)] if volume.endswith(READ_ONLY) else volume


def podman_service(name: str) -> str:
    """The service that Quadlet makes of ``NAME.volume``."""
    return f"{name}-volume.service"


def parse_volume(item: Mapping[str, Any]) -> EngineVolume:
    """A volume from the options of a module."""
    name = str(item.get("name") or "")
    return EngineVolume(
        name=name,
        source=item.get("source") or "",
        options=tuple(item.get("options") or ()),
        fstype=item.get("fstype") or "nfs4",
        volume=item.get("volume") or parse_name(name) or name,
        owner=_read_id(item.get("owner")),
        group=_read_id(item.get("group")),
    )


def _read_id(value: Any) -> int:
    text = str(value or 0)
    return int(text) if text.isdigit() else -1


def find_faults(volume: EngineVolume) -> list[str]:
    """What is wrong with one volume, each with what to write instead."""
    faults = []
    if not _NAME.fullmatch(volume.name):
        faults.append(f"name {volume.name!r}: use letters, digits, '_', '.' and '-'")
    if not _SOURCE.fullmatch(volume.source) or ".." in volume.source.split("/"):
        faults.append(f"source {volume.source!r}: use server:/path, such as 10.0.0.1:/srv/a or [fd00::1]:/srv/a")
    if volume.fstype not in FSTYPES:
        faults.append(f"fstype {volume.fstype!r}: use one of {', '.join(FSTYPES)}")
    if min(volume.owner, volume.group) < 0:
        faults.append("owner and group: use numeric ids")
    for option in volume.options:
        own = _OWN_OPTIONS.get(option.partition("=")[0])
        if own or not _OPTION.fullmatch(option):
            faults.append(f"option {option!r}: {own or 'give one to an item, without commas, quotes and blanks'}")
    return faults


def split_source(source: str) -> tuple[str, str]:
    """(address without brackets, path) of ``server:/path``."""
    server, dummy_colon, path = source.partition(":/")
    return server.strip("[]"), f"/{path}"


def join_source(address: str, path: str) -> str:
    """``server:/path`` again, IPv6 in brackets."""
    return f"[{address}]:{path}" if ":" in address else f"{address}:{path}"


def is_network(options: Mapping[str, str]) -> bool:
    """Whether an engine's volume mounts NFS; any other holds data of its own, or stands for something of another's."""
    return options.get("type") in FSTYPES


def find_source(options: Mapping[str, str]) -> str:
    """The ``server:/path`` that an engine's volume mounts, "" when it mounts no NFS."""
    if not is_network(options):
        return ""
    device = options.get("device", "")
    if not device.startswith(":"):
        return device
    words = dict(word.partition("=")[::2] for word in options.get("o", "").split(","))
    return join_source(words.get("addr", ""), device[1:])


def render_docker_options(volume: EngineVolume) -> dict[str, str]:
    """The options of Docker's local driver, which hands them to mount(2) as they are.

    So the address is in ``o``, and words for mount(8) and systemd are left out: the kernel does not know them. Where a
    certificate or a ticket has the server's name in it, the kernel takes that from the device.
    """
    address, path = split_source(volume.source)
    words = [word for word in volume.options if not _is_for_user_space(word)]
    device = volume.source if is_secured(words) else f":{path}"
    return {"type": "nfs", "device": device, "o": ",".join([f"addr={address}", *words])}


def render_podman_options(volume: EngineVolume) -> dict[str, str]:
    """The options of Podman's local driver, which hands them to mount(8).

    Podman gives the root of a volume that is empty the owner and mode of the image's directory, also on NFS, unless
    it is told an owner; that is possible only in ``o``, and a word that the file system does not know is let pass
    after ``sloppy`` (nfs(5)).
    """
    identity = ["sloppy", f"uid={volume.owner}", f"gid={volume.group}"]
    words = ",".join([*volume.options, *identity])
    return {"type": volume.fstype, "device": volume.source, "o": words, "nocopy": ""}


def is_same(found: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether an engine's volume has the wanted options; their order has no meaning."""
    return all(key in found and _words(found[key]) == _words(value) for key, value in wanted.items())


def _words(text: str) -> list[str]:
    return sorted(text.split(","))


def _is_for_user_space(word: str) -> bool:
    name = word.partition("=")[0]
    return name in USER_SPACE or name.startswith("x-")


def find_repeated(names: Iterable[str]) -> list[str]:
    """A sentence for each name that is given more than once."""
    counts = Counter(names)
    return [f"{name}: given {count} times; keep one" for name, count in counts.items() if count > 1]
