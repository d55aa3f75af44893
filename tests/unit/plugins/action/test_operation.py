from __future__ import annotations

import base64
from unittest.mock import Mock

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.holdfast.volumes.plugins.action import operation

PAGE = bytes(range(256))


def act(monkeypatch, dest, **result):
    action = object.__new__(operation.ActionModule)
    action._task = Mock(args={"app": "web_ops", "dest": str(dest)})
    monkeypatch.setattr(operation.ActionBase, "run", lambda self, tmp, task_vars: {})
    monkeypatch.setattr(operation.ActionModule, "_execute_module", lambda self, **words: dict(result))
    return action.run(task_vars={})


def sent(path="/tmp/report.html"):
    return {"path": path, "size": 256, "sha256": "0f", "content": base64.b64encode(PAGE).decode()}


def test_files_are_written_and_their_content_is_not_told(monkeypatch, tmp_path):
    directory = tmp_path / "operations" / "app2"
    result = act(monkeypatch, directory, rc=0, stdout="said", stderr="", files=[sent()])
    assert (directory / "report.html").read_bytes() == PAGE
    assert (directory / "stdout.txt").read_text() == "said"
    assert sorted(path.name for path in directory.iterdir()) == ["report.html", "stdout.txt"]
    dest = str(directory / "report.html")
    assert result["files"] == [{"path": "/tmp/report.html", "size": 256, "sha256": "0f", "dest": dest}]


def test_a_file_of_an_earlier_operation_is_replaced(monkeypatch, tmp_path):
    (tmp_path / "report.html").write_text("earlier")
    act(monkeypatch, tmp_path, rc=0, stdout="", stderr="", files=[sent()])
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [PAGE]


@pytest.mark.parametrize("result", [{"failed": True, "msg": "no"}, {"changed": True, "steps": ["start x"]}])
def test_a_failure_and_check_mode_write_nothing(monkeypatch, tmp_path, result):
    assert act(monkeypatch, tmp_path / "d", **result) == result
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_named(monkeypatch, tmp_path):
    (tmp_path / "d").write_text("a file")
    with pytest.raises(AnsibleActionFail, match=r"was put away, but .*/d.* cannot be written: .*; choose another dest"):
        act(monkeypatch, tmp_path / "d", rc=0, stdout="", stderr="", files=[sent()])
