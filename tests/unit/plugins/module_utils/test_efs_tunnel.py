# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import efs_tunnel, mountinfo

# The name and the keys that write_tunnel_state_file() of amazon-efs-utils 3.2.0 gives.
NAME = "fs-0123456789abcdef0.srv.holdfast.my-site.20127"
NAMES = [
    "fs-0123456789abcdef0.srv.holdfast.my-site.20127+",
    "fs-99999999.srv.holdfast.my-site.20128",
    "fs-99999999.srv.holdfast.other.20127",
    NAME,
    "stunnel-config.fs-0123456789abcdef0.srv.holdfast.my-site.20127",
    "~fs-0123456789abcdef0.srv.holdfast.my-site.20127",
]
STATE = {
    "pid": 812,
    "cmd": [
        "/usr/bin/efs-proxy",
        "/var/run/efs/stunnel-config.fs-0123456789abcdef0.srv.holdfast.my-site.20127",
        "--tls",
    ],
    "mountpoint": "/srv/holdfast/my-site",
    "accessPoint": "fsap-0123456789abcdef0",
    "fsId": "fs-0123456789abcdef0",
}


def live(source="127.0.0.1:/", options="rw,vers=4.1,hard,noresvport,proto=tcp,port=20127,addr=127.0.0.1"):
    return mountinfo.parse(f"40 27 0:53 / /srv/holdfast/my-site rw shared:9 - nfs4 {source} {options}")[0]


@pytest.mark.parametrize(
    ("mount", "name"),
    [
        (live(), NAME),
        (live(options="rw,mountport=1,port=20128,vers=4.1"), NAMES[1]),
        (live(options="rw,port=20129"), ""),
        (live(options="rw,vers=4.1"), ""),
        (live(source="10.0.0.4:/"), ""),
        (live(source="127.0.0.1"), ""),
    ],
)
def test_the_record_of_a_tunnel_is_found_by_mount_point_and_port(mount, name):
    assert efs_tunnel.find_state(mount, NAMES) == name


def test_a_tunnel_on_the_port_of_nfs_has_no_port_in_mountinfo():
    assert efs_tunnel.find_state(live(options="rw"), ["fs-1234abcd.srv.holdfast.my-site.2049"]) != ""


@pytest.mark.parametrize(
    ("text", "source", "behind"),
    [
        (json.dumps(STATE), "127.0.0.1:/", "fs-0123456789abcdef0:/:fsap-0123456789abcdef0"),
        (json.dumps({"pid": 1}), "127.0.0.1:/a/", "fs-0123456789abcdef0:/a"),
        (json.dumps({"accessPoint": None}), "127.0.0.1:/", "fs-0123456789abcdef0:/"),
        ("", "127.0.0.1:/", ""),
        ("[]", "127.0.0.1:/", ""),
    ],
)
def test_the_record_says_what_is_behind(text, source, behind):
    assert efs_tunnel.parse_state(NAME, text, live(source)) == behind


@pytest.mark.parametrize(
    ("what", "options", "source"),
    [
        ("fs-1234abcd:/", ["tls"], "fs-1234abcd:/"),
        ("fs-1234abcd:/a/", ["tls", "accesspoint=fsap-5678ef90", "rw"], "fs-1234abcd:/a:fsap-5678ef90"),
    ],
)
def test_a_unit_says_what_is_wanted_behind(what, options, source):
    assert efs_tunnel.find_wanted(what, options) == source


def test_a_missing_helper_is_said_by_the_store_that_needs_it():
    mounts = [
        {"name": "a", "fstype": "efs"},
        {"name": "b", "fstype": "nfs4"},
        {"name": "c", "fstype": "efs"},
        {"name": "d", "fstype": "efs"},
        {"name": "e"},
    ]
    stores = {"cloud": {"file": "v.holdfast.yml"}, "point": {"file": "more.yml"}}
    volumes = {"a": {"store": "cloud"}, "c": {"store": "cloud"}, "d": {"store": "point"}}
    way_out = (
        "cannot be mounted, since /sbin/mount.efs is not there; install amazon-efs-utils on the host, or leave out "
        "tls, iam and access_point"
    )
    assert efs_tunnel.find_helper_problems(mounts, {"stores": stores, "volumes": volumes}) == [
        f"v.holdfast.yml: stores.cloud.tls: a, c {way_out}",
        f"more.yml: stores.point.tls: d {way_out}",
    ]
    assert efs_tunnel.find_helper_problems(mounts[:1], {}) == [f"host_mounts_mounts: a {way_out}"]
    assert efs_tunnel.find_helper_problems(mounts[1:2], {}) == []
