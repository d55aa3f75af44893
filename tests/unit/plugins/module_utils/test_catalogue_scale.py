# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four times the catalogue is at most four times the work, counted in lines executed and not in time."""

from __future__ import annotations

import sys
import uuid

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import catalogue_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts, render_catalogue
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check

FEW, MANY = 15, 60


def count_lines(run):
    """How many lines of Python ``run`` executes, those of libraries included."""
    lines = 0

    def trace(_frame, event, _argument):
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return lines


def make_case(count, app, **volume):
    """A case with so many volumes, as many apps on as many hosts, and a server and a directory."""
    hosts = [f"host{number}" for number in range(count)]
    servers = {
        "main": {"type": "nfs_server", "host": "nfs1", "path": "/srv/volumes"},
        "local": {"type": "directory", "path": "/data/local"},
    }
    return {
        "addresses": {"nfs1": "10.0.0.1", **{name: f"10.0.1.{number}" for number, name in enumerate(hosts)}},
        "catalogue": {
            "stores": servers,
            "volumes": {f"data{number}": {"store": "main", "owner": 1000, **volume} for number in range(count)},
            "apps": {f"web{number}": {"image": "web", **app(number, count)} for number in range(count)},
        },
    }


def bind_three(number, count):
    volumes = [f"data{(number + step) % count}:/data/{step}" for step in range(3)]
    return {"engine": "podman", "hosts": f"host{number}", "volumes": volumes, "ports": [f"{8000 + number}:80"]}


def bind_one_from_everywhere(number, _count):
    return {"engine": "podman", "hosts": f"host{number}", "volumes": ["data0:/data:ro"]}


def attach_on_one_host(number, _count):
    volumes = [{"volume": f"data{number}", "target": "/data", "attach": "engine"}]
    return {"engine": "docker", "hosts": "host0", "volumes": volumes}


def run_root_directories(number, _count):
    image = {"name": "web", "directory": f"/srv/images/{number}"}
    return {"engine": "nspawn", "hosts": f"host{number}", "image": image, "command": "serve"}


SHAPES = {
    "racks": (bind_three, {}),
    "a volume of everyone": (bind_one_from_everywhere, {}),
    "all on one host": (attach_on_one_host, {}),
    "directories of hosts": (bind_three, {"store": "local", "level": "s0:c1,c2"}),
    "root images in directories": (run_root_directories, {}),
}


@pytest.mark.parametrize(("app", "volume"), SHAPES.values(), ids=SHAPES)
def test_work_grows_with_the_catalogue_and_no_faster(app, volume):
    def plan(case):
        catalogue, fleet, levels, problems = check(case)
        assert problems == []
        plan_hosts(catalogue, fleet, levels, case["addresses"])
        render_catalogue(catalogue, fleet, levels)

    few, many = make_case(FEW, app, **volume), make_case(MANY, app, **volume)
    plan(many)  # what is found once and kept shall not look like less work
    assert count_lines(lambda: plan(many)) <= MANY / FEW * count_lines(lambda: plan(few))


def test_the_identity_of_a_volume_is_found_once_however_many_bind_it(monkeypatch):
    made = []
    monkeypatch.setattr(catalogue_plan, "NAMESPACE", uuid.uuid4())
    monkeypatch.setattr(catalogue_plan.uuid, "uuid5", lambda space, name: made.append(name) or uuid.uuid4())
    catalogue_plan._derive_identity.cache_clear()
    case = make_case(FEW, bind_one_from_everywhere)
    catalogue, fleet, levels, _problems = check(case)
    plan_hosts(catalogue, fleet, levels, case["addresses"])
    render_catalogue(catalogue, fleet, levels)
    catalogue_plan._derive_identity.cache_clear()
    assert sorted(made) == sorted(f"main/data{number}" for number in range(FEW))
