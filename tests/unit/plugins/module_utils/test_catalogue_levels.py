# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import random

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import (
    find_categories,
    plan_levels,
    render_union,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Volume


def volumes(names, **levels):
    return [Volume(Place("c"), name, "main", name, 0, 0, "0750", level=levels.get(name, "")) for name in names]


def test_the_level_of_a_name_never_changes():
    # Files on the fleet carry these levels: another value here relabels everybody's data.
    assert plan_levels(volumes(["logs", "rows", "site"])) == {
        "logs": "s0:c74,c652",
        "rows": "s0:c398,c457",
        "site": "s0:c89,c720",
    }


def test_order_does_not_matter_and_levels_differ():
    names = [f"v{number}" for number in range(3000)]
    shuffled = random.Random(1).sample(names, len(names))
    levels = plan_levels(volumes(names))
    assert plan_levels(volumes(shuffled)) == levels
    assert len(set(levels.values())) == len(names)


def test_categories_are_a_pair_in_order():
    for level in plan_levels(volumes([f"v{number}" for number in range(500)])).values():
        first, second = (int(word[1:]) for word in level[3:].split(","))
        assert 0 <= first < second <= 1023


def test_what_the_user_wrote_stays_and_is_given_to_nobody_else():
    derived = plan_levels(volumes(["site"]))["site"]
    levels = plan_levels(volumes(["site", "zz"], zz=derived))
    assert levels["zz"] == derived
    assert levels["site"] != derived


def test_two_volumes_may_share_a_level_that_the_user_wrote():
    levels = plan_levels(volumes(["a", "b"], a="s0:c1,c2", b="s0:c1,c2"))
    assert levels == {"a": "s0:c1,c2", "b": "s0:c1,c2"}


@pytest.mark.parametrize(
    ("levels", "union"),
    [
        ([], ""),
        (["s0:c1,c5"], "s0:c1,c5"),
        (["s0:c9,c12", "s0:c1,c9"], "s0:c1,c9,c12"),
        (["s0:c100,c1000", "s0:c20,c30"], "s0:c20,c30,c100,c1000"),
    ],
)
def test_union(levels, union):
    assert render_union(levels) == union


def test_finds_categories():
    assert find_categories("s0:c12,c500") == {12, 500}
    assert find_categories("") == frozenset()
