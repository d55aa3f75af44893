from __future__ import annotations

from pathlib import Path
from unittest.mock import call, create_autospec

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import directories
from ansible_collections.holdfast.volumes.plugins.module_utils.directories import IDENTITY, Found
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, System

CASES = sorted((Path(__file__).parent / "data/directories").glob("*.yml"))
GOOD = {"name": "a", "path": "/srv/a", "owner": 1000, "group": 1001, "mode": "0750", "identity": "id-a"}


def found(kind, owner, group, mode, identity=None):
    return Found(kind, owner, group, int(mode, 8), identity)


@pytest.mark.parametrize("path", CASES, ids=[case.stem for case in CASES])
def test_plan(path):
    case = yaml.safe_load(path.read_text())
    current = {name: found(*value) if value else None for name, value in case["current"].items()}
    wanted = directories.parse_items(case["desired"])
    if "errors" in case:
        with pytest.raises(HostError) as refusal:
            directories.plan(current, wanted)
        assert [text for text in case["errors"] if text not in str(refusal.value)] == []
        assert len(str(refusal.value).split("; volume ")) == len(case["errors"])
        return
    change = directories.plan(current, wanted)
    assert change.result()["steps"] == case["steps"]
    assert bool(change) is (change.before != change.after)


def test_what_a_directory_will_be_is_shown_with_its_identity():
    current = {"/": found("directory", 0, 0, "755"), "/srv": found("directory", 0, 0, "755"), "/srv/a": None}
    after = directories.plan(current, directories.parse_items([GOOD])).after
    assert after == {"/srv/a": {"kind": "directory", "owner": 1000, "group": 1001, "mode": "0750", "identity": "id-a"}}


def test_steps_are_taken_through_the_host_in_their_order():
    current = {"/": found("directory", 0, 0, "755"), "/srv": None, "/srv/a": None}
    system = create_autospec(System, instance=True)
    directories.apply(system, directories.plan(current, directories.parse_items([GOOD])))
    assert system.mock_calls == [
        call.make_directory("/srv", 0o755),
        call.make_directory("/srv/a", 0o700),
        call.set_owner("/srv/a", 1000, 1001),
        call.set_mode("/srv/a", 0o750),
        call.set_xattr("/srv/a", IDENTITY, "id-a"),
    ]


def test_paths_are_read_with_their_parents_and_only_directories_have_an_identity():
    there = {"/": FileState("directory", 0o755, 0, 0), "/srv": FileState("directory", 0o755, 0, 0)}
    there["/srv/f"] = FileState("file", 0o644, 1, 2)
    system = create_autospec(System, instance=True)
    system.stat.side_effect = there.get
    system.get_xattr.return_value = "id"
    assert directories.read(system, ["/srv/f", "/srv/a/b", "/srv"]) == {
        "/": found("directory", 0, 0, "755"),
        "/srv": found("directory", 0, 0, "755", "id"),
        "/srv/a": None,
        "/srv/a/b": None,
        "/srv/f": found("file", 1, 2, "644"),
    }
    system.get_xattr.assert_called_once_with("/srv", IDENTITY)


def test_a_file_system_without_attributes_is_named():
    current = {"/": found("directory", 0, 0, "755"), "/srv": None, "/srv/a": None}
    system = create_autospec(System, instance=True)
    system.set_xattr.side_effect = HostError("Operation not supported")
    with pytest.raises(HostError, match=r"cannot mark /srv/a .*Operation not supported.*ext4, xfs"):
        directories.apply(system, directories.plan(current, directories.parse_items([GOOD])))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"path": "srv/a"}, "path 'srv/a' must be absolute"),
        ({"path": "/srv/../etc"}, "must be absolute, without '..'"),
        ({"path": "/srv/a\n"}, "control characters"),
        ({"path": "/etc"}, "/etc belongs to the operating system; name a directory below it"),
        ({"path": "/"}, "/ belongs to the operating system"),
        ({"owner": -1}, "owner -1 is no numeric id"),
        ({"group": "www-data"}, "group 'www-data' is no numeric id"),
        ({"mode": 488}, "mode 488 is no quoted octal mode"),
        ({"mode": "u=rwx"}, "mode 'u=rwx' is no quoted octal mode"),
    ],
)
def test_a_bad_item_is_refused_by_name(item, words):
    assert directories.find_problems([GOOD]) == []
    (problem,) = directories.find_problems([{**GOOD, **item}])
    assert problem.startswith("volume a: ")
    assert words in problem


def test_all_items_are_judged_and_none_may_be_there_twice():
    problems = directories.find_problems([GOOD, {**GOOD, "path": "/srv/b"}, {**GOOD, "name": "b"}, "words", {}])
    assert problems == [
        "directories[3] has no name or no path; give both",
        "directories[4] has no name or no path; give both",
        "name a belongs to 2 volumes",
        "path /srv/a belongs to 2 volumes",
    ]
