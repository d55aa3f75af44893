# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stores and volumes for a catalogue, from what hosts export, mount and bind. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import nfs_mount_options
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_kubernetes import CLUSTER, Claim
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Difference, Share, make_name
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_efs import SUFFIXES
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit, read_options
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import SYSTEM_PATHS
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_tunnel import FILE_SYSTEM, FSTYPE
from ansible_collections.holdfast.volumes.plugins.module_utils.nfs_mount_options import USER_SPACE, VERSION_3_ONLY
from ansible_collections.holdfast.volumes.plugins.module_utils.transports import KERBEROS, TLS

ROOT = ("fsid=0", "fsid=root")
# The kernel takes no word of these any more, says the same without it, or is told them for every volume.
_IDLE = frozenset(
    {
        "addr",
        "clientaddr",
        "hard",
        "intr",
        "nointr",
        "relatime",
        "tcp",
        "proto",
        "mountaddr",
        "nolock",
        "nosuid",
        "nodev",
    }
)
# Of a mount that is written down nowhere, what the kernel tells is mostly its own choice.
_CHOSEN = frozenset({"soft", "softerr", "noac", "nocto"})


@dataclass(frozen=True)
class Spot:
    """Where a volume's bytes are: ``kind`` host (a server of the fleet), nfs, efs or directory, its name, a path."""

    kind: str
    server: str
    path: str


@dataclass(frozen=True)
class Use:
    """Somebody's use of a spot: a mount, a volume of an engine, a claim, or a container on the disk itself."""

    host: str
    spot: Spot
    share: Share


@dataclass
class Fleet:
    """The looks at hosts, and who they are to each other."""

    looks: Mapping[str, Mapping[str, Any]]
    addresses: Mapping[str, str]
    foreign: bool = False
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        said: dict[str, list[str]] = {}
        for host, look in self.looks.items():
            for name in {host, self.addresses.get(host, ""), *look.get("names", ()), *look.get("addresses", ())}:
                said.setdefault(str(name), []).append(host)
        # An address that several hosts have leads to none of them, as that of a private network of each.
        self.names = {name: hosts[0] for name, hosts in said.items() if name and len(hosts) == 1}

    def find_server(self, name: str, asker: str) -> str:
        """The host of the fleet that a server's name stands for, "" for another's."""
        own = name.startswith("127.") or name in ("localhost", "::1")
        return asker if own and asker in self.looks else self.names.get(name, "")

    def is_foreign(self, host: str, path: str) -> bool:
        """Whether a server is described as somebody else's: on request, or as paths there are below a root of NFSv4."""
        exports = self.looks[host]["exports"]
        return self.foreign or (self.is_rooted(host) and not any(is_below(path, one["path"]) for one in exports))

    def is_rooted(self, host: str) -> bool:
        """Whether the paths of a server that clients of NFSv4 know are below one of its exports."""
        return any(set(one["options"]) & {*ROOT} for one in self.looks[host]["exports"])

    def find_spot(self, share: Share, asker: str) -> Spot:
        """Where the bytes of a share are."""
        if share.fstype == FSTYPE:
            return Spot("efs", share.server, share.path)
        name = share.server.partition(".efs.")[0]
        if ".efs." in share.server and FILE_SYSTEM.fullmatch(name):
            return Spot("efs", share.server, share.path)
        host = self.find_server(share.server, asker)
        if host and not self.is_foreign(host, share.path):
            return Spot("host", host, share.path)
        return Spot("nfs", self.find_address(host) if host else share.server, share.path)

    def find_address(self, host: str) -> str:
        """The storage address of a host."""
        return str(self.addresses.get(host) or host)

    def find_owner(self, uses: Sequence[Use], spot: Spot) -> Mapping[str, Any]:
        """Whose a spot is, {} when nobody could look: on its server, else through the mounts that lead right to it."""
        server = spot.server if spot.kind == "host" else self.names.get(spot.server, "")
        places = [(server, spot.path)] if server and not self.is_rooted(server) else []
        places += [(use.host, _find_place(use.share)) for use in uses if use.spot == spot]
        for host, path in places:
            found = self.looks.get(host, {}).get("directories", {}).get(path, {})
            if found.get("kind") == "directory":
                return dict(found)
        return {}


def _find_place(share: Share) -> str:
    return f"/var/lib/docker/volumes/{share.name}/_data" if share.origin == "docker" else share.name


def is_below(path: str, directory: str) -> bool:
    """Whether a path is a directory or in it."""
    return path == directory or path.startswith(f"{directory.rstrip('/')}/")


@dataclass
class Described:
    """Stores and volumes as a catalogue has them, and which volume each spot is in; ``lost`` spots are in none."""

    stores: dict[str, dict[str, Any]] = field(default_factory=dict)
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    spots: dict[Spot, str] = field(default_factory=dict)
    lost: dict[Spot, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def find(self, spot: Spot) -> tuple[str, str]:
        """(volume, sub-path) of a spot; raises Unfit where it is in none."""
        for known, name in self.spots.items():
            if (known.kind, known.server) == (spot.kind, spot.server) and is_below(spot.path, known.path):
                below = posixpath.relpath(spot.path, known.path)
                return name, "" if below == "." else below
        raise Unfit(self.lost.get(spot, f"{spot.path} is in no volume"))


def find_uses(fleet: Fleet) -> list[Use]:
    """Every share of every host, engines' network volumes included."""
    return [
        Use(host, fleet.find_spot(share, host), share)
        for host, look in sorted(fleet.looks.items())
        for item in (*look["shares"], *look["volumes"])
        for share in [Share(**{**item, "options": tuple(item["options"])})]
        if share.source
    ]


def describe(fleet: Fleet, uses: Sequence[Use], claims: Sequence[Claim], disk: Iterable[tuple[str, str]]) -> Described:
    """Stores and volumes for what is used; ``disk`` are (host, path) of local directories that containers bind."""
    claimed = [Use(CLUSTER, fleet.find_spot(claim.share, ""), claim.share) for claim in claims]
    local = [Use(host, find_local(fleet, host, path), Share("disk", path, "")) for host, path in disk]
    everything = [*uses, *claimed, *local]
    spots = _find_outer({use.spot for use in everything})
    spots += [spot for spot in _find_exported(fleet) if not any(_overlap(spot, other) for other in spots)]
    sizes = {use.spot: claim for use, claim in zip(claimed, claims)}
    found = Described()
    stores = _find_stores(spots)
    for spot in sorted(spots, key=lambda spot: (spot.kind, spot.server, spot.path)):
        owner = fleet.find_owner(everything, spot)
        own = [use for use in everything if use.spot == spot]
        if not owner:
            found.lost[spot] = _say_lost(fleet, own, spot)
            found.differences.append(
                Difference(
                    own[0].host if own else spot.server,
                    "left_out",
                    f"the directory {spot.path} of {spot.server}",
                    found.lost[spot],
                    "write a volume with its owner and mode by hand",
                )
            )
            continue
        name = _name_volume(found, spot, sizes.get(spot))
        found.volumes[name] = {
            "store": stores[spot.kind, spot.server, posixpath.dirname(spot.path)],
            **_describe_volume(fleet, spot, own, owner, name),
            **_describe_claim(sizes.get(spot)),
        }
        found.spots[spot] = name
    for (kind, server, parent), name in stores.items():
        mine = [use for use in everything if (use.spot.kind, use.spot.server) == (kind, server)]
        if any(volume["store"] == name for volume in found.volumes.values()):
            found.stores[name] = _describe_store(fleet, kind, server, parent, mine)
    return found


def find_local(fleet: Fleet, host: str, path: str) -> Spot:
    """A directory of a host's own disk; on a server what it exports is the volume that others mount."""
    exported = any(is_below(path, one["path"]) for one in fleet.looks[host]["exports"])
    if exported and not fleet.is_foreign(host, path):
        return Spot("host", host, path)
    return Spot("directory", "", path)


def _find_outer(spots: Iterable[Spot]) -> list[Spot]:
    """Those that lie in no other."""
    outer: list[Spot] = []
    for spot in sorted(spots, key=lambda spot: (spot.kind, spot.server, spot.path.split("/"))):
        if not any(_overlap(spot, other) for other in outer):
            outer.append(spot)
    return outer


def _overlap(one: Spot, other: Spot) -> bool:
    same = (one.kind, one.server) == (other.kind, other.server)
    return same and (is_below(one.path, other.path) or is_below(other.path, one.path))


def _find_exported(fleet: Fleet) -> list[Spot]:
    return _find_outer(
        Spot("host", host, one["path"])
        for host, look in fleet.looks.items()
        for one in look["exports"]
        if one["path"] not in SYSTEM_PATHS and not fleet.foreign and not set(one["options"]) & {*ROOT}
    )


def _find_stores(spots: Sequence[Spot]) -> dict[tuple[str, str, str], str]:
    """A store for each directory of a server that volumes lie in, called after the server where it is the only one."""
    places = sorted({(spot.kind, spot.server, posixpath.dirname(spot.path)) for spot in spots})
    servers = [(kind, server) for kind, server, dummy in places]
    names: dict[tuple[str, str, str], str] = {}
    for kind, server, parent in places:
        base = {"directory": "local", "nfs": f"nfs-{server}", "efs": server.partition(".")[0]}.get(kind, server)
        more = posixpath.basename(parent) if servers.count((kind, server)) > 1 else ""
        text = f"{base}-{more}" if more else base
        names[kind, server, parent] = make_name(text, names.values())
    return names


def _name_volume(found: Described, spot: Spot, claim: Claim | None) -> str:
    base = claim.name if claim else posixpath.basename(spot.path) or spot.server
    return make_name(base, found.volumes, posixpath.basename(posixpath.dirname(spot.path)), spot.server)


def _say_lost(fleet: Fleet, uses: Sequence[Use], spot: Spot) -> str:
    answers = [fleet.looks.get(use.host, {}).get("directories", {}).get(_find_place(use.share)) for use in uses]
    if any(answer == {} for answer in answers):
        return "whose it is nobody knows: it did not answer in time"
    if any(answer and "kind" in answer for answer in answers):
        return "it is no directory"
    return "whose it is nobody knows: no host of the run has it mounted or on its disk"


def _describe_volume(
    fleet: Fleet, spot: Spot, uses: Sequence[Use], owner: Mapping[str, Any], name: str
) -> dict[str, Any]:
    below = posixpath.basename(spot.path) or "."
    volume: dict[str, Any] = {} if below == name else {"path": below}
    volume.update({key: owner[key] for key in ("owner", "group", "mode")})
    exports = find_exports(fleet, spot)
    if exports:
        squash = find_squash(exports[0]["options"])
        volume.update({} if squash == "all" else {"squash": squash})
    network = [use for use in uses if use.share.source]
    words = find_options(network[0].share) if network else []
    transport = _find_transport([word for use in network for word in use.share.options])
    volume.update({"transport": transport} if transport and spot.kind != "efs" else {})
    volume.update({"options": words} if words else {})
    runs = any("noexec" not in use.share.options for use in network if use.share.origin != CLUSTER)
    return {**volume, **({"exec": True} if runs else {})}


def _describe_claim(claim: Claim | None) -> dict[str, Any]:
    if claim is None:
        return {}
    size = {"size": claim.size} if claim.size else {}
    return {**size, **({"single_writer": True} if claim.single_writer else {})}


def find_exports(fleet: Fleet, spot: Spot) -> list[Mapping[str, Any]]:
    """The exports that a spot is served by, the nearest first."""
    exports = fleet.looks[spot.server]["exports"] if spot.kind == "host" else []
    return sorted((one for one in exports if is_below(spot.path, one["path"])), key=lambda one: -len(one["path"]))


def find_squash(options: Iterable[str]) -> str:
    """The word of the catalogue for whom the server takes clients."""
    words = set(options)
    return "all" if "all_squash" in words else "none" if "no_root_squash" in words else "root"


def find_options(share: Share) -> list[str]:
    """The options of a mount that a volume may have of its own."""
    words: list[str] = []
    version = find_version(share)
    for option in share.options:
        name = option.partition("=")[0]
        if name in USER_SPACE or name.startswith("x-") or name in _IDLE or (name in VERSION_3_ONLY and version != "3"):
            continue
        if share.origin == "hand" and name not in _CHOSEN:
            continue
        try:
            words += read_options([option])
        except Unfit:
            continue
    return list(dict.fromkeys(words))


def find_version(share: Share) -> str:
    """The version of NFS that a share says, "" where it is negotiated; Docker's driver leaves nothing to negotiate."""
    said = nfs_mount_options.parse(share.options).get("vers", "")
    if share.origin == "docker":
        return {"": "3" if share.fstype == "nfs" else "4.0", "4": "4.0"}.get(said, said)
    return said


def _find_transport(options: Iterable[str]) -> str:
    said = nfs_mount_options.parse(options)
    return next((word for word in (said.get("sec", ""), said.get("xprtsec", "")) if word in (*KERBEROS, *TLS)), "")


def _describe_store(fleet: Fleet, kind: str, server: str, parent: str, uses: Sequence[Use]) -> dict[str, Any]:
    network = [use.share for use in uses if use.share.source]
    versions = sorted({find_version(share) for share in network} - {""})
    if kind == "directory":
        return {"type": "directory", "path": parent}
    if kind == "efs":
        return _describe_efs(server, parent, network)
    if kind == "host":
        own = [version for version in versions if version.startswith("4.")]
        called = {share.server for share in network if fleet.names.get(share.server) == server} - {server}
        usual = not called or fleet.find_address(server) in called
        return {
            "type": "nfs_server",
            "host": server,
            "path": parent,
            **({} if usual else {"address": sorted(called)[0]}),
            **({"version": own[-1]} if own and own[-1] != "4.2" else {}),
        }
    exact = [version for version in versions if version != "4"] or versions
    return {"type": "nfs", "address": server, "path": parent, **({"version": exact[-1]} if exact else {})}


def _describe_efs(server: str, parent: str, shares: Sequence[Share]) -> dict[str, Any]:
    file_system, dummy, rest = server.partition(".efs.")
    options = [option for share in shares for option in share.options]
    said = nfs_mount_options.parse(options)
    region = rest
    for suffix in {*SUFFIXES.values(), "amazonaws.com"}:
        region = region[: -len(suffix) - 1] if region.endswith(f".{suffix}") else region
    region = said.get("region", region)
    words = {"tls": "tls" in options, "iam": "iam" in options, "access_point": said.get("accesspoint", "")}
    return {
        "type": "efs",
        "file_system_id": file_system,
        **({"region": region} if region else {}),
        **({"path": parent} if parent != "/" else {}),
        **{key: value for key, value in words.items() if value},
    }
