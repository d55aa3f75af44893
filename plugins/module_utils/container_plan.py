# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the container units of a host become the wanted ones, and whether a started one is up. Pure."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_traces,
    docker_unit,
    nspawn_unit,
    podman_volumes,
    quadlet,
    unit_secrets,
    unit_summaries,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit, parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.container_turns import take_turns, turn_of
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX, MARKER
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import join_calls, mount_units
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import (
    KINDS,
    VOLUME_SUFFIX,
    Summaries,
    engine_of,
    find_leaving,
    summarize,
)

ENVIRONMENT_DIRECTORY = "/etc/holdfast/env"
_RENDERERS: dict[str, Callable[[ContainerUnit], str]] = {
    "docker": docker_unit.render_docker_unit,
    "nspawn": nspawn_unit.render_service_file,
    "podman": quadlet.render_quadlet,
}
# Where files of ours may be, as (directory, how a name begins, how it ends).
PLACES = (
    *unit_summaries.PLACES,
    (quadlet.DIRECTORY, "", VOLUME_SUFFIX),
    (nspawn_unit.SETTINGS, CONTAINER_PREFIX, ".nspawn"),
    (nspawn_unit.USERS, "", ".passwd"),
    (ENVIRONMENT_DIRECTORY, "", ".env"),
)
# An image is there before the container that it replaces is stopped; one reload serves all.
# What a replaced container used, volumes, root images and secrets, goes when its successor is up.
_ORDER = ("provide", "retire", "renew", "keep", "write", "remove", "enable", "disable", "reload", "restart", "start")
_LAST = ("discard", "forget", "sweep")


@dataclass(frozen=True)
class Current:
    """What a host has: files we own, wanted places that others own, and what systemd says of the services.

    ``states`` is {service: {property: value}} as ``unit_files.parse_show`` gives it; ``pending`` names the services
    whose new definition an interrupted run had not brought to life yet, None when no run was interrupted. ``volumes``
    are those that Podman has of the ones that we own or want; ``images`` are the paths of the root images that we
    unpacked; ``traces`` are what is left of the collection where no container is wanted, as container_traces reads it;
    ``secrets`` are fingerprints made with ``key``, by place.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    foreign: Sequence[str] = ()
    states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pending: Sequence[str] | None = None
    volumes: Mapping[str, podman_volumes.Found] = field(default_factory=dict)
    images: Sequence[str] = ()
    traces: Mapping[str, Sequence[str]] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default="", repr=False)


def unit_path(unit: ContainerUnit) -> str:
    """Where its unit file is."""
    directory, suffix = KINDS[unit.engine]
    return f"{directory}/{unit.container}{suffix}"


def service_of(path: str) -> str:
    """The service that a unit file defines."""
    return posixpath.splitext(posixpath.basename(path))[0] + ".service"


def mode_of(path: str) -> int:
    """Who may read a file of ours: what holds an environment is for root alone."""
    return 0o600 if path.endswith((".env", ".nspawn")) else 0o644


def render_files(units: Iterable[ContainerUnit]) -> dict[str, str]:
    """Every file of ``units`` as {path: text}."""
    files = {path: text for unit in units for path, text in _render_files(unit).items()}
    for volume in find_volumes(units):
        files[podman_volumes.volume_path(volume.name)] = quadlet.render_volume(volume)
    return files


def _render_files(unit: ContainerUnit) -> dict[str, str]:
    files = {unit_path(unit): _RENDERERS[unit.engine](unit)}
    if unit.engine == "nspawn":
        files[nspawn_unit.settings_path(unit)] = nspawn_unit.render_settings(unit)
        if unit.user:
            files[nspawn_unit.user_path(unit)] = nspawn_unit.render_user(unit)
    elif unit.environment:
        lines = [MARKER, *(f"{key}={value}" for key, value in unit.environment)]
        files[unit.environment_path] = "\n".join(lines) + "\n"
    return files


def find_volumes(units: Iterable[ContainerUnit]) -> list[EngineVolume]:
    """The volumes that Podman shall mount itself, each once."""
    return list(dict.fromkeys(volume for unit in units if unit.engine == "podman" for volume in unit.volumes))


def plan(current: Current, units: Sequence[ContainerUnit], retire_only: bool = False) -> Change:
    """The steps from ``current`` to ``units``; with ``retire_only`` just those that take unwanted ones away.

    Running instances of one app are replaced in turns: their steps have a ``turn`` (1, 2, ...) and their ``service``.
    """
    wanted = render_files(units)
    steps = _retire_steps(current, wanted, units, retire_only) + _volume_steps(current, units, retire_only)
    if not retire_only:
        steps += [Step("reload", "systemd")] if current.pending is not None else []
        _refuse_foreign(current, wanted)
        written = [path for path, text in sorted(wanted.items()) if current.files.get(path) != text]
        steps += [Step("write", path, {"text": wanted[path]}) for path in written]
        changed = {path for path in written if join_calls(current.files.get(path, "")) != join_calls(wanted[path])}
        kept = [step for unit in units for step in _keep_steps(unit, current)]
        changed |= {step.args["place"] for step in kept}
        steps += kept + [step for unit in units for step in _unit_steps(unit, current, changed)]
        used = {unit.root for unit in units if unit.engine == "nspawn"}
        steps += [Step("discard", path, {"engine": "nspawn"}) for path in current.images if path not in used]
        steps = take_turns(steps, units, current.pending or ())
    steps += _forget_steps(current, units, retire_only)
    if not retire_only and not units:
        steps += container_traces.plan(current.traces, _find_going(steps))
    steps += _reload_steps(current, [] if retire_only else units, steps)
    once = [step for index, step in enumerate(steps) if step not in steps[:index]]
    ordered = tuple(sorted(once, key=_find_place))
    return Change(_describe(current, ordered, wanted, "before"), _describe(current, ordered, wanted, "after"), ordered)


def _find_place(step: Step) -> tuple[int, int]:
    """Where in a run a step is taken: its turn, then its kind; what is of no more use goes when all is up."""
    if step.action in _LAST:
        return sys.maxsize, _LAST.index(step.action)
    return turn_of(step), _ORDER.index(step.action)


def _refuse_foreign(current: Current, wanted: Mapping[str, str]) -> None:
    foreign = [path for path in current.foreign if path in wanted]
    if foreign:
        raise HostError(
            f"{', '.join(foreign)}: there already, but not made by this collection (the first line is not {MARKER!r}); "
            "remove it or give the app another name"
        )


def _retire_steps(
    current: Current, wanted: Mapping[str, str], units: Sequence[ContainerUnit], retire_only: bool
) -> list[Step]:
    found = summarize(current.files)
    gone = [path for path in current.files if path not in wanted and not podman_volumes.find_name(path)]
    leaving = find_leaving(found, summarize_units(units), mounts=retire_only)
    return [
        Step("retire", service_of(path), {"path": path, "engine": found[path]["engine"]})
        if path in found
        else Step("remove", path)
        for path in sorted({*gone, *leaving})
    ]


def summarize_units(units: Iterable[ContainerUnit]) -> Summaries:
    """What the unit files of ``units`` say of them, as ``summarize`` would read it there."""
    return {unit_path(unit): {"engine": unit.engine, "mounts": mount_units(unit)} for unit in units}


def find_leaving_paths(units: list[dict[str, Any]], found: Summaries) -> list[str]:
    """The paths of ``found``, summaries of unit files, whose containers go before anything new starts."""
    return find_leaving(found, summarize_units(parse_units(units)))


def _volume_steps(current: Current, units: Sequence[ContainerUnit], retire_only: bool) -> list[Step]:
    staying = {unit_path(unit): unit.container for unit in units if unit.engine == "podman"}
    engines = {path: engine_of(path, text) for path, text in current.files.items()}
    leaving = [path for path, engine in engines.items() if engine == "podman" and path not in staying]
    return podman_volumes.plan(
        current.volumes,
        owned=filter(None, map(podman_volumes.find_name, current.files)),
        wanted=find_volumes(units),
        active=[name for name, state in current.states.items() if state.get("ActiveState") == "active"],
        leaving=[service_of(path)[: -len(".service")] for path in leaving],
        staying=staying.values(),
        retire_only=retire_only,
    )


def _keep_steps(unit: ContainerUnit, current: Current) -> list[Step]:
    owner = unit_secrets.find_owner(unit.user)
    return [
        Step("keep", f"secret {place}", {"place": place, "secret": secret, "owner": owner})
        for place, secret in unit.secret_places.items()
        if unit_secrets.fingerprint(current.key, place, owner, unit_secrets.MODE, secret.value)
        != current.secrets.get(place)
    ]


def _forget_steps(current: Current, units: Sequence[ContainerUnit], retire_only: bool) -> list[Step]:
    wanted = {place for unit in units for place in unit.secret_places}
    in_podman = any(not place.startswith("/") for place in wanted)
    # The directories of files that stay, and the key as long as Podman has a secret.
    kept = wanted | {posixpath.dirname(place) for place in wanted} | ({unit_secrets.KEY} if in_podman else set())
    left = [place for place in current.secrets if place not in kept]
    if retire_only:
        names = {unit.name for unit in units}
        left = [place for place in left if unit_secrets.find_unit(place) not in {"", *names}]
    # The key last: it says that Podman is to be asked.
    return [
        Step("forget", f"secret {place}", {"place": place})
        for place in sorted(left, key=lambda one: (one == unit_secrets.KEY, one))
    ]


def _find_going(steps: Iterable[Step]) -> set[str]:
    """The paths that are no more once the last unit is gone."""
    ending = [step for step in steps if step.action in ("retire", "remove", "discard", "forget")]
    going = {step.args.get("path", step.args.get("place", step.name)) for step in ending}
    # The directory of a unit's secrets goes with the last of them.
    return going | {posixpath.dirname(path) for path in going if path.startswith(f"{unit_secrets.DIRECTORY}/")}


def _unit_steps(unit: ContainerUnit, current: Current, changed: set[str]) -> list[Step]:
    state = current.states.get(unit.service, {})
    interrupted = unit.service in (current.pending or ())
    touched = bool(changed & {*_render_files(unit), *unit.secret_places}) or interrupted
    links = _link_actions(unit, state, unit_path(unit) in changed or interrupted)
    actions = [*links, *_run_actions(unit, state, touched)]
    steps = [Step(action, unit.service) for action in actions]
    if touched or {"restart", "start"} & set(actions):
        steps.append(_provide_step(unit))
    return steps


def _provide_step(unit: ContainerUnit) -> Step:
    if unit.engine == "nspawn":
        return Step("provide", f"{unit.image} for {unit.name}", {"engine": unit.engine, "unit": unit})
    return Step("provide", unit.image, {"engine": unit.engine, "archive": unit.image_archive})


def _link_actions(unit: ContainerUnit, state: Mapping[str, str], rewritten: bool) -> list[str]:
    # Quadlet's generator makes the links of its units itself.
    enabled = state.get("UnitFileState") == "enabled"
    if unit.engine == "podman":
        return []
    if unit.start == "boot":
        return ["enable"] if rewritten or not enabled else []
    return ["disable"] if enabled else []


def _run_actions(unit: ContainerUnit, state: Mapping[str, str], touched: bool) -> list[str]:
    active = state.get("ActiveState", "inactive")
    if touched and active in ("active", "activating", "reloading"):
        return ["restart"]
    return ["start"] if unit.start == "boot" and active not in ("active", "reloading") else []


def _reload_steps(current: Current, units: Sequence[ContainerUnit], steps: Sequence[Step]) -> list[Step]:
    rewritten = any(_is_rewriting(step) for step in steps if not turn_of(step))
    states = [current.states.get(unit.service, {}) for unit in units if unit_path(unit) in current.files]
    outdated = any(state.get("NeedDaemonReload") == "yes" or state.get("LoadState") == "not-found" for state in states)
    return [Step("reload", "systemd")] if rewritten or outdated else []


def _is_rewriting(step: Step) -> bool:
    # systemd takes a unit whose links changed for outdated too.
    return step.action in ("retire", "enable", "disable") or (
        step.action == "write" and _is_definition(step.name, step.args["text"])
    )


def _is_definition(path: str, text: str) -> bool:
    """Whether systemd makes a unit of a file of ours."""
    return bool(engine_of(path, text) or podman_volumes.find_name(path))


def _describe(current: Current, steps: Sequence[Step], wanted: Mapping[str, str], side: str) -> str:
    """One side of the diff: the files that differ, secrets hidden, then the services that are acted on."""
    shown = ("retire", "write", "remove", "discard")
    paths = {step.args.get("path", step.name) for step in steps if step.action in shown}
    files: Mapping[str, str] = current.files if side == "before" else wanted
    blocks = [
        f"# {path}\n{_show(path, files[path], current.files.get(path, '') if side == 'after' else files[path])}"
        for path in sorted(paths)
        if path in files
    ]
    ends = {"retire": "gone", "restart": "active (restarted)", "start": "active"}
    for step in steps:
        if step.action in ends:
            before = current.states.get(step.name, {}).get("ActiveState", "absent")
            blocks.append(f"{step.name}: {before if side == 'before' else ends[step.action]}\n")
        if step.action in ("keep", "forget"):
            blocks.append(f"{step.name}: {_show_secret(step, current, side)}\n")
        if step.action == "renew":
            found = current.volumes.get(step.name)
            there = ", ".join(f"{key}={value}" for key, value in sorted(found.options.items())) if found else "absent"
            blocks.append(f"volume {step.name}: {there if side == 'before' else 'as its file says'}\n")
        if step.action == "sweep" or (step.action == "discard" and step.args["engine"] == "nspawn"):
            blocks.append(f"{step.name}: {'there' if side == 'before' else 'gone'}\n")
    return "\n".join(blocks)


def _show_secret(step: Step, current: Current, side: str) -> str:
    if step.action == "forget":
        return "hidden" if side == "before" else "gone"
    if side == "before":
        return "hidden" if step.args["place"] in current.secrets else "absent"
    return "hidden, new"


def _show(path: str, text: str, before: str) -> str:
    if mode_of(path) == 0o644:
        return text
    known = before.splitlines()
    secret = "Environment=" if path.endswith(".nspawn") else ""
    lines = [line for line in text.splitlines() if line != MARKER]
    return "".join(f"{_hide(line, secret, line in known)}\n" for line in lines)


def _hide(line: str, secret: str, known: bool) -> str:
    if not line.startswith(secret):
        return line
    key = line[len(secret) :].partition("=")[0]
    return f"{secret}{key}: {'hidden' if known else 'hidden, new'}"


def judge(state: Mapping[str, str], running: bool) -> str:
    """Whether a service that was told to start is "up", "down", or to be asked again ("wait").

    ``running`` is whether its container runs: Docker's client is active a moment before that.
    """
    active, sub = state.get("ActiveState", "inactive"), state.get("SubState", "")
    if state.get("Job", "0") not in ("", "0") or active in ("reloading", "deactivating"):
        return "wait"
    if active == "active":
        return "up" if running else "wait"
    return "wait" if active == "activating" and not sub.startswith("auto-restart") else "down"
