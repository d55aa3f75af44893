# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mounts of amazon-efs-utils: NFS to a tunnel on this host, which leads to a file system of Amazon EFS. Pure.

A source is written as the volume handles of the EFS driver for Kubernetes: ``fs-1234abcd:/path``, and behind an access
point ``fs-1234abcd:/path:fsap-5678ef90``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount

FSTYPE = "efs"
# One file for each tunnel, named and filled by write_tunnel_state_file() of amazon-efs-utils.
DIRECTORY = "/run/efs"
FILE_SYSTEM = re.compile(r"fs-[0-9a-f]{8,40}")
NFS_PORT = "2049"


def render_source(file_system: str, path: str, access_point: str = "") -> str:
    """What is mounted, as one text."""
    return ":".join(part for part in (file_system, path.rstrip("/") or "/", access_point) if part)


def find_wanted(what: str, options: Iterable[str]) -> str:
    """The source of a mount unit of type efs, its access point included."""
    file_system, dummy, path = what.partition(":")
    access_points = [option.partition("=")[2] for option in options if option.startswith("accesspoint=")]
    return render_source(file_system, path, *access_points[-1:])


def find_state(mount: Mount, names: Iterable[str]) -> str:
    """Which of the files of DIRECTORY is about the tunnel that a mount leads to, "" for none."""
    host, dummy, path = mount.source.partition(":")
    if host != "127.0.0.1" or not path:
        return ""
    # fs-1234abcd.srv.holdfast.site.20127; mountinfo does not show the port when it is NFS's own
    ports = [option.partition("=")[2] for option in mount.options if option.startswith("port=")]
    ending = f"{mount.path.replace('/', '.').lstrip('.')}.{(ports or [NFS_PORT])[-1]}"
    for name in names:
        file_system, dummy, rest = name.partition(".")
        if rest == ending and FILE_SYSTEM.fullmatch(file_system):
            return name
    return ""


def parse_state(name: str, text: str, mount: Mount) -> str:
    """The source behind a tunnel from the name and the JSON text of its file, "" when the text is none."""
    try:
        access_point = json.loads(text).get("accessPoint") or ""
    except (ValueError, AttributeError):
        return ""
    return render_source(name.partition(".")[0], mount.source.partition(":")[2], access_point)


def find_helper_problems(mounts: Iterable[Mapping[str, Any]], catalogue: Mapping[str, Any]) -> list[str]:
    """What a host without the mount helper cannot mount, by the place where the user asked for it.

    ``catalogue`` is holdfast_catalogue, {} where the mounts were written by hand.
    """
    places: dict[str, list[str]] = {}
    for mount in mounts:
        if mount.get("fstype") == FSTYPE:
            store = catalogue.get("volumes", {}).get(mount["name"], {}).get("store", "")
            file = catalogue["stores"][store]["file"] if store else ""
            places.setdefault(f"{file}: stores.{store}.tls" if store else "host_mounts_mounts", []).append(
                mount["name"]
            )
    return [
        f"{place}: {', '.join(names)} cannot be mounted, since /sbin/mount.efs is not there; install amazon-efs-utils "
        "on the host, or leave out tls, iam and access_point"
        for place, names in places.items()
    ]
