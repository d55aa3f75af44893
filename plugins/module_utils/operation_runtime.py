# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operation on a host: an app is brought up, a command run, files fetched, and the app put away, come what may."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import container_exec, container_runtime, container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import judge, service_of
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, Interrupted, System
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import AT_REST, Operation, Unit
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import (
    CONTAINER_PREFIX,
    parse_entries,
    parse_span,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import engine_of
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container, Identity, parse_inspect

LOCKS = "/run/holdfast"
PROPERTIES = "Id,LoadState,ActiveState,SubState,Job,Result,StateChangeTimestamp"
STOP_TIMEOUT = 150.0  # beyond the units' own TimeoutStopSec=
FETCH_TIMEOUT = 120.0
SLACK = 60.0  # systemd's limit comes first: it ends the container too
LONGEST_SAID = 1000


def read(system: System) -> dict[str, Unit]:
    """The units of ours on this host, by app; no engine is asked."""
    definitions = {path: text for path, text in container_runtime.read_files(system).items() if engine_of(path, text)}
    states = container_runtime.show(system, map(service_of, definitions), PROPERTIES)
    units = [
        _describe(service_of(path), engine_of(path, text), text, states.get(service_of(path), {}))
        for path, text in definitions.items()
    ]
    return {unit.app: unit for unit in sorted(units, key=lambda unit: unit.app)}


def _describe(service: str, engine: str, text: str, state: dict[str, str]) -> Unit:
    entries = parse_entries(text)
    return Unit(
        app=service[len(CONTAINER_PREFIX) : -len(".service")],
        engine=engine,
        on_demand=entries.get("Restart") == ["no"],
        max_run_time=entries.get("RuntimeMaxSec", [""])[-1],
        known=state.get("LoadState") == "loaded",
        active_state=state.get("ActiveState", "inactive"),
        since=state.get("StateChangeTimestamp", ""),
        result=state.get("Result", ""),
    )


def operate(system: System, unit: Unit, operation: Operation, start_timeout: float, limit: int) -> dict[str, Any]:
    """Do all of an operation: {rc, stdout, stderr, files, read_as}; files of at most ``limit`` bytes, in base64.

    Raises HostError when anything failed. The container is gone then too, unless the error says that it is not.
    """
    faults: list[str] = []
    outcome: dict[str, Any] = {}
    container: Optional[Container] = None
    with system.heed_endings():
        try:
            container = _start(system, unit, start_timeout)
            outcome = _work(system, unit, container, operation, limit)
        except HostError as error:
            faults.append(f"{error}{_find_reason(system, unit) if container else ''}")
        finally:
            faults += _put_away(system, unit)
    if faults:
        raise HostError(f"{unit.app}: {'; '.join(faults)}")
    return outcome


def _start(system: System, unit: Unit, timeout: float) -> Container:
    verdict = "wait"
    found: list[Container] = []

    def settled() -> bool:
        nonlocal verdict
        state = container_runtime.show(system, [unit.service], PROPERTIES).get(unit.service, {})
        found[:] = _find(system, unit) if state.get("ActiveState") == "active" else []
        verdict = judge(state, bool(found))
        return verdict != "wait"

    system.run(["systemctl", "start", "--no-block", "--", unit.service])
    system.poll(settled, timeout)
    if verdict != "up":
        said = container_runtime.read_journal(system, unit.service)
        raise HostError(f"{unit.service} did not come up within {timeout:g} s: {said or 'its journal is empty'}")
    return found[0]


def _find(system: System, unit: Unit) -> list[Container]:
    """Its container, when that runs."""
    records = container_runtime.find_running(system, unit.engine, [unit.container])
    return [one for one in parse_inspect(json.dumps(list(records.values())), unit.engine) if one.pid]


def _work(system: System, unit: Unit, container: Container, operation: Operation, limit: int) -> dict[str, Any]:
    identity = container_view.read_identity(system, container.pid)
    done = container_exec.execute(system, container, operation.run, parse_span(unit.max_run_time) + SLACK)
    if done.rc != 0:
        said = (done.err.strip() or done.out.strip())[-LONGEST_SAID:] or "it said nothing"
        raise HostError(f"{operation.run[0]} ended with {done.rc}: {said}")
    return {
        "rc": done.rc,
        "stdout": done.out,
        "stderr": done.err,
        "files": _fetch(container, identity, operation.fetch, limit),
        "read_as": {
            **{key: value for key, value in asdict(identity).items() if key in ("uid", "gid", "label")},
            "container_id": container.container_id,
            "image": container.image,
        },
    }


def _fetch(container: Container, identity: Identity, paths: Sequence[str], limit: int) -> list[dict[str, Any]]:
    if not paths:
        return []
    jobs = [{"action": "fetch", "path": path, "limit": limit} for path in paths]
    answers = container_view.visit(container.pid, identity, jobs, FETCH_TIMEOUT)
    faults = [f"{path}: {answer['message']}" for path, answer in zip(paths, answers) if "message" in answer]
    if faults:
        raise HostError(f"cannot fetch {', '.join(faults)}")
    return [_describe_file(path, answer["value"]) for path, answer in zip(paths, answers)]


def _describe_file(path: str, content: str) -> dict[str, Any]:
    plain = base64.b64decode(content)
    return {"path": path, "size": len(plain), "sha256": hashlib.sha256(plain).hexdigest(), "content": content}


def _find_reason(system: System, unit: Unit) -> str:
    try:
        result = container_runtime.show(system, [unit.service], PROPERTIES).get(unit.service, {}).get("Result")
    except HostError:
        return ""
    longer = f" (it had run for {unit.max_run_time}, its max_run_time; give it more in the catalogue)"
    return longer if result == "timeout" else ""


def _put_away(system: System, unit: Unit) -> list[str]:
    """Stop the app; what stands against it, as sentences."""
    try:
        return _try_to_put_away(system, unit)
    except Interrupted:
        return _try_to_put_away(system, unit)  # after the first signal no other is heeded


def _try_to_put_away(system: System, unit: Unit) -> list[str]:
    try:
        system.run(["systemctl", "stop", "--", unit.service], STOP_TIMEOUT)
        state = container_runtime.show(system, [unit.service], PROPERTIES).get(unit.service, {})
        left = _find_left(system, unit, state.get("ActiveState", "inactive"))
        if state.get("ActiveState") == "failed":
            system.run(["systemctl", "reset-failed", "--", unit.service])
    except Interrupted:
        raise
    except HostError as error:
        left = str(error)
    return [f"it could not be put away: {left}; see systemctl status {unit.service}"] if left else []


def _find_left(system: System, unit: Unit, state: str) -> Optional[str]:
    if state not in AT_REST:
        return f"its service is {state}"
    container_runtime.remove(system, unit.engine, [unit.container])
    return None
