from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.containers import FilterModule

WEB = {"name": "web", "engine": "podman", "image": "r/nginx:1"}


def test_problems_of_container_units():
    problems = FilterModule().filters()["container_unit_problems"]
    assert problems([WEB]) == []
    assert problems([{**WEB, "user": 1000}]) == []
    assert problems([WEB, {**WEB, "image": ""}]) == [
        "web: image '': give a name such as registry.example.com/nginx:1",
        "web: given 2 times; keep one",
    ]


def test_problems_of_volumes_of_docker():
    problems = FilterModule().filters()["docker_nfs_volume_problems"]
    site = {"name": "holdfast-site", "source": "nfs1:/srv/site", "options": ["rw"]}
    assert problems([site]) == []
    assert problems([{**site, "options": ["a b"]}]) == [
        "holdfast-site: option 'a b': give one to an item, without commas, quotes and blanks"
    ]
