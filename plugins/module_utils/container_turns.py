# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rolling replacement: which instances of an app give way to their successors when. Pure.

All that an instance needs for its new definition, files and secrets included, waits for its turn. Until then one that
crashes, or a host that boots, comes back with the old definition, which is known to work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_unit, quadlet
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Step
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit

# What concerns the host, not one unit, or must be done before anything stops.
_SHARED = ("provide", "retire", "renew", "discard")


def turn_of(step: Step) -> int:
    """When a step is taken: 0 with all others, then one turn after the other."""
    return int(step.args.get("turn", 0))


def take_turns(steps: Sequence[Step], units: Sequence[ContainerUnit], pending: Collection[str]) -> list[Step]:
    """The steps, those of instances that are to be restarted in turns, each turn with a reload of its own."""
    restarted = {step.name for step in steps if step.action == "restart"}
    turns = find_turns([unit for unit in units if unit.service in restarted], units, pending)
    owners = {place: unit.service for unit in units if unit.service in turns for place in _places(unit)}
    ordered = []
    for step in steps:
        service = owners.get(step.name) if step.action not in _SHARED else None
        args = {**step.args, "turn": turns[service], "service": service} if service else step.args
        ordered.append(Step(step.action, step.name, args))
    reloads = [Step("reload", "systemd", {"turn": turn}) for turn in sorted(set(turns.values()))]
    return ordered + reloads


def find_turns(
    restarted: Iterable[ContainerUnit], units: Sequence[ContainerUnit], pending: Collection[str]
) -> dict[str, int]:
    """{service: turn} of units that have siblings on this host.

    One that an earlier run left unfinished comes first: it is the one that does not serve.
    """
    groups: dict[str, list[ContainerUnit]] = {}
    for unit in restarted:
        if is_rolling(unit, units):
            groups.setdefault(unit.app, []).append(unit)
    return {
        unit.service: turn
        for group in groups.values()
        for turn, unit in enumerate(sorted(group, key=lambda one: (one.service not in pending, one.instance)), start=1)
    }


def is_rolling(unit: ContainerUnit, units: Iterable[ContainerUnit]) -> bool:
    """Whether its app has more than one instance on this host."""
    return bool(unit.app) and sum(one.app == unit.app for one in units) > 1


def _places(unit: ContainerUnit) -> list[str]:
    """The names of steps that concern this unit alone: its service, its secrets and every file that it has or had."""
    own = [unit.service, unit.environment_path, nspawn_unit.settings_path(unit), nspawn_unit.user_path(unit)]
    own += [f"secret {place}" for place in unit.secret_places]
    return [*own, f"{nspawn_unit.DIRECTORY}/{unit.service}", f"{quadlet.DIRECTORY}/{unit.container}{quadlet.SUFFIX}"]


def find_left(steps: Iterable[Step], failed: Mapping[str, str], units: Iterable[ContainerUnit]) -> dict[str, list[str]]:
    """{app: services that keep the old definition} of apps that have a service in ``failed``."""
    apps = {unit.service: unit.app for unit in units}
    restarts = {step.name: turn_of(step) for step in steps if step.action == "restart" and turn_of(step)}
    last = {apps[service]: restarts.get(service, 0) for service in failed if apps.get(service)}
    left: dict[str, list[str]] = {}
    for service, turn in restarts.items():
        if apps[service] in last and turn > last[apps[service]]:
            left.setdefault(apps[service], []).append(service)
    return left
