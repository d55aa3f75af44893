# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What orchestrators run; their refusals are cases of catalogue_validate, their plans of catalogue_plan."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import catalogue_orchestrators
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases

HOSTS = ("app1", "app2")


def app(engine, replicas):
    return SimpleNamespace(name="db", engine=engine, replicas=replicas)


@pytest.mark.parametrize("value", [0, -1, 1001, True, "2", None])
def test_a_number_of_replicas_is_a_whole_one(value):
    with pytest.raises(Unfit, match="no number of replicas"):
        catalogue_orchestrators.read_replicas(value)


def test_an_update_has_every_word():
    assert catalogue_orchestrators.read_update({"on_failure": "rollback"}) == {
        "parallel": 1,
        "order": "stop_first",
        "on_failure": "rollback",
    }


@pytest.mark.parametrize(
    ("engine", "replicas", "expected"),
    [
        ("swarm", 1, ["db"]),
        ("kubernetes", 1, ["db"]),
        ("swarm", 2, ["db (1 of 2)", "db (2 of 2)"]),
        ("swarm", 0, ["db (1 of 2)", "db (2 of 2)"]),
        # A node that does not answer is given up there, so each host may come to be a writer.
        ("nomad", 1, ["db on app1", "db on app2"]),
        ("marathon", 1, ["db on app1", "db on app2"]),
    ],
)
def test_one_replica_is_one_writer_where_nobody_is_given_up(engine, replicas, expected):
    assert catalogue_orchestrators.find_writers(app(engine, replicas), HOSTS) == expected


def test_members_are_managers_first_and_nobody_without_one():
    catalogue, fleet, _levels, _problems = check(dict(load_cases("catalogue_plan"))["swarm"])
    assert catalogue_orchestrators.find_members(catalogue, fleet, "swarm") == ["nfs1", "app1", "app2"]
    fleet.managers.clear()
    assert catalogue_orchestrators.find_members(catalogue, fleet, "swarm") == []
