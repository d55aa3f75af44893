# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Denials of SELinux as sentences with the names of the catalogue's apps and volumes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.avc import CONTAINERS, DATA, read_level, read_type

_KINDS = {
    "blk_file": "a block device",
    "chr_file": "a device",
    "dir": "a directory",
    "fifo_file": "a pipe",
    "file": "a file",
    "lnk_file": "a link",
    "sock_file": "a socket",
}


def describe(denial: Mapping[str, Any], catalogue: Mapping[str, Any]) -> str:
    """Who wanted what, how often, and when last; ``denial`` is as selinux_contexts_info returns it."""
    times = "once, at" if denial["count"] == 1 else f"{denial['count']} times, the last at"
    when = datetime.fromtimestamp(denial["time"], timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    verb = "was not stopped, as SELinux only warns, from" if denial["permissive"] else "was denied"
    path = f" ({denial['path']})" if denial["path"] else ""
    who = f"{denial['comm'] or 'a program'} {_name_source(denial['scontext'], catalogue)}"
    what = f"{_KINDS.get(denial['tclass'], denial['tclass'])} {_name_target(denial['tcontext'], catalogue)}{path}"
    return f"{who} {verb} {', '.join(denial['permissions'])} of {what}, {times} {when}"


def _name_source(context: str, catalogue: Mapping[str, Any]) -> str:
    apps = _find(catalogue, "apps", context) if read_type(context) in CONTAINERS else []
    return f"of the app {' or '.join(apps)}" if apps else f"in {context}"


def _name_target(context: str, catalogue: Mapping[str, Any]) -> str:
    kind = read_type(context)
    volumes = _find(catalogue, "volumes", context) if kind in DATA else []
    if volumes:
        return f"of the volume {' or '.join(volumes)}"
    apps = _find(catalogue, "apps", context) if kind in DATA | CONTAINERS else []
    return f"of the app {' or '.join(apps)}" if apps else f"in {context}"


def _find(catalogue: Mapping[str, Any], what: str, context: str) -> list[str]:
    """The names of those whose level is that of ``context``."""
    level = read_level(context)
    found = catalogue.get(what, {})
    return [name for name in sorted(found) if level and found[name]["level"] == level]
