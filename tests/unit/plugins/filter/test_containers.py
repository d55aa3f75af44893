from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.containers import FilterModule

WEB = {"name": "web", "engine": "podman", "image": "r/nginx:1"}


def test_problems_of_container_units():
    problems = FilterModule().filters()["container_unit_problems"]
    assert problems([WEB]) == []
    assert problems([{**WEB, "user": 1000}]) == []
    assert problems([WEB, {**WEB, "image": ""}]) == [
        "web: image '': give a name such as registry.example.com/nginx:1",
        "web: given 2 times; keep one",
    ]


def test_problems_of_volumes_of_docker():
    problems = FilterModule().filters()["docker_nfs_volume_problems"]
    site = {"name": "holdfast-site", "source": "nfs1:/srv/site", "options": ["rw"]}
    assert problems([site]) == []
    assert problems([{**site, "options": ["a b"]}]) == [
        "holdfast-site: option 'a b': give one to an item, without commas, quotes and blanks"
    ]


def test_problems_of_an_operation():
    problems = FilterModule().filters()["operation_problems"]
    unit = {"name": "web_ops", "start": "on_demand", "mounts": []}
    planned = [{"app": "web_ops", "run": ["report"], "fetch": []}]
    hostvars = {"nfs1": {}, "app2": {"container_units_units": [unit], "container_units_operations": planned}}
    assert problems(hostvars, ["nfs1", "app2"], {"app": "web_ops"}) == []
    assert problems(hostvars, ["nfs1"], {"app": "web_ops"}) == [
        "web_ops is placed on app2, and none of these is in this run; widen --limit"
    ]


def test_what_an_operation_runs():
    find = FilterModule().filters()["planned_operation"]
    assert find([], {"app": "web_ops", "run": "x y"}) == {"run": "x y", "fetch": []}
