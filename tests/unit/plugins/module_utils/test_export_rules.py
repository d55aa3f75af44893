from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import export_rules

CASES = sorted((Path(__file__).parent / "data/export_rules").glob("*.yml"))
CLIENTS = [{"host": "10.0.0.2", "options": ["sync", "rw"]}, {"host": "10.0.0.1", "options": ["subtree_check"]}]


@pytest.mark.parametrize("path", CASES, ids=[case.stem for case in CASES])
def test_every_problem_is_named_at_once(path):
    case = yaml.safe_load(path.read_text())
    problems = export_rules.find_problems(case["exports"])
    assert [text for text in case["problems"] if not any(text in problem for problem in problems)] == []
    assert len(problems) == len(case["problems"])


def test_names_are_a_problem_only_where_addresses_are_asked_for():
    items = [{"path": "/srv/a", "clients": [{"host": "app1"}, {"host": "*"}, {"host": "@racks"}, {"host": "::1"}]}]
    assert export_rules.find_problems(items) == []
    problems = export_rules.find_problems(items, addresses_only=True)
    assert [problem.split(" is no address")[0] for problem in problems] == [
        "export /srv/a: client app1",
        "export /srv/a: client *",
        "export /srv/a: client @racks",
    ]


def test_pairs_are_sorted_and_say_how_subtrees_are_checked():
    items = [{"path": "/srv/b", "clients": CLIENTS}, {"path": "/srv/a", "clients": CLIENTS[:1]}]
    assert [(one.path, one.host, one.options) for one in export_rules.parse_items(items)] == [
        ("/srv/a", "10.0.0.2", ("no_subtree_check", "rw", "sync")),
        ("/srv/b", "10.0.0.1", ("subtree_check",)),
        ("/srv/b", "10.0.0.2", ("no_subtree_check", "rw", "sync")),
    ]


def test_items_survive_a_round_trip():
    pairs = export_rules.parse_items([{"path": "/srv/b", "clients": CLIENTS}])
    assert export_rules.parse_items(export_rules.render_items(pairs)) == pairs


def test_addresses_are_merged_by_version_and_names_left_out():
    hosts = ["10.0.0.1", "10.0.0.9", "10.0.0.7/29", "app1", "*", "2001:db8::1", "2001:db8::/64", "10.1.0.0/255.255.0.0"]
    items = [
        {"path": "/srv/a", "clients": [{"host": host} for host in hosts]},
        {"path": "/srv/b", "clients": [{"host": "10.0.0.9"}]},
    ]
    assert export_rules.find_addresses(items, 4) == ["10.0.0.0/29", "10.0.0.9", "10.1.0.0/16"]
    assert export_rules.find_addresses(items, 6) == ["2001:db8::/64"]
    assert export_rules.find_addresses([], 4) == []
