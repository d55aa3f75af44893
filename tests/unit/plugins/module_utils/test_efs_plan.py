# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import efs_plan

ONE, TWO = "subnet-1", "subnet-2"
WANTED = {
    "store": "cloud",
    "region": "eu-west-1",
    "mount_targets": [{"subnet_id": ONE, "security_groups": ["sg-1", "sg-2"]}],
    "access_points": [{"name": "site", "owner": 1000}],
}
# As community.aws.efs_info answers, without what nobody looks at.
THERE = {
    "file_system_id": "fs-1234abcd",
    "creation_token": "cloud",
    "life_cycle_state": "available",
    "encrypted": True,
    "performance_mode": "generalPurpose",
    "throughput_mode": "bursting",
    "mount_targets": [{"subnet_id": ONE, "ip_address": "10.0.1.4", "security_groups": ["sg-2", "sg-1"]}],
    "tags": {},
}
POINTS = [
    {"file_system_id": "fs-1234abcd", "access_points": [{"name": "site", "access_point_id": "fsap-1"}]},
    {"skipped": True, "file_system_id": "fs-9"},
]


def plan(wanted=None, there=None):
    """The plan of one file system, with what differs from WANTED and THERE; no ``there`` is False."""
    found = [] if there is False else [{**THERE, **(there or {})}]
    (made,) = efs_plan.plan_file_systems([{**WANTED, **(wanted or {})}], [found])
    return made


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"store": "Cloud"}, "Cloud: 'Cloud' is no name"),
        ({"region": "eu"}, "cloud: 'eu' is no region of AWS"),
        ({"mount_targets": []}, "cloud: mount_targets: name at least one subnet_id"),
        ({"mount_targets": [{"subnet_id": ONE}, {"subnet_id": ONE}]}, "and each once"),
        ({"mount_targets": [{"ip_address": "10.0.0.4"}]}, "name at least one subnet_id"),
        ({"address_subnet": TWO}, "address_subnet subnet-2 has no mount target"),
        ({"throughput_mode": "provisioned"}, "add provisioned_throughput_in_mibps"),
        ({"access_points": [{"name": "A", "owner": 1}]}, "A: a name has only"),
    ],
)
def test_problems_are_said_by_the_store(wrong, message):
    (problem,) = efs_plan.find_problems([{**WANTED, **wrong}])
    assert message in problem


def test_names_are_given_once():
    assert efs_plan.find_problems([WANTED]) == []
    assert efs_plan.find_problems([WANTED, {**WANTED, "store": "other", "name": "other"}]) == []
    assert efs_plan.find_problems([WANTED, {**WANTED, "store": "cloud_site", "region": "eu-west-2"}]) == [
        "store cloud_site: given 2 times; keep one"
    ]
    assert efs_plan.find_problems([WANTED, {**WANTED, "store": "other", "name": "cloud"}]) == [
        "name cloud in eu-west-1: given 2 times; keep one"
    ]


def test_what_is_as_wanted_needs_nothing():
    made = plan()
    assert (made["name"], made["changes"], made["problems"]) == ("cloud", [], [])
    assert made["targets"] == WANTED["mount_targets"]


def test_a_new_file_system_is_made_with_everything():
    made = plan({"name": "holdfast-cloud"}, False)
    assert made["changes"] == [
        "create file system holdfast-cloud",
        "create mount target in subnet-1",
        "create access point site",
    ]
    assert made["problems"] == []


def test_a_mount_target_that_is_not_named_stays():
    made = plan({"mount_targets": [{"subnet_id": TWO, "ip_address": "", "security_groups": None}]})
    assert made["changes"] == ["create mount target in subnet-2"]
    assert made["targets"] == [{"subnet_id": TWO}, {"subnet_id": ONE}]


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ({"throughput_mode": "bursting"}, []),
        (
            {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 15.0},
            [
                "change throughput_mode from bursting to provisioned",
                "change provisioned_throughput_in_mibps from None to 15.0",
            ],
        ),
        ({"mount_targets": [{"subnet_id": ONE}]}, []),
        ({"mount_targets": [{"subnet_id": ONE, "ip_address": "10.0.1.4"}]}, []),
        (
            {"mount_targets": [{"subnet_id": ONE, "security_groups": ["sg-3"]}]},
            ["change security groups of mount target in subnet-1 to sg-3"],
        ),
    ],
)
def test_what_can_be_changed_is_said(wanted, changes):
    made = plan(wanted)
    assert (made["changes"], made["problems"]) == (changes, [])


@pytest.mark.parametrize(
    ("wanted", "there", "message"),
    [
        ({"encrypted": False}, {}, "file system fs-1234abcd: encrypted is True instead of False"),
        ({"performance_mode": "max_io"}, {}, "its performance mode is generalPurpose instead of maxIO"),
        (
            {"mount_targets": [{"subnet_id": ONE, "ip_address": "10.0.1.5"}]},
            {},
            "the mount target in subnet-1 has the address 10.0.1.4",
        ),
        ({}, {"life_cycle_state": "updating"}, "it is updating; run again later"),
        ({}, {"life_cycle_state": "deleting"}, "it is deleting"),
    ],
)
def test_what_cannot_be_changed_is_refused(wanted, there, message):
    (problem,) = plan(wanted, there)["problems"]
    assert message in problem


def test_a_file_system_that_a_killed_run_left_being_created_is_completed():
    made = plan({}, {"life_cycle_state": "creating", "mount_targets": []})
    assert (made["changes"], made["problems"]) == (["create mount target in subnet-1"], [])


def test_the_stores_of_a_catalogue():
    cloud = {"type": "efs", "file_system_id": "fs-1234abcd", "region": "eu-west-1"}
    assert efs_plan.render_stores([WANTED], [[THERE]], POINTS) == {
        "cloud": cloud,
        "cloud_site": {**cloud, "access_point": "fsap-1", "tls": True},
    }
    addressed = {**WANTED, "address_subnet": ONE, "access_points": []}
    assert efs_plan.render_stores([addressed], [[THERE]], POINTS) == {"cloud": {**cloud, "address": "10.0.1.4"}}


def test_stores_that_check_mode_did_not_make_have_no_ids():
    stores = efs_plan.render_stores([WANTED], [[]], [])
    assert stores["cloud"]["file_system_id"] == efs_plan.UNKNOWN
    assert stores["cloud_site"]["access_point"] == efs_plan.UNKNOWN
    (unmade,) = [{"file_system_id": "fs-1234abcd", "access_points": [{"name": "site", "access_point_id": ""}]}]
    assert efs_plan.render_stores([WANTED], [[THERE]], [unmade])["cloud_site"]["access_point"] == efs_plan.UNKNOWN
