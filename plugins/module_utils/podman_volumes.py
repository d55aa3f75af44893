# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Podman's own NFS volumes become the wanted ones: Podman never changes a volume that is there. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Step
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import (
    EngineVolume,
    is_network,
    is_same,
    podman_service,
    render_podman_options,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.quadlet import DIRECTORY
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import VOLUME_SUFFIX


@dataclass(frozen=True)
class Found:
    """A volume that Podman has; ``users`` are its containers, known where the volume would have to go."""

    options: Mapping[str, str] = field(default_factory=dict)
    users: Sequence[str] = ()


def volume_path(name: str) -> str:
    """Where a volume's file is."""
    return f"{DIRECTORY}/{name}{VOLUME_SUFFIX}"


def find_name(path: str) -> str:
    """The volume that a file defines, "" when it is no volume's file."""
    if posixpath.dirname(path) != DIRECTORY or not path.endswith(VOLUME_SUFFIX):
        return ""
    return posixpath.basename(path)[: -len(VOLUME_SUFFIX)]


def find_suspects(found: Mapping[str, Mapping[str, str]], wanted: Iterable[EngineVolume]) -> list[str]:
    """The volumes, {name: options}, that would have to go: their users must be known first."""
    fine = {volume.name for volume in wanted if is_same(found.get(volume.name, {}), render_podman_options(volume))}
    return sorted(name for name in found if name not in fine)


def plan(
    found: Mapping[str, Found],
    *,
    owned: Iterable[str],
    wanted: Sequence[EngineVolume],
    active: Iterable[str],
    leaving: Iterable[str],
    staying: Iterable[str],
    retire_only: bool = False,
) -> list[Step]:
    """Steps for volumes whose files are ``owned`` or ``wanted``: ``renew`` before a file is written, ``discard`` last.

    ``active`` are services that have made their volume, ``leaving`` and ``staying`` our containers, to be removed and
    to be replaced where their definition changes. With ``retire_only`` nothing is renewed, and what a staying
    container still uses is left for later. Raises HostError naming every volume that is in the way.
    """
    gone, replaced = set(leaving), set(staying)
    users = {name: [user for user in one.users if user not in gone] for name, one in found.items()}
    unwanted = sorted(set(owned) - {volume.name for volume in wanted})
    made = [] if retire_only else list(wanted)
    faults = [fault for volume in made for fault in _find_obstacles(volume, found.get(volume.name), users)]
    for name in unwanted:
        others = [user for user in users.get(name, []) if user not in replaced]
        if others:
            faults.append(f"{name} is wanted no longer, but in use by {', '.join(others)}; remove that with podman rm")
    if faults:
        raise HostError(f"volumes of Podman are in the way, nothing was changed: {'; '.join(faults)}. Then run again")
    steps = [Step("renew", volume.name) for volume in made if _is_outdated(volume, found, set(active))]
    ready = [name for name in unwanted if not (retire_only and users.get(name))]
    return steps + [_discard(name, found.get(name)) for name in ready]


def _discard(name: str, found: Found | None) -> Step:
    # A volume of this name that mounts no NFS holds data: our file goes, the volume stays.
    empty = found is not None and is_network(found.options)
    return Step("discard", name, {"engine": "podman", "path": volume_path(name), "remove": empty})


def _find_obstacles(volume: EngineVolume, found: Found | None, users: Mapping[str, Sequence[str]]) -> list[str]:
    if found is None or is_same(found.options, render_podman_options(volume)):
        return []
    if not is_network(found.options):
        return [
            f"{volume.name} holds data on this host's own disk and is left alone; if nobody needs that, "
            f"remove it with podman volume rm {volume.name}"
        ]
    if users.get(volume.name):
        return [
            f"{volume.name} has other options than wanted and is in use by {', '.join(users[volume.name])}; stop that, "
            "a unit of the collection with systemctl stop"
        ]
    return []


def _is_outdated(volume: EngineVolume, found: Mapping[str, Found], active: set[str]) -> bool:
    if volume.name not in found:
        # Its service has made it once and would not do so again.
        return podman_service(volume.name) in active
    return not is_same(found[volume.name].options, render_podman_options(volume))
