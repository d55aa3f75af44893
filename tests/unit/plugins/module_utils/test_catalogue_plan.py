# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import random

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import (
    SWITCHES,
    VARIABLES,
    plan_hosts,
    render_catalogue,
)
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases


def plan(case):
    catalogue, fleet, levels, problems = check(case)
    assert problems == []
    return plan_hosts(catalogue, fleet, levels, case["addresses"])


def shuffle(value):
    """The same catalogue with every mapping written in another order."""
    if not isinstance(value, dict):
        return value
    names = random.Random(7).sample(list(value), len(value))
    return {name: shuffle(value[name]) for name in names}


@pytest.mark.parametrize(("name", "case"), load_cases("catalogue_plan"))
def test_plans(name, case):
    plans = plan(case)
    for host, expected in case["expected"].items():
        found = {variable: value for variable, value in plans[host].items() if value}
        assert found == expected, f"{name}: {host}"


@pytest.mark.parametrize(("name", "case"), load_cases("catalogue_plan"))
def test_the_order_of_the_catalogue_does_not_matter(name, case):
    assert plan({**case, "catalogue": shuffle(case["catalogue"])}) == plan(case), name


@pytest.mark.parametrize(("name", "case"), load_cases("catalogue_plan"))
def test_every_host_has_every_variable(name, case):
    assert all(list(variables) == list(VARIABLES) for variables in plan(case).values()), name


def test_an_empty_catalogue_takes_everything_away():
    nothing = {variable: SWITCHES.get(variable, []) for variable in VARIABLES}
    assert plan({"catalogue": {}, "addresses": {"a": "a"}}) == {"a": nothing}
    assert set(SWITCHES) < set(VARIABLES)
    assert not any(SWITCHES.values())


def test_the_catalogue_as_a_variable_holds_no_secret():
    case = dict(load_cases("catalogue_plan"))["least_privilege"]
    catalogue, fleet, levels, _problems = check(case)
    rendered = render_catalogue(catalogue, fleet, levels)
    assert "hunter2" not in str(rendered)
    assert rendered["stores"]["main"] == {
        "type": "nfs_server",
        "file": "c.yml",
        "host": "nfs1",
        "address": "10.0.0.1",
        "path": "/srv/volumes",
        "file_system_id": "",
    }
    assert rendered["apps"]["editor"]["hosts"] == ["app1"]
    assert rendered["volumes"]["site"]["path"] == "/srv/volumes/site"
    assert rendered["bindings"][0] == {
        "app": "editor",
        "volume": "site",
        "target": "/site",
        "subpath": "",
        "read_only": False,
        "attach": "host",
        "hosts": ["app1"],
    }


@pytest.mark.parametrize(("name", "case"), load_cases("catalogue_plan"))
def test_the_variable_says_how_the_hosts_mount_each_volume(name, case):
    catalogue, fleet, levels, _problems = check(case)
    rendered = render_catalogue(catalogue, fleet, levels)
    of_hosts = [mount for host in plan(case).values() for mount in host["host_mounts_mounts"]]
    for mount in of_hosts:
        said = rendered["volumes"][mount["name"]]["mount"]
        options = [one for one in mount["options"] if one not in ("rw", "ro") and not one.startswith("context=")]
        assert said == {**{key: mount[key] for key in ("path", "source", "fstype")}, "options": options}, name
    local = [volume["mount"] for volume in rendered["volumes"].values() if not volume["mount"]["source"]]
    assert all(mount["path"].startswith("/") and mount["options"] == [] for mount in local), name
