# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import adopt_stores
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_apps import (
    Ground,
    describe,
    find_bound,
    find_disk,
    find_mount,
    read_boxes,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Bind, Share
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.adopt_case import (
    ADDRESSES,
    OWNED,
    make_box,
    make_fleet,
    make_hand_made,
    make_look,
    make_share,
)


def describe_apps(fleet):
    uses, boxes = adopt_stores.find_uses(fleet), read_boxes(fleet)
    disk = find_disk(fleet, uses, boxes)
    return describe(Ground(fleet, uses, adopt_stores.describe(fleet, uses, (), disk)), boxes)


def describe_box(box, **look):
    return describe_apps(make_fleet(client=make_look(boxes=[box], **look)))


def test_apps_are_those_of_containers_with_their_volumes():
    found = describe_apps(make_hand_made())
    assert found.apps == {
        "reader": {
            "engine": "podman",
            "image": "nginx:1",
            "hosts": "app1",
            "user": "70",
            "read_only": False,
            "volumes": ["reports:/srv/www:ro"],
        },
        "web": {
            "engine": "docker",
            "image": "nginx:1",
            "hosts": "app1",
            "user": "1000:1000",
            "ports": ["8080:8080"],
            "read_only": False,
            "volumes": [
                {"volume": "site", "target": "/srv/www", "subpath": "html", "read_only": True},
                {"volume": "logs", "target": "/var/log/nginx", "attach": "engine"},
            ],
            "environment": {"TOKEN": "{{ adopted_web_token }}"},
        },
    }
    assert found.variables == {"adopted_web_token": "TOKEN of web"}
    assert [(one.kind, one.about) for one in found.differences] == [
        ("left_out", "the container db"),
        ("differs", "the container web"),
    ]


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        (Bind("/x", volume="rows"), "has its data on the disk of docker itself"),
        (Bind("/x", path="/run/docker.sock"), "belongs to the operating system"),
        (Bind("/x", path="/srv"), "belongs to the operating system"),
        (Bind("/x", path="/srv/file"), "is no directory"),
        (Bind("/x", path="/srv/gone"), "could not be looked at"),
    ],
)
def test_an_app_is_described_whole_or_not_at_all(bind, expected):
    directories = {"/srv/file": {"kind": "file"}, "/srv/gone": {"errno": 2}, "/srv": OWNED, "/srv/ok": OWNED}
    volumes = [Share("docker", "rows", "", "local")]
    box = make_box("web", Bind("/ok", path="/srv/ok"), bind)
    found = describe_box(box, directories=directories, volumes=volumes)
    assert found.apps == {}
    assert expected in found.differences[0].text


def test_an_app_without_an_image_is_left_out():
    assert describe_box(make_box(image="")).apps == {}


def test_alike_containers_are_one_app_on_their_hosts():
    looks = {name: make_look(boxes=[make_box(), make_box("other", user=name)]) for name in ("app2", "app3")}
    fleet = make_fleet(client=make_look(boxes=[make_box()]), addresses={**ADDRESSES, "app2": "b", "app3": "c"}, **looks)
    assert {name: app["hosts"] for name, app in describe_apps(fleet).apps.items()} == {
        "web": ["app1", "app2", "app3"],
        "other": "app2",
        "app3-other": "app3",
    }


def test_everything_that_a_container_has_is_said():
    box = make_box(
        ports=("80:80",),
        capabilities=("CHOWN",),
        tmpfs=("/tmp",),
        read_only=True,
        start="on_demand",
        commanded=True,
        command=("a", "b"),
    )
    assert describe_box(box).apps["web"] == {
        "engine": "docker",
        "image": "nginx:1",
        "hosts": "app1",
        "command": ["a", "b"],
        "ports": ["80:80"],
        "capabilities": ["CHOWN"],
        "tmpfs": ["/tmp"],
        "start": "on_demand",
        "volumes": [],
    }


def test_a_command_that_was_not_told_is_a_variable():
    found = describe_box(make_box("my.web", commanded=True))
    assert found.apps["my-web"]["command"] == "{{ adopted_my_web_command }}"
    assert found.variables == {"adopted_my_web_command": "command of my-web"}


def test_no_two_values_share_a_variable():
    boxes = [make_box("a", variables=("B_C", "b_c")), make_box("a_b", variables=("C",))]
    found = describe_apps(make_fleet(client=make_look(boxes=boxes)))
    assert found.variables == {
        "adopted_a_b_c": "B_C of a",
        "adopted_a_b_c_2": "b_c of a",
        "adopted_a_b_c_3": "C of a_b",
    }


def test_a_path_is_in_the_innermost_mount():
    shares = [make_share("/a", "/mnt"), make_share("/b", "/mnt/b"), make_share("/c", "c", "docker")]
    uses = adopt_stores.find_uses(make_fleet(client=make_look(shares=shares)))
    assert find_mount(uses, "app1", "/mnt/b/x").share.name == "/mnt/b"
    assert find_mount(uses, "app1", "/mnt/bx").share.name == "/mnt"
    assert find_mount(uses, "nfs1", "/mnt/b") is None
    assert find_mount(uses, "app1", "/srv") is None


def test_directories_on_the_disk_are_those_that_are_in_no_mount():
    fleet = make_hand_made()
    fleet.looks["app1"]["directories"]["/srv/local"] = OWNED
    boxes = [("app1", make_box("x", Bind("/a", path="/srv/local"), Bind("/b", path="/mnt/site"), Bind("/c", "/etc")))]
    assert find_disk(fleet, adopt_stores.find_uses(fleet), boxes) == [("app1", "/srv/local")]


def test_bindings_are_found_in_both_spellings():
    apps = {"a": {"hosts": ["x", "y"], "volumes": ["v:/t:ro", {"volume": "w", "target": "/u", "attach": "engine"}]}}
    assert list(find_bound(apps)) == [
        ("x", "v", "host", True),
        ("x", "w", "engine", False),
        ("y", "v", "host", True),
        ("y", "w", "engine", False),
    ]
