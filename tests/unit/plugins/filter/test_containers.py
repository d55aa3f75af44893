from __future__ import annotations

import hashlib

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


def test_who_has_to_go_first():
    leaving = FilterModule().filters()["leaving_containers"]
    found = {"/etc/containers/systemd/holdfast-web.container": {"engine": "podman", "mounts": []}}
    assert leaving([WEB], found) == []
    assert leaving([], found) == [*found]


def test_a_file_that_is_there():
    has_file = FilterModule().filters()["has_file"]
    files = {"/etc/x.conf": "0644 0 0 " + hashlib.sha1(b"a = \xc3\xa4\n").hexdigest()}
    assert has_file(files, "/etc/x.conf", "0644", "a = \u00e4\n")
    assert not has_file(files, "/etc/x.conf", "0600", "a = \u00e4\n")
    assert not has_file(files, "/etc/x.conf", "0644", "a = b\n")
    assert not has_file({}, "/etc/x.conf", "0644", "a = \u00e4\n")
