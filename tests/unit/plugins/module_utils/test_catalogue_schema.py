# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import Image
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import read_keys
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_schema import (
    APP,
    BINDING,
    STORES,
    VOLUME,
    read_pinned,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit

APP_MINIMUM = {"engine": "podman", "image": "nginx", "hosts": "all"}
DIGEST = "sha256:" + "a" * 64


def read(table, raw):
    problems = Problems()
    return read_keys(table, raw, Place("c.yml"), problems), [
        (problem.place.key, problem.what) for problem in problems.found
    ]


@pytest.mark.parametrize(
    ("table", "raw", "expected"),
    [
        (
            STORES["nfs_server"],
            {"host": "nfs1", "path": "/srv/volumes"},
            {"host": "nfs1", "path": "/srv/volumes", "address": "", "version": "4.2", "transport": "plain"},
        ),
        (
            STORES["nfs"],
            {"address": "filer", "path": "/", "version": 3, "options": ["soft"]},
            {"address": "filer", "path": "/", "version": "3", "transport": "plain", "options": ("soft",)},
        ),
        (STORES["directory"], {"path": "/srv/local"}, {"path": "/srv/local"}),
        (
            STORES["efs"],
            {"file_system_id": "fs-1234abcd", "region": "eu-west-1"},
            {
                "file_system_id": "fs-1234abcd",
                "region": "eu-west-1",
                "dns_name": "",
                "address": "",
                "access_point": "",
                "path": "/",
                "tls": False,
                "iam": False,
                "options": (),
            },
        ),
        (
            BINDING,
            {"volume": "site", "target": "/w"},
            {"volume": "site", "target": "/w", "subpath": "", "read_only": False, "attach": "host"},
        ),
        (
            VOLUME,
            {"store": "main", "owner": 70},
            {
                "store": "main",
                "path": "",
                "owner": 70,
                "group": None,
                "mode": "0750",
                "size": 0,
                "single_writer": False,
                "squash": "all",
                "transport": "",
                "options": (),
                "level": "",
                "exec": False,
            },
        ),
        (
            APP,
            APP_MINIMUM,
            {
                "engine": "podman",
                "image": Image("nginx"),
                "hosts": ("all",),
                "environment": {},
                "ports": [],
                "user": "",
                "command": [],
                "capabilities": [],
                "read_only": True,
                "tmpfs": [],
                "start": "boot",
                "max_run_time": "",
                "ops": None,
                "rootless": False,
                "instances": 1,
                "replicas": 0,
                "update": {},
                "health": {},
                "volumes": None,
                "resources": None,
            },
        ),
    ],
)
def test_defaults(table, raw, expected):
    assert read(table, raw) == (expected, [])


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("{{ registry }}/nginx:1", "{{ registry }}/nginx:1"),
        ({"name": "reg/nginx:1"}, Image("reg/nginx:1")),
        ({"name": "localhost:5000/nginx", "digest": DIGEST}, Image("localhost:5000/nginx", digest=DIGEST)),
        ({"name": "{{ r }}/nginx:1", "archive": "/srv/nginx.tar"}, Image("{{ r }}/nginx:1", "/srv/nginx.tar")),
        ({"name": "nginx", "directory": "/srv/images/nginx/"}, Image("nginx", directory="/srv/images/nginx")),
        (
            {"name": "nginx", "url": "https://h/root.tar", "digest": "{{ d }}"},
            Image("nginx", url="https://h/root.tar", digest="{{ d }}"),
        ),
    ],
)
def test_images(image, expected):
    assert read(APP, {**APP_MINIMUM, "image": image})[0]["image"] == expected


def test_a_digest_is_part_of_the_name_where_there_are_registries():
    assert read_pinned(Image("localhost:5000/nginx", digest=DIGEST)) == f"localhost:5000/nginx@{DIGEST}"
    assert read_pinned(Image("{{ r }}/nginx:1")) == "{{ r }}/nginx:1"


@pytest.mark.parametrize(
    ("image", "what"),
    [
        (Image("nginx:1", digest=DIGEST), "tag or digest of its own"),
        (Image("{{ i }}", digest=DIGEST), "template"),
        (Image("nginx", digest="{{ d }}"), "template"),
    ],
)
def test_a_digest_that_cannot_be_part_of_the_name(image, what):
    with pytest.raises(Unfit, match=what):
        read_pinned(image)


@pytest.mark.parametrize(
    ("raw", "key", "what"),
    [
        ({"image": {"digest": DIGEST}}, "image.name", "missing"),
        ({"image": {"name": ":1"}}, "image.name", "has no name"),
        ({"image": {"name": "nginx", "directory": "{{ d }}"}}, "image.directory", "template"),
        ({"image": {"name": "nginx", "url": "ftp://h/root.tar"}}, "image.url", "no http or https address"),
        ({"image": {"name": "nginx", "url": "https://me:secret@h/root.tar"}}, "image.url", "without user and password"),
        ({"image": {"name": "nginx", "digest": "sha1:abc"}}, "image.digest", "no digest"),
        ({"image": {"name": "nginx", "archive": "nginx.tar"}}, "image.archive", "not an absolute path"),
        ({"rootless": True}, "rootless", "cannot mount NFS"),
        ({"engine": "containerd"}, "engine", "not known"),
        ({"start": "manual"}, "start", "not known"),
        ({"hosts": []}, "hosts", "names no hosts"),
        ({"hosts": ["a", "{{ b }}"]}, "hosts[1]", "template"),
        ({"hosts": "{{ b }}"}, "hosts", "template"),
        ({"hosts": ["a", 5]}, "hosts[1]", "no inventory pattern"),
        ({"ports": ["80:80", "x"]}, "ports[1]", "publishes no port"),
        ({"read_only": "no"}, "read_only", "neither true nor false"),
    ],
)
def test_refuses_apps(raw, key, what):
    fields, problems = read(APP, {**APP_MINIMUM, **raw})
    assert fields is None
    assert len(problems) == 1
    assert problems[0][0] == key
    assert what in problems[0][1]


@pytest.mark.parametrize("key", ["environment", "ports", "user", "command", "capabilities", "tmpfs", "image"])
def test_templates_pass(key):
    assert read(APP, {**APP_MINIMUM, key: "{{ x }}"})[0][key] == "{{ x }}"


@pytest.mark.parametrize("key", ["store", "path", "owner", "group", "mode", "size", "single_writer", "squash", "level"])
def test_templates_stop_where_the_plan_needs_the_value(key):
    fields, problems = read(VOLUME, {"store": "main", "owner": 1, key: "{{ x }}"})
    assert fields is None
    assert problems == [(key, "it is a template or encrypted, and the plan needs it before any host is touched")]


@pytest.mark.parametrize(
    ("kind", "raw", "key"),
    [
        ("nfs_server", {"host": "nfs1", "path": "/"}, "path"),
        ("nfs_server", {"host": "nfs1", "path": "/a", "version": "3"}, "version"),
        ("nfs_server", {"path": "/a"}, "host"),
        ("nfs", {"path": "/a"}, "address"),
        ("nfs", {"address": "filer", "path": "a"}, "path"),
        ("nfs", {"address": "filer", "path": "/a", "tls": True}, "tls"),
        ("efs", {"file_system_id": "fs-1", "region": "eu-west-1"}, "file_system_id"),
        ("efs", {"file_system_id": "fs-1234ABCD", "region": "eu-west-1"}, "file_system_id"),
        ("efs", {"file_system_id": 12345678, "region": "eu-west-1"}, "file_system_id"),
        ("efs", {"file_system_id": "fs-1234abcd", "region": "eu-west-1a"}, "region"),
        ("efs", {"file_system_id": "fs-1234abcd", "region": "Ireland"}, "region"),
        ("efs", {"address": "10.0.0.4", "access_point": "fs-1234abcd"}, "access_point"),
        ("efs", {"address": "10.0.0.4", "tls": "true"}, "tls"),
        ("efs", {"address": "10.0.0.4", "options": "tls"}, "options[0]"),
        ("efs", {"address": "10.0.0.4", "options": "soft,accesspoint=fsap-1234abcd"}, "options[1]"),
        ("efs", {"address": "10.0.0.4", "version": "4.1"}, "version"),
        ("directory", {"path": "/a", "host": "app1"}, "host"),
    ],
)
def test_refuses_stores(kind, raw, key):
    fields, problems = read(STORES[kind], raw)
    assert fields is None
    assert [found for found, _what in problems] == [key]
