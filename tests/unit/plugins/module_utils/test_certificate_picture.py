from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import certificate_picture

SVG = re.compile(r"<svg.*</svg>", re.DOTALL)


def fleet(volumes, hosts=2):
    """A catalogue with an app per volume, each on two hosts, and one that reads every volume on the first."""
    names = [f"v{number}" for number in range(volumes)]
    machines = [f"app{number}" for number in range(hosts)]
    apps = {
        f"a{name}": {
            "engine": "podman",
            "image": "i" * 80,
            "hosts": sorted({machines[i % hosts], machines[-1]}),
            "start": "boot",
        }
        for i, name in enumerate(names)
    }
    bindings = [
        {"app": f"a{name}", "volume": name, "target": "/x", "read_only": False, "hosts": apps[f"a{name}"]["hosts"]}
        for name in names
    ]
    apps["ops"] = {"engine": "docker", "image": "ops:1", "hosts": machines[:1], "start": "on_demand"}
    bindings += [
        {"app": "ops", "volume": name, "target": f"/{name}", "read_only": True, "hosts": machines[:1]} for name in names
    ]
    stores = {name: {"type": kind, "host": "nfs1", "address": "filer", "path": "/"} for name, kind in STORES}
    made = {
        name: {
            "store": STORES[i % 3][0],
            "owner": 1,
            "group": 1,
            "mode": "0750",
            "size": 20 << 30,
            "single_writer": i == 0,
        }
        for i, name in enumerate(names)
    }
    return {"stores": stores, "volumes": made, "apps": apps, "bindings": bindings}


STORES = (("main", "nfs_server"), ("filer", "nfs"), ("local", "directory"))


def draw(catalogue, verdicts=None):
    picture = certificate_picture.render_picture(catalogue, verdicts or {})
    return ElementTree.fromstring(picture)


def rectangles(svg):
    keys = ("x", "y", "width", "height")
    return [[float(one.get(key)) for key in keys] for one in svg.iter("rect") if "card" in one.get("class", "")]


@pytest.mark.parametrize("volumes", [1, 2, 7, 40])
@pytest.mark.parametrize("hosts", [1, 2, 6])
def test_no_card_touches_another_or_leaves_the_picture(volumes, hosts):
    svg = draw(fleet(volumes, hosts))
    cards = rectangles(svg)
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(cards, 2):
        assert x1 + w1 < x2 or x2 + w2 < x1 or y1 + h1 < y2 or y2 + h2 < y1
    width, height = (float(size) for size in svg.get("viewBox").split()[2:])
    assert all(x >= 0 and y >= 40 and x + w <= width and y + h <= height for x, y, w, h in cards)


def test_every_mount_and_binding_is_a_line_and_read_only_ones_are_dashed():
    svg = draw(fleet(1))
    lines = [
        (one.find("title").text, one.get("class"))
        for one in svg.iter("path")
        if one.get("class", "").startswith("line")
    ]
    assert sorted(lines) == [
        ("app0 mounts v0, read-write", "line"),
        ("app1 mounts v0, read-write", "line"),
        ("av0 on app0 binds v0 at /x, read-write", "line"),
        ("av0 on app1 binds v0 at /x, read-write", "line"),
        ("ops on app0 binds v0 at /v0, read-only", "line ro"),
    ]


def test_the_columns_are_counted():
    heads = [one.text for one in draw(fleet(7)).iter("text") if one.get("class") == "head"]
    assert heads == ["3 stores", "7 volumes", "2 hosts", "12 containers"]


def test_marks_show_the_verdict_and_the_single_writer():
    picture = certificate_picture.render_picture(fleet(3), {"v0": True, "v1": False})
    assert picture.count('class="mark good"') == 1
    assert picture.count('class="mark bad"') == 1
    assert picture.count("single writer") == 1
    assert "20 GiB" in picture


def test_long_names_are_shortened_and_kept_whole_in_the_tooltip():
    texts = [one for one in draw(fleet(1)).iter("text") if "i" * 10 in (one.text or "")]
    assert texts[0].text.endswith("…")
    assert texts[0].find("title").text.startswith("i" * 80)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nfs_server", "NFS, served by nfs1"),
        ("nfs", "NFS at filer"),
        ("efs", "Amazon EFS at filer"),
        ("directory", "directory of each host"),
    ],
)
def test_a_store_says_where_its_bytes_live(kind, words):
    catalogue = fleet(1)
    catalogue["stores"]["main"]["type"] = kind
    assert words in [one.find("title").text for one in draw(catalogue).iter("text") if one.find("title") is not None]


def test_no_volume_is_no_picture():
    assert certificate_picture.render_picture({}, {}) == ""


def test_instances_are_one_card_and_counted_each():
    catalogue = fleet(1, hosts=1)
    catalogue["apps"]["av0"]["instances"] = 3
    words = [one.text for one in draw(catalogue).iter("text")]
    assert "av0 \u00d7 3" in words
    assert "ops" in words
    assert words.count("4 containers") == 2
