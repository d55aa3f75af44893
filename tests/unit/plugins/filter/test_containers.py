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
