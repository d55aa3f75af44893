from __future__ import annotations

import os
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import IDENTITY
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.settled import find_settled
from ansible_collections.holdfast.volumes.plugins.modules import volume_directories, volume_directories_info

ME = {"owner": os.geteuid(), "group": os.getegid()}


class Labelled(System):
    """The real host, with extended attributes on whatever file system the tests run on."""

    def __init__(self):
        self.attributes = {}

    def get_xattr(self, path, name):
        return self.attributes.get((path, name))

    def set_xattr(self, path, name, value):
        self.attributes[path, name] = value


@pytest.fixture
def system():
    return Labelled()


def run(system, *items, check_mode=False):
    directories = [{"mode": "0750", "identity": "", **ME, **item} for item in items]
    return volume_directories.run(system, {"directories": directories}, check_mode)


def look(system, path):
    return volume_directories_info.run(system, {"paths": [str(path)]})["directories"][0]


def test_a_missing_directory_is_made_with_parents_that_all_may_pass(system, tmp_path):
    path = tmp_path / "deep/er/a"
    umask = os.umask(0o077)
    try:
        result = run(system, {"name": "a", "path": str(path), "mode": "2770", "identity": "id-a"})
    finally:
        os.umask(umask)
    assert result["changed"]
    assert look(system, path) == {"path": str(path), "kind": "directory", "mode": "2770", "identity": "id-a", **ME}
    assert [look(system, parent)["mode"] for parent in (path.parent, path.parent.parent)] == ["0755", "0755"]
    assert not run(system, {"name": "a", "path": str(path), "mode": "2770", "identity": "id-a"})["changed"]


def test_directories_are_settled_when_a_run_would_do_nothing(system, tmp_path):
    item = {"name": "a", "path": str(tmp_path / "a"), "identity": "id-a", **ME}
    sets = {"directories": {"directories": [item]}}
    assert find_settled(system, sets) == []
    run(system, item)
    assert find_settled(system, sets) == ["directories"]
    (tmp_path / "a").chmod(0o700)
    assert find_settled(system, sets) == []


def test_check_mode_predicts_the_run_and_changes_nothing(system, tmp_path):
    item = {"name": "a", "path": str(tmp_path / "a"), "identity": "id-a"}
    predicted = run(system, item, check_mode=True)
    assert not (tmp_path / "a").exists()
    done = run(system, item)
    assert (predicted["diff"], predicted["steps"]) == (done["diff"], done["steps"])


def test_data_is_adopted_and_nothing_below_the_directory_changes(system, tmp_path):
    (tmp_path / "a").mkdir(mode=0o777)
    (tmp_path / "a/data").write_text("hold fast")
    (tmp_path / "a/data").chmod(0o604)
    assert run(system, {"name": "a", "path": str(tmp_path / "a"), "identity": "id-a"})["changed"]
    assert look(system, tmp_path / "a")["mode"] == "0750"
    assert (tmp_path / "a/data").read_text() == "hold fast"
    assert look(system, tmp_path / "a/data")["mode"] == "0604"


def test_one_refused_directory_keeps_all_others_from_changing(system, tmp_path):
    (tmp_path / "theirs").mkdir()
    system.set_xattr(str(tmp_path / "theirs"), IDENTITY, "id-of-b")
    (tmp_path / "link").symlink_to("theirs")
    with pytest.raises(HostError, match=r"symbolic link.*identity is id-of-b, wanted is id-c"):
        run(
            system,
            {"name": "a", "path": str(tmp_path / "a"), "identity": "id-a"},
            {"name": "b", "path": str(tmp_path / "link"), "identity": "id-b"},
            {"name": "c", "path": str(tmp_path / "theirs"), "identity": "id-c"},
        )
    assert not (tmp_path / "a").exists()


def test_bad_items_are_refused_before_the_host_is_looked_at():
    fake = create_autospec(System, instance=True)
    with pytest.raises(HostError, match=r"/etc belongs to the operating system.*path 'a' must be absolute"):
        run(fake, {"name": "a", "path": "/etc"}, {"name": "b", "path": "a"})
    assert fake.mock_calls == []


def test_an_empty_list_changes_nothing(system):
    assert not run(system)["changed"]


def test_volume_directories_info_names_what_is_not_there(system, tmp_path):
    assert look(system, tmp_path / "none") == {"path": str(tmp_path / "none"), "kind": "absent"}
