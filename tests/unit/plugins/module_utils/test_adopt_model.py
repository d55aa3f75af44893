# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import (
    Bind,
    Box,
    Share,
    find_capabilities,
    make_name,
    parse_box,
    parse_share,
    render,
    render_port,
)


def test_values_survive_the_way_from_the_host():
    share = Share("fstab", "/mnt/site", "[fd00::1]:/srv/site/", options=("ro", "soft"))
    box = Box("web", "docker", "nginx:1", "a container", binds=(Bind("/www", path="/srv/www"),), ports=("80:80",))
    assert parse_share(json.loads(json.dumps(render(share)))) == share
    assert parse_box(json.loads(json.dumps({**render(box), "later": 1}))) == box
    assert (share.server, share.path) == ("fd00::1", "/srv/site")


@pytest.mark.parametrize(
    ("engine", "user", "added", "dropped", "expected"),
    [
        ("docker", "1000:1000", [], [], []),
        ("docker", "1000", ["CAP_NET_RAW"], [], ["NET_RAW"]),
        ("docker", "0:0", [], ["ALL"], []),
        ("podman", "", ["sys_nice"], ["all", "chown"], ["SYS_NICE"]),
        (
            "docker",
            "root",
            ["ALL"],
            ["CAP_CHOWN", "MKNOD"],
            "AUDIT_WRITE DAC_OVERRIDE FOWNER FSETID KILL"
            " NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(),
        ),
    ],
)
def test_capabilities_are_those_that_the_first_process_has(engine, user, added, dropped, expected):
    assert list(find_capabilities(engine, user, added, dropped)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("", "8080", "80/tcp"), "8080:80"),
        (("0.0.0.0", "8080", "80"), "8080:80"),
        (("127.0.0.1", "53", "53/udp"), "127.0.0.1:53:53/udp"),
        (("::1", "80", "80"), "[::1]:80:80"),
    ],
)
def test_a_port_is_written_as_the_catalogue_has_it(given, expected):
    assert render_port(*given) == expected


def test_names_are_made_to_fit_and_told_apart():
    assert make_name("My.Site", []) == "my-site"
    assert make_name("///", []) == "volume"
    assert make_name("site", ["site"], "shop") == "shop-site"
    assert make_name("site", ["site", "shop-site"], "shop") == "shop-site-2"
    assert len(make_name("x" * 100, [])) == 60
