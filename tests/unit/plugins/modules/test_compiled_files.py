# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_tree import INDEX
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.modules import compiled_files, compiled_files_info


def run(path, files, confidential=None, check_mode=False):
    params = {"path": str(path), "files": files, "confidential": confidential or {}}
    return compiled_files.run(System(), params, check_mode)


def look(path):
    return compiled_files_info.run(System(), {"path": str(path)})["files"]


def test_files_are_written_once(tmp_path):
    files = {"a/b.yaml": "x\n", "c.txt": "y\n"}
    assert run(tmp_path / "out", files, {"d/e": "word"})["changed"]
    assert (tmp_path / "out/a/b.yaml").read_text() == "x\n"
    assert look(tmp_path / "out") == [
        {"path": "a/b.yaml", "mode": "0644"},
        {"path": "c.txt", "mode": "0644"},
        {"path": "d/e", "mode": "0600"},
    ]
    assert not run(tmp_path / "out", files, {"d/e": "word"})["changed"]


def test_check_mode_predicts_the_run_and_changes_nothing(tmp_path):
    predicted = run(tmp_path / "out", {"a": "x"}, check_mode=True)
    assert not (tmp_path / "out").exists()
    done = run(tmp_path / "out", {"a": "x"})
    assert predicted == done


def test_what_is_wanted_no_longer_goes_with_its_empty_directories_and_nothing_else(tmp_path):
    run(tmp_path, {"a/b/c": "x", "a/d": "y", "e/f": "z"})
    (tmp_path / "e/mine").write_text("kept")
    run(tmp_path, {"a/d": "y"})
    assert not (tmp_path / "a/b").exists() and not (tmp_path / "e/f").exists()
    assert (tmp_path / "a/d").exists() and (tmp_path / "e/mine").read_text() == "kept"
    assert json.loads((tmp_path / INDEX).read_text()) == {"files": ["a/d"]}


def test_a_file_of_somebody_else_stops_everything(tmp_path):
    (tmp_path / "b").write_text("mine")
    with pytest.raises(HostError, match="b: there already"):
        run(tmp_path, {"a": "x", "b": "y"})
    assert not (tmp_path / "a").exists() and (tmp_path / "b").read_text() == "mine"


def test_a_link_is_never_written_through(tmp_path):
    (tmp_path / "target").write_text("mine")
    (tmp_path / "a").symlink_to(tmp_path / "target")
    with pytest.raises(HostError, match="no file but a link"):
        run(tmp_path, {"a": "x"})
    assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.parametrize("text", ["no json", "[]", '{"files": null}'])
def test_an_index_that_cannot_be_read_is_said(tmp_path, text):
    (tmp_path / INDEX).write_text(text)
    with pytest.raises(HostError, match="cannot be read"):
        run(tmp_path, {"a": "x"})


def test_an_index_never_leads_out_of_the_directory(tmp_path):
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / INDEX).write_text('{"files": ["../precious", "/etc/hostname"]}')
    run(tmp_path / "out", {"a": "x"})
    assert (tmp_path / "precious").read_text() == "kept"


def test_a_directory_without_an_index_has_no_files(tmp_path):
    (tmp_path / "mine").write_text("x")
    assert look(tmp_path) == []
