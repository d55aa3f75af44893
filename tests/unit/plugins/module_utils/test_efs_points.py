# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import efs_points
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

SITE = {"name": "site", "owner": 1000}
# As DescribeAccessPoints answers.
DESCRIPTION = {
    "ClientToken": "token",
    "Name": "site",
    "Tags": [{"Key": "team", "Value": "web"}, {"Key": "Name", "Value": "site"}],
    "AccessPointId": "fsap-0123456789abcdef0",
    "AccessPointArn": "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0",
    "FileSystemId": "fs-0123456789abcdef0",
    "PosixUser": {"Uid": 1000, "Gid": 1000},
    "RootDirectory": {"Path": "/site", "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "750"}},
    "OwnerId": "123456789012",
    "LifeCycleState": "available",
}


def wanted(*items):
    return efs_points.parse_items(items)


def there(*others):
    return efs_points.parse_answer([DESCRIPTION, *others])


def test_a_wanted_one_is_filled_in():
    (point,) = wanted(SITE)
    assert point.lasting == {"path": "/site", "owner": 1000, "group": 1000, "mode": "0750", "squash": "all"}
    (point,) = wanted({**SITE, "path": "/a/b", "group": 0, "mode": "700", "squash": "none"})
    assert point.lasting == {"path": "/a/b", "owner": 1000, "group": 0, "mode": "0700", "squash": "none"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "(no name): a name has only"),
        ({"name": "Site"}, "Site: a name has only"),
        ({"path": "site"}, "site: path 'site' is not absolute"),
        ({"path": "/"}, "site: path '/' is not absolute"),
        ({"path": "/a/../b"}, "site: path '/a/../b' is not absolute"),
        ({"path": "/a/b/c/d/e"}, "more than the four levels"),
        ({"mode": "0788"}, "site: mode '0788' has other than octal digits"),
        ({"owner": -1}, "site: owner -1 is no numeric id"),
        ({"group": 2**32}, "site: group 4294967296 is no numeric id"),
    ],
)
def test_a_wrong_one_is_refused_by_name(wrong, message):
    with pytest.raises(HostError) as error:
        wanted({**SITE, **wrong})
    assert message in str(error.value)


def test_all_problems_are_said_at_once():
    with pytest.raises(HostError) as error:
        wanted(SITE, SITE, {"name": "a b", "owner": 1})
    assert str(error.value).count(": ") == 4
    assert "site: given 2 times" in str(error.value)


def test_an_answer_of_the_api_is_the_same_as_what_made_it():
    (point,) = there()
    assert point.lasting == wanted(SITE)[0].lasting
    assert efs_points.plan(there(), wanted(SITE)).steps == ()
    assert efs_points.render_item(point)["access_point_id"] == "fsap-0123456789abcdef0"


def test_one_that_others_made_may_leave_everything_open():
    (point,) = efs_points.parse_answer([{"AccessPointId": "fsap-1", "LifeCycleState": "available"}])
    assert (point.name, point.path, point.owner, point.mode, point.squash) == ("", "/", None, "", "none")


def test_one_that_is_being_deleted_is_not_there():
    assert efs_points.parse_answer([{**DESCRIPTION, "LifeCycleState": "deleting"}]) == []


def test_the_request_asks_for_what_is_wanted_and_for_one_only():
    (point,) = wanted(SITE)
    request = efs_points.render_request("fs-1", point)
    assert request["PosixUser"] == {"Uid": 1000, "Gid": 1000}
    assert request["RootDirectory"] == {
        "Path": "/site",
        "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "0750"},
    }
    assert request["Tags"] == [{"Key": "Name", "Value": "site"}]
    assert request["ClientToken"] == efs_points.render_request("fs-1", point)["ClientToken"]
    assert request["ClientToken"] != efs_points.render_request("fs-2", point)["ClientToken"]
    assert len(request["ClientToken"]) <= 64
    assert "PosixUser" not in efs_points.render_request("fs-1", wanted({**SITE, "squash": "none"})[0])


def test_what_is_missing_is_created_and_what_others_made_is_left():
    change = efs_points.plan(there({**DESCRIPTION, "Tags": []}), wanted(SITE, {"name": "logs", "owner": 5}))
    assert [(step.action, step.name) for step in change.steps] == [("create", "logs")]
    assert sorted(change.before) == ["site"]
    assert sorted(change.after) == ["logs", "site"]


def test_of_two_of_one_name_the_right_one_is_found():
    other = {**DESCRIPTION, "AccessPointId": "fsap-9", "PosixUser": {"Uid": 5, "Gid": 5}}
    assert efs_points.plan(there(other), wanted({**SITE, "squash": "all"})).steps == ()
    (found,) = efs_points.find_wanted(there({**other, "PosixUser": {}}), wanted(SITE))
    assert found.access_point_id == "fsap-0123456789abcdef0"


def test_another_one_of_that_name_is_refused():
    with pytest.raises(HostError) as error:
        efs_points.plan(there(), wanted({**SITE, "path": "/other", "squash": "none"}))
    assert str(error.value).startswith(
        "the access point site (fsap-0123456789abcdef0) has path /site instead of /other, squash all instead of none"
    )
