# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operation is, what stands against one in the plans of the hosts, and its steps on a host. Pure."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX

OUTPUT = "stdout.txt"
AT_REST = ("inactive", "failed")


@dataclass(frozen=True)
class Operation:
    """A command in the container of an app, and the files that are fetched before the container goes."""

    app: str
    run: tuple[str, ...]
    fetch: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unit:
    """A unit of ours as a host has it; ``since`` and ``result`` are systemd's words."""

    app: str
    engine: str
    on_demand: bool
    max_run_time: str
    known: bool
    active_state: str
    since: str
    result: str

    @property
    def container(self) -> str:
        """The name of its container."""
        return CONTAINER_PREFIX + self.app

    @property
    def service(self) -> str:
        """The systemd service that runs it."""
        return f"{self.container}.service"


def parse_operation(app: str, run: Union[str, Sequence[Any]], fetch: Sequence[str]) -> Operation:
    """The operation, ``run`` being a list of words or one line in shell quoting; HostError names every fault."""
    faults = find_faults(run, fetch)
    if faults:
        raise HostError(f"{app}: nothing was started: {'; '.join(faults)}")
    return Operation(app, tuple(_split(run)), tuple(fetch))


def find_faults(run: Union[str, Sequence[Any]], fetch: Sequence[str]) -> list[str]:
    """What is wrong with a command and the paths to fetch, each as "what; way out"."""
    names = [posixpath.basename(path) for path in fetch]
    no_path = "is no path; write the absolute one of a file in the container"
    rules = [(not _is_path(path), f"fetch: {path!r} {no_path}") for path in fetch]
    rules += [
        (names.count(name) > 1, f"fetch: {names.count(name)} files are called {name}; they are kept in one directory")
        for name in dict.fromkeys(names)
    ]
    rules += [(OUTPUT in names, f"fetch: {OUTPUT} is what the standard output is kept as; write another file")]
    return _find_word_faults(run) + [fault for broken, fault in rules if broken]


def _find_word_faults(run: Union[str, Sequence[Any]]) -> list[str]:
    try:
        words = _split(run)
    except ValueError as error:
        return [f"run cannot be split into words ({error}); close the quotes or write a list"]
    if not words or not words[0]:
        return ["run is empty; say what is run in the container"]
    return ["run: a word holds NUL, which ends words; leave it out"] if any("\0" in word for word in words) else []


def _split(run: Union[str, Sequence[Any]]) -> list[str]:
    return shlex.split(run) if isinstance(run, str) else [str(word) for word in run]


def _is_path(path: str) -> bool:
    return path.startswith("/") and posixpath.normpath(path) == path and not re.search(r"[\x00-\x1f\x7f]", path)


def find_problems(plans: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], wanted: Mapping[str, Any]) -> list[str]:
    """What stands against an operation, each sentence with its way out, before a host is asked.

    ``plans`` is {host: {units, operations}}, the lists of the role container_units; ``hosts`` are those of this run;
    ``wanted`` is {app, run, fetch, writes}, ``run`` empty for what the plan says.
    """
    app = str(wanted.get("app") or "")
    placed = {host: unit for host, plan in plans.items() for unit in plan["units"] if unit["name"] == app}
    possible = sorted({unit["name"] for plan in plans.values() for unit in plan["units"] if _is_on_demand(unit)})
    choice = f"started on demand here: {', '.join(possible) or 'none; say start: on_demand in the catalogue'}"
    if not app:
        return [f"no app is named: add -e app=NAME; {choice}"]
    if not placed:
        return [f'no host has an app "{app}" in its plan; {choice}']
    if not all(_is_on_demand(unit) for unit in placed.values()):
        return [f"{app} starts at boot, and operations do not enter what is in production; {choice}"]
    here = [host for host in hosts if host in placed]
    if not here:
        return [f"{app} is placed on {', '.join(placed)}, and none of these is in this run; widen --limit"]
    return _find_run_problems(plans[here[0]], wanted) + _find_writes(placed[here[0]], wanted)


def _is_on_demand(unit: Mapping[str, Any]) -> bool:
    return bool(unit.get("start") == "on_demand")


def _find_run_problems(plan: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    operation = find_operation(plan["operations"], wanted)
    if not operation["run"]:
        return [
            f"{wanted['app']} has no operation of its own: give the app `ops: {{run: [...], fetch: [...]}}` in the "
            'catalogue, or say here what is run: -e \'{"holdfast_ops_run": ["program", "word"]}\''
        ]
    return find_faults(operation["run"], operation["fetch"])


def _find_writes(unit: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    written = [
        mount.get("volume") or mount["target"] for mount in unit.get("mounts") or () if not mount.get("read_only")
    ]
    if not written or wanted.get("writes"):
        return []
    what = f"{wanted['app']} may write to {', '.join(written)}, and operations only read"
    return [f"{what}; bind it with :ro, or, for a job that shall write, add -e holdfast_ops_writes=true"]


def find_operation(operations: Iterable[Mapping[str, Any]], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The {run, fetch} of an app: what is wanted in so many words, else what the plan says."""
    planned = next((one for one in operations if one["app"] == wanted["app"]), {})
    given = wanted.get("run")
    fetch = wanted.get("fetch") or ([] if given else planned.get("fetch"))
    return {"run": given or planned.get("run") or [], "fetch": list(fetch or [])}


def plan(units: Mapping[str, Unit], operation: Operation) -> Change:
    """The steps of an operation; raises HostError when the host cannot have it now. What was at rest ends at rest."""
    unit = units.get(operation.app)
    refusal = _find_refusal(unit, operation.app)
    if unit is None or refusal:
        raise HostError(f"{operation.app}: nothing was started: {refusal}")
    rest = f"{unit.service}: {unit.active_state}\n"
    steps = [
        Step("start", unit.service),
        Step("run", shlex.join(operation.run)),
        *(Step("fetch", path) for path in operation.fetch),
        Step("stop", unit.service),
    ]
    return Change(rest, rest, tuple(steps))


def _find_refusal(unit: Union[Unit, None], app: str) -> str:
    if unit is None or not unit.known:
        return f"this host has no unit holdfast-{app}.service; run holdfast.volumes.site first"
    if not unit.on_demand:
        return "it starts at boot, and operations do not enter what is in production; give them an app on demand"
    if unit.active_state in AT_REST:
        return ""
    return (
        f"it is {unit.active_state} already, since {unit.since or 'just now'}: somebody's operation is under way, "
        f"or an interrupted one, which ends by itself within {unit.max_run_time}; wait, or end it with "
        f"systemctl stop {unit.service}"
    )
