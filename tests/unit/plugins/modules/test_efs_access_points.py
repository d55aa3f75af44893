# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""efs_access_points and efs_access_points_info on a file system in memory; with the API itself: tests/efs."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_client import Efs
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.modules import efs_access_points, efs_access_points_info

NAME = "fs-0123456789abcdef0"


class Api(Efs):
    """What the API was seen to do: a new one is being created for a while, a known token creates nothing."""

    def __init__(self):
        self.points, self.slow = {}, False

    def read_access_points(self, file_system_id):
        assert file_system_id == NAME
        return list(self.points.values())

    def create_access_point(self, request):
        words = {key: value for key, value in request.items() if key != "ClientToken"}
        state = {"AccessPointId": f"fsap-{len(self.points)}", "LifeCycleState": "creating"}
        self.points.setdefault(request["ClientToken"], {**words, **state})

    def wait(self, file_system_id, timeout):
        if not self.slow:
            for point in self.points.values():
                point["LifeCycleState"] = "available"
        return not self.slow


@pytest.fixture
def api():
    return Api()


def run(api, *points, check_mode=False):
    return efs_access_points.run(api, {"file_system_id": NAME, "access_points": points, "wait_timeout": 5}, check_mode)


SITE = {"name": "site", "owner": 1000}
LOGS = {"name": "logs", "owner": 5, "squash": "none"}


def test_what_is_missing_is_created_once(api):
    result = run(api, SITE, LOGS)
    assert result["steps"] == ["create logs", "create site"]
    assert [(point["name"], point["access_point_id"]) for point in result["access_points"]] == [
        ("logs", "fsap-0"),
        ("site", "fsap-1"),
    ]
    again = run(api, SITE, LOGS)
    assert (again["changed"], again["diff"]["before"] == again["diff"]["after"]) == (False, True)
    assert (again["access_points"], again["file_system_id"]) == (result["access_points"], NAME)


def test_check_mode_says_what_a_run_does_and_creates_nothing(api):
    run(api, LOGS)
    predicted = run(api, SITE, LOGS, check_mode=True)
    assert [point["access_point_id"] for point in predicted["access_points"]] == ["fsap-0", ""]
    assert len(api.points) == 1
    result = run(api, SITE, LOGS)
    assert [predicted[key] for key in ("changed", "diff", "steps")] == [
        result[key] for key in ("changed", "diff", "steps")
    ]


def test_another_one_of_the_name_is_refused_before_anything_is_created(api):
    run(api, SITE)
    with pytest.raises(HostError, match="has owner 1000 instead of 7"):
        run(api, {**SITE, "owner": 7}, LOGS)
    assert len(api.points) == 1


def test_one_that_a_killed_run_left_being_created_is_waited_for(api):
    api.slow = True
    with pytest.raises(HostError, match="not available within 5 s; run again"):
        run(api, SITE)
    with pytest.raises(HostError, match="not available within 5 s; run again"):
        run(api, SITE)
    api.slow = False
    assert not run(api, SITE)["changed"]
    assert {point["LifeCycleState"] for point in api.points.values()} == {"available"}


def test_efs_access_points_info_shows_everybodys(api):
    run(api, SITE)
    api.points["other"] = {"AccessPointId": "fsap-9", "LifeCycleState": "available"}
    found = efs_access_points_info.run(api, {"file_system_id": NAME})
    assert [(point["name"], point["access_point_id"]) for point in found["access_points"]] == [
        ("", "fsap-9"),
        ("site", "fsap-0"),
    ]
    assert found["access_points"][1]["owner"] == 1000
