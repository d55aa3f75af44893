# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where unit files of ours are, what each says of its engine and its mounts, and which have to go first. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX, parse_entries

# {engine: (directory, how a name ends)}
KINDS = {
    "docker": ("/etc/systemd/system", ".service"),
    "nspawn": ("/etc/systemd/system", ".service"),
    "podman": ("/etc/containers/systemd", ".container"),
}
VOLUME_SUFFIX = ".volume"
# Where they may be, as (directory, how a name begins, how it ends).
PLACES = tuple((directory, CONTAINER_PREFIX, suffix) for directory, suffix in dict.fromkeys(KINDS.values()))
NSPAWN = "/usr/bin/systemd-nspawn"
START = f"ExecStart={NSPAWN} "
Summaries = Mapping[str, Mapping[str, Any]]


def engine_of(path: str, text: str) -> str:
    """The engine whose unit file this is, "" for any other file of ours."""
    place = posixpath.dirname(path), posixpath.splitext(path)[1]
    if place == KINDS["podman"]:
        return "podman"
    if place == KINDS["docker"]:
        return "nspawn" if f"\n{START}" in text else "docker"
    return ""


def summarize(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """{path: {engine, mounts: mount units that the container is bound to}} of files of ours that define a container."""
    engines = {path: engine_of(path, text) for path, text in files.items()}
    return {
        path: {"engine": engine, "mounts": sorted(" ".join(parse_entries(files[path]).get("BindsTo", [])).split())}
        for path, engine in engines.items()
        if engine
    }


def find_leaving(found: Summaries, wanted: Summaries, mounts: bool = True) -> list[str]:
    """The paths in ``found`` whose containers have to go before anything new starts.

    That are those that are wanted no longer or from another engine, and with ``mounts`` those that hold one which no
    wanted container is bound to: it could not be unmounted as long as they run.
    """
    kept = {mount for summary in wanted.values() for mount in summary["mounts"]}
    return sorted(
        path
        for path, summary in found.items()
        if wanted.get(path, {}).get("engine") != summary["engine"]
        or (mounts and not kept.issuperset(summary["mounts"]))
    )
