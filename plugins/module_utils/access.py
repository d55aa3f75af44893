# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can reach which volume, by the catalogue alone: what exports, mounts and disks let a host's root do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# The weakest first. Of a server of other people nobody here knows whom else it serves.
ACCESS = ("none", "unknown", "read", "write")


def find_access(
    catalogue: Mapping[str, Any], hosts: Iterable[str], volumes: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """{volume, host, access, ways, apps} for each of ``volumes``, or of all, and each of ``hosts``, in that order.

    ``catalogue`` is the host variable holdfast_catalogue, ``access`` one of ACCESS: the most that any of the ``ways``
    {way, access} gives. ``way`` is disk, export, mount or server. ``apps`` are {name, access} of those that bind the
    volume on that host. ValueError names the volumes that the catalogue does not have.
    """
    known, wanted = catalogue["volumes"], list(volumes)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ValueError(
            f"no volume {', '.join(unknown)} in the catalogue; it has {', '.join(sorted(known)) or 'none'}"
        )
    hosts = list(hosts)
    return [_describe(catalogue, volume, host) for volume in wanted or sorted(known) for host in hosts]


def _describe(catalogue: Mapping[str, Any], volume: str, host: str) -> dict[str, Any]:
    store = catalogue["stores"][catalogue["volumes"][volume]["store"]]
    bound = [item for item in catalogue["bindings"] if item["volume"] == volume and host in item["hosts"]]
    ways = [{"way": way, "access": access} for way, access in _find_ways(store, host, bound)]
    apps = {item["app"]: _strongest(_render(one) for one in bound if one["app"] == item["app"]) for item in bound}
    return {
        "volume": volume,
        "host": host,
        "access": _strongest(way["access"] for way in ways),
        "ways": ways,
        "apps": [{"name": name, "access": access} for name, access in apps.items()],
    }


def _find_ways(store: Mapping[str, Any], host: str, bound: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    kind = store["type"]
    if kind == "nfs_server" and host == store["host"]:
        yield "disk", "write"
    if bound and kind == "directory":
        yield "disk", "write"
    elif bound:
        # An export, and a mount, is read-only where all bindings of the host are.
        yield "export" if kind == "nfs_server" else "mount", _strongest(map(_render, bound))
    elif kind not in ("nfs_server", "directory"):
        yield "server", "unknown"


def _render(binding: Mapping[str, Any]) -> str:
    return "read" if binding["read_only"] else "write"


def _strongest(found: Iterable[str]) -> str:
    return max(found, key=ACCESS.index, default="none")
