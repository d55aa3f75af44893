from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import container_plan, podman_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import Current, judge, plan
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

CASES = sorted((Path(__file__).parent / "data" / "container_plan").glob("*.yml"))


def current_of(case):
    files = container_plan.render_files(parse_units(case.pop("units", [])))
    volumes = {name: podman_volumes.Found(**found) for name, found in case.pop("volumes", {}).items()}
    return Current(files=files, volumes=volumes, **case)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_plan(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    current, desired = current_of(case["current"]), parse_units(case["desired"])
    if "refused" in case:
        with pytest.raises(HostError, match=case["refused"]):
            plan(current, desired)
        return
    change = plan(current, desired, case.get("retire_only", False))
    assert change.result()["steps"] == case["steps"]
    assert bool(change) == bool(case["steps"])
    for side in ("before", "after"):
        if side in case:
            assert getattr(change, side) == case[side]


def test_no_secret_is_in_the_diff():
    units = [{"name": "web", "engine": "podman", "image": "r/x", "environment": {"PASSWORD": "hunter2"}}]
    change = plan(Current(), parse_units(units))
    assert "PASSWORD: hidden, new" in change.after
    assert "hunter2" not in str(change.result())


def test_a_whole_plan_applied_leaves_nothing_to_do():
    units = parse_units([{"name": "web", "engine": "docker", "image": "r/x", "environment": {"A": "b"}}])
    written = {step.name: step.args["text"] for step in plan(Current(), units).steps if step.action == "write"}
    states = {"holdfast-web.service": {"ActiveState": "active", "UnitFileState": "enabled"}}
    assert not plan(Current(files=written, states=states), units)


@pytest.mark.parametrize(
    ("state", "running", "verdict"),
    [
        ({"ActiveState": "active", "SubState": "running"}, True, "up"),
        ({"ActiveState": "active", "SubState": "running"}, False, "wait"),
        ({"ActiveState": "active", "Job": "812"}, True, "wait"),
        ({"ActiveState": "active", "Job": "0"}, True, "up"),
        ({"ActiveState": "inactive", "Job": "812"}, False, "wait"),
        ({"ActiveState": "activating", "SubState": "start-pre"}, False, "wait"),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, False, "down"),
        ({"ActiveState": "deactivating"}, False, "wait"),
        ({"ActiveState": "failed"}, False, "down"),
        ({"ActiveState": "inactive"}, False, "down"),
        ({}, False, "down"),
    ],
)
def test_a_started_unit_is_judged(state, running, verdict):
    assert judge(state, running) == verdict


def test_what_is_retired_is_ended_by_the_engine_that_runs_it():
    docker = parse_units([{"name": "web", "engine": "docker", "image": "r/x"}])
    machine = {"name": "web", "engine": "nspawn", "image": "n", "image_directory": "/srv/n", "command": ["nginx"]}
    nspawn = parse_units([machine])
    for before, after in ((docker, nspawn), (nspawn, docker)):
        change = plan(Current(files=container_plan.render_files(before)), after)
        (step,) = (step for step in change.steps if step.action == "retire")
        assert step.args["engine"] == before[0].engine


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/etc/holdfast/env/web.env", 0o600),
        ("/etc/systemd/nspawn/holdfast-web.nspawn", 0o600),
        ("/etc/holdfast/nspawn/web.passwd", 0o644),
        ("/etc/systemd/system/holdfast-web.service", 0o644),
        ("/etc/containers/systemd/holdfast-web.container", 0o644),
        ("/etc/containers/systemd/holdfast-site.volume", 0o644),
    ],
)
def test_a_file_with_an_environment_is_for_root_alone(path, mode):
    assert container_plan.mode_of(path) == mode
