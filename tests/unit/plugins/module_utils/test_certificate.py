from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import certificate

MARKS = {"started": 0, "written": 5, "torn_down": 20, "converged": 90, "read": 100}
ROW = {"title": "GET / says hello", "volume": "content", "wrote": "PUT on app1", "read": "GET on app2", "holds": True}


def record(*extra, finished=True, marks=None):
    evidence = [{"host": "app1", "extra": list(extra), "before": {"containers": [{"app": "web", "container_id": "1"}]}}]
    if finished:
        evidence[0]["left"] = {"witnesses": []}
    return certificate.make_record(evidence, run="run1", marks=marks or MARKS, catalogue={}, ansible="2.19")


def test_a_record_holds_when_all_rows_and_hosts_do():
    made = record(ROW)
    assert made["holds"]
    assert made["started"] == "1970-01-01T00:00:00+00:00"
    assert [phase["seconds"] for phase in made["phases"]] == [5, 15, 70, 10]


@pytest.mark.parametrize(
    "made", [record(), record(ROW, {**ROW, "holds": False}), record(ROW, finished=False)], ids=["empty", "row", "host"]
)
def test_a_record_does_not_hold_without_rows_or_with_a_fault(made):
    assert not made["holds"]
    assert certificate.render_verdict(made).startswith("NOT PROVED")


def test_rows_of_the_caller_that_every_host_knows_are_given_once():
    evidence = [{"host": host, "extra": [ROW], "left": {"witnesses": []}} for host in ("app1", "app2")]
    made = certificate.make_record(evidence, run="r", marks={}, catalogue={})
    assert len(made["rows"]) == 1
    assert (made["started"], made["phases"], made["rows"][0]["seconds"]) == ("", [], None)


def test_json_is_the_record():
    made = record(ROW)
    assert json.loads(certificate.render_json(made)) == made


def test_junit_has_a_case_for_each_row_and_host():
    bad = {**ROW, "title": 'a "<b>" \x00 row', "holds": False, "reason": "lost & gone\x1b"}
    suite = ElementTree.fromstring(certificate.render_junit(record(ROW, bad)).encode())
    assert (suite.get("tests"), suite.get("failures"), suite.get("time")) == ("3", "1", "100")
    assert [case.get("classname") for case in suite] == ["content", "content", "teardown"]
    assert suite[1].get("name") == 'a "<b>" \N{REPLACEMENT CHARACTER} row'
    assert suite[1].find("failure").get("message") == "lost & gone\N{REPLACEMENT CHARACTER}"


def test_the_table_is_aligned_and_gives_reasons():
    bad = {**ROW, "volume": "a-long-name", "holds": False, "reason": "lost", "seconds": 3.4}
    lines = certificate.render_table(record(ROW, bad, finished=False))
    assert len({line.index(word) for line, word in zip(lines[0:4:2], ("written", "PUT"))}) == 1
    assert lines[3].endswith("3  NO")
    assert lines[4] == "  ! lost"
    assert lines[5].startswith("! app1: did not finish")
    assert lines[-1] == "NOT PROVED: 1 of 2 rows hold; 1 containers on 1 hosts torn down; 100 s"


@pytest.mark.parametrize(
    ("who", "words"),
    [({"app": "web", "host": "app1", "engine": "podman"}, "web on app1 (podman)"), ("psql", "psql"), (None, "nobody")],
)
def test_who_is_said_in_words(who, words):
    assert certificate.render_who(who) == words
