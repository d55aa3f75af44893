from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import find_faults, find_misplaced

APP = {
    "image_archive": "/srv/root.tar",
    "image_directory": "",
    "image_url": "",
    "image_digest": "",
    "command": ["nginx"],
    "ports": [],
    "user": "1000:1000",
    "read_only": True,
    "tmpfs": ["/tmp", "/run/app:size=1m"],
    "targets": ["/data"],
    "environment": ["A_1"],
}
UNKNOWN = dict.fromkeys(APP) | {"targets": []}


def faults(name="web", **changes):
    return [key for key, dummy_what, dummy_way_out in find_faults(name, {**APP, **changes})]


def test_a_whole_app_has_no_fault():
    assert faults() == []


def test_what_is_not_known_yet_is_not_judged():
    known = {"image_directory": "", "image_url": ""}
    assert list(find_faults("web", {**UNKNOWN, **known})) == []


@pytest.mark.parametrize("name", ["a", "web-1", "A9", "x" * 55])
def test_names_that_make_a_host_name(name):
    assert faults(name) == []


@pytest.mark.parametrize("name", ["a_b", "a.b", "-a", "a-", "x" * 56])
def test_names_that_make_none(name):
    assert faults(name) == [""]


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"image_archive": ""}, ["image"]),
        ({"image_directory": "/srv/n"}, ["image"]),
        ({"image_archive": "", "image_directory": "/srv/n"}, []),
        ({"image_archive": "", "image_directory": "/srv/n", "image_digest": "sha256:x"}, ["image.digest"]),
        ({"image_archive": "", "image_url": "https://h/x"}, ["image.digest"]),
        ({"image_archive": "", "image_url": "https://h/x", "image_digest": "sha256:x"}, []),
        ({"image_archive": "", "image_url": "https://me:pw@h/x", "image_digest": "sha256:x"}, ["image.url"]),
        ({"image_archive": "", "image_url": "file:///etc/shadow", "image_digest": "sha256:x"}, ["image.url"]),
        ({"image_digest": "sha256:x"}, []),
        ({"command": []}, ["command"]),
        ({"ports": ["80:80"]}, ["ports"]),
        ({"user": ""}, []),
        ({"user": "1000"}, ["user"]),
        ({"user": "www-data:www-data"}, ["user"]),
        ({"read_only": False}, ["read_only"]),
        ({"tmpfs": ["/run:size=1m"]}, ["tmpfs"]),
        ({"tmpfs": ["/dev/shm", None]}, []),
        ({"targets": ["/run/host/x", "/sys", "/", "/dev"]}, ["targets"] * 4),
        ({"targets": ["/running", "/run/x", "/system"]}, []),
        ({"environment": ["A", "a.b"]}, ["environment"]),
    ],
)
def test_a_fault_is_told_with_its_key(changes, keys):
    assert faults(**changes) == keys


def test_other_engines_have_no_other_sources():
    told = list(find_misplaced("podman", {**APP, "image_directory": "/srv/n", "image_url": None, "image_digest": "x"}))
    assert [key for key, dummy_what, dummy_way_out in told] == ["image.directory", "image.url", "image.digest"]
    assert list(find_misplaced("docker", APP)) == []
