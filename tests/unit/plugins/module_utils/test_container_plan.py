from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_plan,
    podman_volumes,
    unit_summaries,
)
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


GATE = "/usr/bin/python3 -IS /usr/local/libexec/holdfast-gate"


def unit_with_volumes(engine, **options):
    paths = ("/srv/holdfast/a", "/srv/holdfast/b")
    mounts = [{"source": path, "target": path, "gate": {"source": f"n:{path}"}} for path in paths]
    about = {"nspawn": {"image_directory": "/srv/root", "command": ["x"]}}.get(engine, {})
    return {"name": "web", "engine": engine, "image": "r/x", "mounts": mounts, **about, **options}


def current_of_older(units):
    """A host where these run, whose unit files have a call of the gate for each volume."""
    files = container_plan.render_files(units)
    for unit in units:
        text = files[container_plan.unit_path(unit)]
        text = text.replace(f"{GATE} \\\n    --path", f"{GATE} --path")
        files[container_plan.unit_path(unit)] = text.replace(" \\\n    --path", f"\nExecStartPre={GATE} --path")
        assert files[container_plan.unit_path(unit)].count(f"ExecStartPre={GATE} --path") == 2
    return Current(files=files, states={unit.service: RUNNING for unit in units})


RUNNING = {"ActiveState": "active", "UnitFileState": "enabled"}


@pytest.mark.parametrize("engine", ["docker", "nspawn", "podman"])
def test_a_running_app_is_not_restarted_for_another_form_of_its_gate(engine):
    units = parse_units([unit_with_volumes(engine)])
    change = plan(current_of_older(units), units)
    assert change.result()["steps"] == [f"write {container_plan.unit_path(units[0])}", "reload systemd"]
    assert f"ExecStartPre={GATE} --path /srv/holdfast/a --source n:/srv/holdfast/a\n" in change.before
    assert f"ExecStartPre={GATE} \\\n    --path /srv/holdfast/a --source n:/srv/holdfast/a \\\n" in change.after


def test_instances_take_no_turns_for_another_form_of_their_gate():
    items = [unit_with_volumes("docker", app="web", name=f"web-{one}", instance=one) for one in (1, 2)]
    units = parse_units(items)
    steps = plan(current_of_older(units), units).result()["steps"]
    assert steps == [*(f"write {container_plan.unit_path(unit)}" for unit in units), "reload systemd"]


def test_a_running_app_is_restarted_for_another_gate():
    before, after = (parse_units([unit_with_volumes("docker", **more)]) for more in ({}, {"level": "s0:c1"}))
    assert "restart holdfast-web.service" in plan(current_of_older(before), after).result()["steps"]
    item = unit_with_volumes("docker")
    item["mounts"][1]["gate"]["identity"] = "i"
    assert "restart holdfast-web.service" in plan(current_of_older(before), parse_units([item])).result()["steps"]


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


def bound(name, *paths):
    mounts = [{"source": path, "target": "/data", "gate": {"source": f"n:{path}"}} for path in paths]
    return {"name": name, "engine": "podman", "image": "r/x", "mounts": mounts}


@pytest.mark.parametrize(
    ("found", "wanted", "going"),
    [
        ([bound("web", "/srv/holdfast/a")], [bound("web", "/srv/holdfast/b")], ["web"]),
        # The mount stays, for another app: web can go on until it is replaced.
        ([bound("web", "/srv/holdfast/a")], [bound("web", "/srv/holdfast/b"), bound("db", "/srv/holdfast/a")], []),
        ([bound("web", "/srv/holdfast/a")], [bound("web", "/srv/holdfast/a")], []),
        ([bound("web", "/srv/holdfast/a"), bound("db", "/srv/holdfast/b")], [bound("db", "/srv/holdfast/b")], ["web"]),
        ([bound("web", "/srv/holdfast/a")], [{**bound("web", "/srv/holdfast/a"), "engine": "docker"}], ["web"]),
        ([], [bound("web", "/srv/holdfast/a")], []),
    ],
)
def test_who_holds_a_mount_that_goes_is_retired_before_it(found, wanted, going):
    """A mount in use cannot be retired, so its container must have gone by then, also one that will be replaced."""
    current = Current(files=container_plan.render_files(parse_units(found)))
    steps = plan(current, parse_units(wanted), retire_only=True).steps
    assert [step.name for step in steps if step.action == "retire"] == [f"holdfast-{name}.service" for name in going]
    leaving = container_plan.find_leaving_paths(wanted, unit_summaries.summarize(current.files))
    assert leaving == [f"/etc/containers/systemd/holdfast-{name}.container" for name in going]


@pytest.mark.parametrize("engine", ["docker", "nspawn", "podman"])
def test_a_unit_is_summarized_as_its_file_is(engine):
    units = parse_units([unit_with_volumes(engine)])
    assert container_plan.summarize_units(units) == unit_summaries.summarize(container_plan.render_files(units))
    assert all(one["mounts"] for one in container_plan.summarize_units(units).values())
