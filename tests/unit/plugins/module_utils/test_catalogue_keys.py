# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import Key, read_keys
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import list_of, read_id, read_name

TABLE = {
    "owner": Key(read_id),
    "name": Key(read_name, "none", deferrable=True),
    "names": Key(list_of(read_name), ()),
}


def read(raw):
    problems = Problems()
    return read_keys(TABLE, raw, Place("c.yml", "x"), problems), [str(problem) for problem in problems.found]


def test_values_and_defaults():
    assert read({"owner": "5"}) == ({"owner": 5, "name": "none", "names": ()}, [])


def test_an_empty_key_is_a_key_left_out():
    assert read({"owner": 5, "name": None}) == ({"owner": 5, "name": "none", "names": ()}, [])


def test_a_template_passes_where_it_may():
    assert read({"owner": 5, "name": "{{ n }}"})[0]["name"] == "{{ n }}"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, "c.yml: x.owner: it is missing; add `owner:`"),
        ({"owner": "{{ o }}"}, "c.yml: x.owner: it is a template or encrypted, and the plan needs it before any host"),
        ({"owner": 5, "nam": "a"}, 'c.yml: x.nam: unknown key "nam"; did you mean "name"?'),
        ({"owner": 5, 7: "a"}, 'c.yml: x.7: unknown key "7"'),
        ({"owner": 5, "names": ["a", "B"]}, "c.yml: x.names[1]: 'B' is no name"),
        (["owner"], "c.yml: x: it is no mapping; write some of the keys owner, name, names"),
    ],
)
def test_refuses(raw, expected):
    fields, problems = read(raw)
    assert fields is None
    assert len(problems) == 1
    assert problems[0].startswith(expected)


def test_everything_is_reported():
    assert len(read({"owner": "root", "nme": 1, "names": ["A", "B"]})[1]) == 4
