from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import Current, plan, render_files
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.container_turns import find_left, find_turns, turn_of

WEB = {"name": "web", "engine": "podman", "image": "r/x:1"}


def instances(count, **other):
    names = ["web", *(f"web-{number}" for number in range(2, count + 1))]
    return [
        {**WEB, "name": name, "app": "web", "instance": number, **other} for number, name in enumerate(names, start=1)
    ]


def replace(before, after, pending=None, engine="podman"):
    """The steps from running units to others."""
    units = parse_units(before)
    states = {unit.service: {"ActiveState": "active", "UnitFileState": "enabled"} for unit in units}
    return plan(Current(render_files(units), states=states, pending=pending), parse_units(after)).steps


def told(steps):
    return [(turn_of(step), step.action, step.name.rpartition("/")[2]) for step in steps]


def test_instances_give_way_one_after_the_other_with_all_their_files():
    before = instances(2, environment={"A": "1"})
    assert told(replace(before, instances(2, image="r/x:2"))) == [
        (0, "provide", "x:2"),
        (1, "write", "holdfast-web.container"),
        (1, "remove", "web.env"),
        (1, "reload", "systemd"),
        (1, "restart", "holdfast-web.service"),
        (2, "write", "holdfast-web-2.container"),
        (2, "remove", "web-2.env"),
        (2, "reload", "systemd"),
        (2, "restart", "holdfast-web-2.service"),
    ]


def test_the_files_of_every_engine_wait_for_their_turn():
    docker = instances(2, engine="docker", environment={"A": "{instance}"})
    steps = told(replace(docker, [{**unit, "user": "1", "environment": {"A": "2"}} for unit in docker]))
    assert [step for step in steps if step[0] == 2] == [
        (2, "write", "web-2.env"),
        (2, "write", "holdfast-web-2.service"),
        (2, "enable", "holdfast-web-2.service"),
        (2, "reload", "systemd"),
        (2, "restart", "holdfast-web-2.service"),
    ]
    nspawn = [{**unit, "engine": "nspawn", "image_directory": "/i", "command": ["a"], "user": "1:1"} for unit in docker]
    steps = told(replace(nspawn, [{**unit, "user": "2:2"} for unit in nspawn]))
    assert {step[2] for step in steps if step[0] == 2} >= {"web-2.passwd", "holdfast-web-2.service"}
    assert {step[0] for step in steps if step[1] != "provide"} == {1, 2}


def test_instances_are_counted_not_spelled():
    units = parse_units(instances(11))
    turns = find_turns(units, units, ())
    assert [turns[f"holdfast-web{suffix}.service"] for suffix in ("", "-2", "-10", "-11")] == [1, 2, 10, 11]


def test_the_one_that_failed_comes_first():
    before = instances(3)
    steps = replace(before, instances(3, image="r/x:2"), pending=["holdfast-web-3.service"])
    assert [step.name for step in steps if step.action == "restart"] == [
        f"holdfast-web{suffix}.service" for suffix in ("-3", "", "-2")
    ]


def test_apps_take_their_turns_together():
    def both(**other):
        api = [{**unit, "name": unit["name"].replace("web", "api"), "app": "api"} for unit in instances(2, **other)]
        return [*instances(3, **other), *api]

    steps = replace(both(), both(image="r/x:2"))
    names = {turn: {s.name for s in steps if s.action == "restart" and turn_of(s) == turn} for turn in (1, 2, 3)}
    assert names[2] == {"holdfast-web-2.service", "holdfast-api-2.service"}
    assert names[3] == {"holdfast-web-3.service"}
    assert sum(step.action == "reload" for step in steps) == 3


def test_what_is_alone_takes_no_turn():
    assert not any(map(turn_of, replace([WEB], [{**WEB, "image": "r/x:2"}])))
    one = instances(1)
    assert not any(map(turn_of, replace(one, instances(1, image="r/x:2"))))


def test_more_instances_leave_the_first_alone():
    assert told(replace([WEB], instances(2))) == [
        (0, "provide", "x:1"),
        (0, "write", "holdfast-web-2.container"),
        (0, "reload", "systemd"),
        (0, "start", "holdfast-web-2.service"),
    ]
    assert told(replace(instances(2), [WEB])) == [
        (0, "retire", "holdfast-web-2.service"),
        (0, "reload", "systemd"),
    ]


def test_new_instances_start_before_the_first_turn():
    steps = told(replace(instances(2), instances(3, image="r/x:2")))
    assert steps.index((0, "start", "holdfast-web-3.service")) < steps.index((1, "write", "holdfast-web.container"))


def test_what_is_left_of_an_app_that_failed():
    steps = replace(instances(3), instances(3, image="r/x:2"))
    units = parse_units(instances(3))
    assert find_left(steps, {"holdfast-web.service": "why"}, units) == {
        "web": ["holdfast-web-2.service", "holdfast-web-3.service"]
    }
    assert find_left(steps, {"holdfast-web-2.service": "why"}, units) == {"web": ["holdfast-web-3.service"]}
    assert find_left(steps, {"holdfast-web-3.service": "why"}, units) == {}
    assert find_left(steps, {"holdfast-other.service": "why"}, units) == {}
