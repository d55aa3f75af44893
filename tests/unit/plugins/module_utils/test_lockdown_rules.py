# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import lockdown_rules as rules
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_unit import CAPABILITIES

PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
toor:x:0:0::/root:/bin/sh
alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
twin:x:1000:1000::/home/twin:
svc:x:1001:1001::/srv:/bin/false
alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
# no line of passwd(5)
"""


def test_who_may_log_in_has_a_shell_and_is_not_root():
    # An empty field is /bin/sh (passwd(5)); the second alice is the directory service's answer.
    assert rules.parse_logins(PASSWD) == [("alice", 1000), ("twin", 1000)]


def test_members_of_the_groups_that_matter():
    assert rules.parse_members("disk:x:6:alice,bob\nlxd:x:7:\nusers:x:100:carol\n") == {"disk": ["alice", "bob"]}


def test_data_belongs_to_users_of_apps_and_owners_of_volumes():
    units = [
        {"name": "web", "user": "1000:1000", "mounts": [{"source": "/a"}]},
        {
            "name": "own",
            "user": "nginx",
            "mounts": [{"engine_volume": {"name": "holdfast-x", "volume": "x", "owner": 5}}],
        },
        {"name": "bare", "user": ""},
        {"name": "rootful", "user": "0:0"},
    ]
    catalogue = {"volumes": {"rows": {"owner": 70}, "other": {"owner": 71}}}
    assert rules.find_owners(units, [{"name": "d", "owner": 1000}], [{"name": "rows"}, {"name": "q"}], catalogue) == {
        "1000": ["app web", "volume d"],
        "5": ["volume x"],
        "70": ["volume rows"],
    }


@pytest.mark.parametrize("wrong", ["abc", None, [None], [{}], ["x"], [{"user": 5, "mounts": "x", "path": 7}], 3])
def test_what_has_no_shape_is_left_for_its_own_preflight(wrong):
    assert rules.find_owners(wrong, wrong, wrong, {}) in ({}, {"5": ["app None"]})
    assert rules.find_parents(wrong, wrong) == []
    assert rules.find_servers(wrong, wrong) == []
    assert rules.find_capability_problems(wrong, {}) == []


def test_the_directories_above_volumes_each_once():
    served = [{"path": "/srv/volumes/a"}, {"path": "/srv/volumes/b"}, {"path": "/srv/volumes/deep/c"}]
    assert rules.find_parents(served, [{"path": "/srv/local/d"}, {"path": "/srv/volumes/e"}]) == [
        {"path": "/srv/local", "served": False},
        {"path": "/srv/volumes", "served": True},
        {"path": "/srv/volumes/deep", "served": True},
    ]


def test_servers_are_those_of_mounts_and_of_engines_without_the_host_itself():
    mounts = [{"source": "10.0.0.1:/a"}, {"source": "[fd00::1]:/a"}, {"source": "filer:/a"}, {"source": "10.0.0.9:/b"}]
    units = [{"mounts": [{"engine_volume": {"source": "10.0.0.2:/c"}}, {"source": "/srv/d"}]}]
    assert rules.find_servers(mounts, units, ["10.0.0.9", "app1"]) == ["10.0.0.1", "10.0.0.2", "fd00::1", "filer"]


def test_capabilities_that_make_root_of_the_host_are_named_with_their_app():
    units = [
        {"name": "a-1", "app": "a", "engine": "podman", "capabilities": ["CHOWN", "cap_sys_admin"]},
        {"name": "a-2", "app": "a", "engine": "podman", "capabilities": ["CHOWN", "cap_sys_admin"]},
        {"name": "b", "engine": "docker", "capabilities": ["NET_ADMIN", "ALL"]},
        {"name": "c", "engine": "nspawn", "capabilities": ["NET_ADMIN"]},
    ]
    found = rules.find_capability_problems(units, {})
    assert [problem.split(", by which")[0] for problem in found] == [
        "app a asks for the capability SYS_ADMIN",
        "app b asks for the capability ALL",
        "app c asks for the capability NET_ADMIN",
    ]
    assert found[0].endswith("host_lockdown_capabilities: {a: [SYS_ADMIN]}")
    accepted = {"a": ["SYS_ADMIN"], "b": ["CAP_ALL"], "c": ["net_admin"]}
    assert rules.find_capability_problems(units, accepted) == []
    assert len(rules.find_capability_problems(units, {"b": ["SYS_ADMIN"]})) == 3


def test_every_capability_that_is_judged_is_one():
    judged = rules.ROOT_CAPABILITIES | rules.NETWORK_CAPABILITIES
    assert {f"CAP_{name}" for name in judged - {"ALL"}} < set(CAPABILITIES)
