# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    SUGGESTIONS,
    Place,
    Problem,
    Problems,
    Store,
)


def test_places_read_as_paths_of_keys():
    place = Place("c.yml").at("apps").at("web").at("volumes").at("[1]").at("target")
    assert place == Place("c.yml", "apps.web.volumes[1].target")


def test_a_problem_names_file_key_and_way_out():
    assert str(Problem(Place("c.yml", "apps.web"), "it is wrong", "mend it")) == "c.yml: apps.web: it is wrong; mend it"
    assert str(Problem(Place("c.yml"), "it is wrong", "mend it")) == "c.yml: it is wrong; mend it"


def test_findings_are_placed_below_the_value():
    problems = Problems()
    problems.note([("[2].x", "it is wrong", "mend it")], Place("c.yml", "apps.web.ports"))
    assert problems.found[0].place.key == "apps.web.ports[2].x"


@pytest.mark.parametrize(
    ("known", "way_out"),
    [
        (["site", "logs"], 'did you mean "site"?'),
        (["rows", "logs"], "known here: logs, rows"),
        ([], "known here: none"),
        ([f"name{number}" for number in range(50)], "declare it or correct the name"),
    ],
)
def test_an_unknown_name(known, way_out):
    problems = Problems()
    problems.unknown(Place("c.yml", "k"), "volume", "sit", known)
    assert problems.found[0].what == 'unknown volume "sit"'
    assert problems.found[0].way_out == way_out


class Names(dict):
    """Names that count how often somebody goes through them."""

    walks = 0

    def __iter__(self):
        self.walks += 1
        return super().__iter__()


def test_looking_for_near_names_among_many_ends():
    problems = Problems()
    names = Names.fromkeys(f"name{number}" for number in range(50))
    for _number in range(200):
        problems.unknown(Place("c.yml"), "volume", "nam7", names)
    assert problems.found[0].way_out == 'did you mean "name7"?'
    assert problems.found[20].way_out == "declare it or correct the name"
    assert names.walks == SUGGESTIONS


def test_values_do_not_change():
    store = Store(Place("c.yml"), "main", "nfs", "/x", address="filer")
    assert store.remote
    assert not dataclasses.replace(store, kind="directory").remote
    with pytest.raises(dataclasses.FrozenInstanceError):
        store.path = "/y"
