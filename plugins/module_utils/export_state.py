# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands on an NFS server: the collection's exports file, and the table that the server really serves from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import (
    MARKER,
    Export,
    ExportsError,
    find_missing,
    parse,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

PATH = "/etc/exports.d/holdfast.exports"
ETAB = "/var/lib/nfs/etab"


@dataclass(frozen=True)
class State:
    """The text of our file, None when there is none, and what of the wanted exports the server does not serve."""

    text: Optional[str]
    missing: tuple[Export, ...]


def read(system: System, wanted: Iterable[Export]) -> State:
    """Our file and what of ``wanted`` is not served.

    HostError when the file is someone else's, and when an export must be a mount point and is none: the server would
    load it, and then refuse every client, who would only be told that access is denied.
    """
    wanted = list(wanted)
    text = system.read(PATH)
    if text is not None and not text.startswith(MARKER):
        raise HostError(f"{PATH} was not written by this collection; move its lines to another file beside it")
    unmounted = _find_unmounted(system, wanted)
    if unmounted:
        raise HostError(
            f"nothing is mounted at {' and '.join(unmounted)}, which the option mountpoint asks for, and nothing was "
            "changed; mount it first, or leave the option out"
        )
    return State(text, tuple(read_missing(system, wanted)))


def read_ours(system: System) -> list[Export]:
    """Every export in our file."""
    return _read_exports(system, PATH)


def read_loaded(system: System) -> list[Export]:
    """Every export that the server serves, whoever wrote it down."""
    return _read_exports(system, ETAB)


def read_missing(system: System, wanted: Iterable[Export]) -> list[Export]:
    """What of ``wanted`` is not served, or not with these options."""
    wanted = list(wanted)
    loaded = read_loaded(system)
    if not wanted or not loaded:
        return wanted
    # etab has paths with their symbolic links resolved.
    real = system.probe(_find_real_paths, sorted({export.path for export in wanted}))
    originals = {replace(export, path=real[export.path]): export for export in wanted}
    return [originals[export] for export in find_missing(originals, loaded)]


def _read_exports(system: System, path: str) -> list[Export]:
    try:
        return parse(system.read(path) or "")
    except ExportsError as error:
        raise HostError(f"cannot read {path}: {error}; run exportfs -ra and look at what it says") from error


def _find_unmounted(system: System, wanted: Iterable[Export]) -> list[str]:
    asked = set()
    for export in wanted:
        for option in export.options:
            name, dummy, value = option.partition("=")
            if name == "mountpoint":
                asked.add(value or export.path)
    mounts = mountinfo.parse(system.read("/proc/self/mountinfo") or "") if asked else []
    return sorted(path for path in asked if mountinfo.find_top(mounts, path) is None)


def _find_real_paths(paths: list[str]) -> dict[str, str]:
    return {path: os.path.realpath(path) for path in paths}
