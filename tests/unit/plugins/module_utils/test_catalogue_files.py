# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import Loaded, Unreadable, read_files
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Problems


def read(files, repeated=()):
    problems = Problems()

    def load(path):
        if path not in files:
            raise Unreadable("does not exist", "correct the name")
        return Loaded(files[path], repeated if path == "/i/a.yml" else ())

    return read_files("/i/a.yml", load, problems), [str(problem) for problem in problems.found]


def test_reads_included_files_beside_the_including_one():
    entries, problems = read(
        {
            "/i/a.yml": {"include": ["../parts/b.yml"], "volumes": {"one": {}}},
            "/parts/b.yml": {"include": "c.yml", "volumes": {"two": {}}},
            "/parts/c.yml": {"stores": {"main": {}}},
        }
    )
    assert problems == []
    assert {name: place.file for name, (place, _raw) in entries["volumes"].items()} == {
        "one": "/i/a.yml",
        "two": "/parts/b.yml",
    }
    assert list(entries["stores"]) == ["main"]


def test_a_file_that_two_others_include_is_read_once():
    _entries, problems = read(
        {
            "/i/a.yml": {"include": ["b.yml", "c.yml"]},
            "/i/b.yml": {"include": "d.yml"},
            "/i/c.yml": {"include": "d.yml"},
            "/i/d.yml": {"volumes": {"one": {}}},
        }
    )
    assert problems == []


def test_names_the_chain_of_a_cycle():
    _entries, problems = read(
        {"/i/a.yml": {"include": "b.yml"}, "/i/b.yml": {"include": "c.yml"}, "/i/c.yml": {"include": "b.yml"}}
    )
    assert problems == [
        "/i/c.yml: include[0]: files include each other: /i/b.yml -> /i/c.yml -> /i/b.yml; "
        "take one of these includes out"
    ]


def test_a_file_that_includes_itself():
    _entries, problems = read({"/i/a.yml": {"include": "a.yml"}})
    assert "/i/a.yml -> /i/a.yml" in problems[0]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, "/i/a.yml: the file is no mapping"),
        (["a"], "/i/a.yml: the file is no mapping"),
        ("text", "/i/a.yml: the file is no mapping"),
        ({"stores": ["a"]}, "/i/a.yml: stores: it is no mapping"),
        ({"plugin": "other"}, "/i/a.yml: plugin: it is 'other'"),
        ({"volume": {}}, '/i/a.yml: volume: unknown key "volume"; did you mean "volumes"?'),
        ({"include": [5]}, "/i/a.yml: include: it is no list of file names"),
        ({"include": "{{ a }}"}, "/i/a.yml: include: it is no list of file names"),
        ({"include": "z.yml"}, "/i/a.yml: include[0]: /i/z.yml does not exist; correct the name"),
    ],
)
def test_refuses(data, expected):
    _entries, problems = read({"/i/a.yml": data})
    assert len(problems) == 1
    assert problems[0].startswith(expected)


def test_a_missing_catalogue_is_named_once():
    _entries, problems = read({})
    assert problems == ["/i/a.yml: the file does not exist; correct the name"]


def test_one_name_in_two_files():
    _entries, problems = read(
        {"/i/a.yml": {"include": "b.yml", "apps": {"web": {}}}, "/i/b.yml": {"apps": {"web": {}}}}
    )
    assert problems == ["/i/b.yml: apps.web: declared already in /i/a.yml; keep one of them, or give one another name"]


def test_one_name_twice_in_a_file():
    _entries, problems = read({"/i/a.yml": {}}, (("apps.web", 7),))
    assert problems == [
        "/i/a.yml: apps.web: declared a second time in line 7; keep one of them; YAML would use the last"
    ]


def test_goes_on_after_a_broken_file():
    entries, problems = read(
        {
            "/i/a.yml": {"include": ["gone.yml", "list.yml", "b.yml"]},
            "/i/list.yml": [],
            "/i/b.yml": {"apps": {"web": {}}},
        }
    )
    assert len(problems) == 2
    assert list(entries["apps"]) == ["web"]
