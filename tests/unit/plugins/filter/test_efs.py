from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.efs import FilterModule

FILTERS = FilterModule().filters()


def test_a_collection_that_is_not_there_is_named():
    assert FILTERS["missing_collections"](["holdfast.volumes", "no.such", "holdfast.absent"]) == [
        "no.such",
        "holdfast.absent",
    ]


def test_problems_of_a_host_without_the_mount_helper():
    (problem,) = FILTERS["efs_helper_problems"]([{"name": "site", "fstype": "efs"}], {})
    assert problem.startswith("host_mounts_mounts: site cannot be mounted")


def test_from_what_is_wanted_to_the_stores_of_a_catalogue():
    wanted = [{"store": "cloud", "region": "eu-west-1", "mount_targets": [{"subnet_id": "subnet-1"}]}]
    assert FILTERS["efs_problems"](wanted) == []
    assert FILTERS["efs_plans"](wanted, [[]])[0]["changes"][0] == "create file system cloud"
    assert sorted(FILTERS["efs_stores"](wanted, [[]], [])) == ["cloud"]
