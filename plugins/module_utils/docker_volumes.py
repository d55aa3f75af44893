# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Docker's own NFS volumes become the wanted ones: Docker never changes a volume that is there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.addresses import is_address
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import (
    LABEL,
    EngineVolume,
    find_faults,
    find_repeated,
    find_source,
    is_network,
    is_same,
    parse_volume,
    render_docker_options,
    split_source,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

DRIVER = "local"


@dataclass(frozen=True)
class User:
    """A container that has a volume, whatever its state; ``app`` is "" unless it is one of the collection's."""

    name: str
    state: str
    app: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


@dataclass(frozen=True)
class Found:
    """A volume that Docker has; ``volume`` is its label of ours. ``users`` are known where it would have to go."""

    driver: str = DRIVER
    options: Mapping[str, str] = field(default_factory=dict)
    volume: str = ""
    users: Sequence[User] = ()

    @property
    def ours(self) -> bool:
        """Whether the collection made it, and may take it away: it holds no data."""
        return bool(self.volume) and self.driver == DRIVER and is_network(self.options)


def find_problems(items: list[dict[str, Any]]) -> list[str]:
    """What is wrong with wanted volumes, each sentence with the name of its item."""
    volumes = [parse_volume(item) for item in items]
    faults = [f"{volume.name or '(no name)'}: {fault}" for volume in volumes for fault in find_faults(volume)]
    return faults + find_repeated(volume.name for volume in volumes)


def parse_items(items: list[dict[str, Any]]) -> list[EngineVolume]:
    """The wanted volumes, sorted by name; raises HostError naming every problem of every item at once."""
    problems = find_problems(items)
    if problems:
        raise HostError(f"these volumes cannot be made, nothing was changed: {'; '.join(problems)}")
    return sorted((parse_volume(item) for item in items), key=lambda volume: volume.name)


def parse_records(records: Sequence[Mapping[str, Any]]) -> dict[str, Found]:
    """Volumes by name from what the Engine API lists."""
    return {
        str(record["Name"]): Found(
            driver=str(record.get("Driver") or ""),
            options=dict(record.get("Options") or {}),
            volume=str((record.get("Labels") or {}).get(LABEL, "")),
        )
        for record in records
    }


def parse_users(records: Sequence[Mapping[str, Any]]) -> dict[str, list[User]]:
    """The users of each volume from the containers that the Engine API lists, in the order of their names."""
    users: dict[str, list[User]] = {}
    for record in sorted(records, key=lambda record: list(record.get("Names") or [])):
        name = (list(record.get("Names") or []) or [str(record.get("Id"))[:12]])[0].lstrip("/")
        user = User(name, str(record.get("State") or ""), str((record.get("Labels") or {}).get("io.holdfast.app", "")))
        for volume in dict.fromkeys(mount.get("Name") for mount in record.get("Mounts") or []):
            if volume:
                users.setdefault(str(volume), []).append(user)
    return users


def find_suspects(found: Mapping[str, Found], wanted: Sequence[EngineVolume]) -> list[str]:
    """The volumes that would have to go: their users must be known first."""
    names = {volume.name: volume for volume in wanted}
    return sorted(
        name
        for name, one in found.items()
        if (name in names and not _is_right(one, names[name])) or (name not in names and one.ours)
    )


def find_names(volumes: Sequence[EngineVolume]) -> list[str]:
    """The servers that are given by name: Docker must be able to resolve them when it mounts."""
    addresses = dict.fromkeys(split_source(volume.source)[0] for volume in volumes)
    return [address for address in addresses if not is_address(address)]


def plan(found: Mapping[str, Found], wanted: Sequence[EngineVolume], retire_only: bool = False) -> Change:
    """Remove what is wanted no longer or differs, and create; with ``retire_only`` just the first.

    Raises HostError naming every volume that is in the way. A volume that is wanted no longer and in use is left for
    now, since its users may be about to be replaced. With ``retire_only`` they have been: then a container of the
    collection counts as gone, and any other is in the way.
    """
    names = {volume.name for volume in wanted}
    unwanted = sorted(name for name, one in found.items() if one.ours and name not in names)
    made = [] if retire_only else [volume for volume in wanted if not _is_right(found.get(volume.name), volume)]
    faults = [fault for volume in made for fault in _find_obstacles(volume, found.get(volume.name))]
    if retire_only:
        faults += [fault for name in unwanted for fault in _find_strangers(name, found[name])]
        going = unwanted
    else:
        going = [name for name in unwanted if not found[name].users]
    if faults:
        raise HostError(f"volumes of Docker are in the way, nothing was changed: {'; '.join(faults)}. Then run again")
    going = going + [volume.name for volume in made if volume.name in found]
    steps = [Step("remove", name) for name in going] + [Step("create", one.name, {"volume": one}) for one in made]
    before = {step.name: _picture(found.get(step.name)) for step in steps}
    after = {**dict.fromkeys(before, _picture(None)), **{volume.name: _picture(_desire(volume)) for volume in made}}
    return Change(before, after, tuple(steps))


def report(name: str, found: Found) -> dict[str, Any]:
    """One volume as docker_nfs_volumes_info returns it."""
    return {
        "name": name,
        "volume": found.volume,
        "source": find_source(found.options),
        "driver_options": dict(found.options),
        "users": [{"name": user.name, "state": user.state, "app": user.app} for user in found.users],
    }


def _is_right(found: Found | None, volume: EngineVolume) -> bool:
    same = found is not None and is_same(found.options, render_docker_options(volume))
    return found is not None and same and found.driver == DRIVER and found.volume == volume.volume


def _find_obstacles(volume: EngineVolume, found: Found | None) -> list[str]:
    if found is None:
        return []
    if found.driver != DRIVER:
        return [f"{volume.name} belongs to the driver {found.driver} and is left alone; remove or rename it yourself"]
    if not is_network(found.options):
        kind = found.options.get("type")
        holds = f"mounts {kind} {found.options.get('device')}" if kind else "holds data on this host's own disk"
        return [f"{volume.name} {holds} and is left alone; if nobody needs it, use docker volume rm {volume.name}"]
    if found.users:
        return [
            f"{volume.name} differs from what is wanted and is in use by {_list(found.users)}; stop and remove that, "
            "a unit of the collection with systemctl stop"
        ]
    return []


def _find_strangers(name: str, found: Found) -> list[str]:
    strangers = [user for user in found.users if not user.app]
    return [f"{name} is wanted no longer, but in use by {_list(strangers)}; remove that"] if strangers else []


def _list(users: Sequence[User]) -> str:
    return ", ".join(map(str, users))


def _desire(volume: EngineVolume) -> Found:
    return Found(DRIVER, render_docker_options(volume), volume.volume)


def _picture(found: Found | None) -> Any:
    if found is None:
        return "absent"
    return {"driver": found.driver, "volume": found.volume, **found.options}
