from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.modules import witness_info

WEB = {"app": "web", "engine": "docker", "target": "/data", "name": "a", "content": "hold fast", "volume": "content"}
DB = {**WEB, "app": "db", "engine": "podman"}


def look(items, check_mode=False):
    return witness_info.run(
        create_autospec(System, instance=True), {"witnesses": items, "timeout": 1.0, "secrets_key": ""}, check_mode
    )


def test_info_answers_for_each_witness_and_lists_the_containers(container_files):
    container_files["web:/data/.holdfast-witness-a"] = "hold fast"
    result = look([WEB, DB, {**WEB, "app": "gone"}])
    assert [one["present"] for one in result["witnesses"]] == [True, False, False]
    assert result["witnesses"][0]["content"] == "hold fast"
    assert "holdfast-gone" in result["witnesses"][2]["error"]
    assert [one["app"] for one in result["containers"]] == ["web", "db"]
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("read_only", "check_mode", "expected"),
    [(True, False, (False, "EROFS")), (False, False, (True, "")), (True, True, (None, None))],
)
def test_info_tries_to_write_on_request_only_and_never_in_check_mode(container_files, read_only, check_mode, expected):
    container_files["read only"] = read_only
    plain, tried = look([WEB, {**DB, "attempt_write": True}], check_mode)["witnesses"]
    assert "writable" not in plain
    assert (tried.get("writable"), tried.get("write_error")) == expected
