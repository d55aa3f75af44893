from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.modules import witness

WEB = {"app": "web", "engine": "docker", "target": "/data", "name": "a", "content": "hold fast", "volume": "content"}
DB = {**WEB, "app": "db", "engine": "podman"}


def run(items, state="present", check_mode=False):
    params = {"witnesses": items, "state": state, "timeout": 1.0}
    return witness.run(create_autospec(System, instance=True), params, check_mode)


def test_witnesses_of_two_engines_are_written_in_one_call(container_files):
    result = run([WEB, DB])
    assert result["changed"]
    assert container_files == {
        "web:/data/.holdfast-witness-a": "hold fast",
        "db:/data/.holdfast-witness-a": "hold fast",
    }
    assert [one["volume"] for one in result["witnesses"]] == ["content", "content"]
    assert [one["read_as"]["pid"] for one in result["witnesses"]] == [812, 813]
    assert not run([WEB, DB])["changed"]


def test_check_mode_predicts_the_run_and_writes_nothing(container_files):
    predicted = run([WEB], check_mode=True)
    assert container_files == {}
    done = run([WEB])
    assert (predicted["diff"], predicted["steps"]) == (done["diff"], done["steps"])


def test_absent_removes_and_is_idempotent(container_files):
    run([WEB, DB])
    assert run([WEB], "absent")["steps"] == ["remove web:/data/.holdfast-witness-a"]
    assert list(container_files) == ["db:/data/.holdfast-witness-a"]
    assert not run([WEB], "absent")["changed"]


def test_every_container_that_refuses_is_named_before_anything_is_written(container_files):
    container_files["db:/data/.holdfast-witness-a"] = "denied"
    with pytest.raises(HostError, match=r"holdfast-gone.*Read-only"):
        run([WEB, DB, {**WEB, "app": "gone"}])
    assert "web:/data/.holdfast-witness-a" not in container_files
