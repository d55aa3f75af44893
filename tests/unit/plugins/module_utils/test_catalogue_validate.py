# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_validate import (
    check_fleet,
    find_clients,
    find_placement,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases


@pytest.mark.parametrize(("name", "case"), load_cases("catalogue_validate"))
def test_problems(name, case):
    assert check(case)[3] == case["expected"], name


def test_clients_are_the_hosts_that_bind_a_volume():
    case = dict(load_cases("catalogue_plan"))["least_privilege"]
    catalogue, fleet, _levels, _problems = check(case)
    found = find_clients(catalogue, fleet.placement)
    assert {store: sorted(hosts) for store, hosts in found.items()} == {"main": ["app1", "app2", "app3"]}


def test_a_pattern_that_cannot_be_read():
    catalogue = check(dict(load_cases("catalogue_plan"))["least_privilege"])[0]
    problems = Problems()

    def find_hosts(pattern):
        raise Unfit("it is no pattern", "mend it")

    placement = find_placement(catalogue, find_hosts, {}, problems)
    assert set(placement.values()) == {()}
    assert str(problems.found[0]) == "c.yml: apps.editor.hosts: it is no pattern; mend it"


def test_an_engine_that_mounts_nothing_attaches_nothing():
    case = dict(load_cases("catalogue_plan"))["engine_attached"]
    catalogue, fleet, levels, problems = check(case)
    assert problems == []
    apps = {**catalogue.apps, "podman": dataclasses.replace(catalogue.apps["podman"], engine="nspawn")}
    found = Problems()
    check_fleet(dataclasses.replace(catalogue, apps=apps), fleet, levels, found)
    assert [str(problem) for problem in found.found] == [
        f"c.yml: apps.podman.volumes[{index}].attach: the engine nspawn mounts no volumes itself; leave `attach` out: "
        "the host attaches it then"
        for index in (0, 1)
    ]
