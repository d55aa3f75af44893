# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import audit_report, certificate

GOOD = {
    "started": "2026-11-26T12:00:00+00:00",
    "ansible": "2.19.1",
    "holds": True,
    "hosts": ["app1", "nfs1"],
    "findings": [],
    "notes": [],
    "access": [
        {
            "volume": "logs",
            "host": "app1",
            "said": "read",
            "ways": ["export"],
            "found": "read",
            "agrees": True,
            "apps": [{"name": "web", "access": "read"}],
        }
    ],
}
BAD = {
    **GOOD,
    "holds": False,
    "findings": [{"host": "nfs1", "area": "exports", "text": "served: <b>*</b>\x00"}],
    "notes": [{"host": "app1", "area": "denials", "text": "auditd <runs> not"}],
    "access": [{**GOOD["access"][0], "found": "write", "agrees": False}],
}


def test_json_is_the_whole_record():
    assert json.loads(certificate.render_json(BAD)) == BAD


def test_ci_gets_a_case_for_each_area_of_each_host_and_for_each_volume():
    suite = ElementTree.fromstring(audit_report.render_junit(BAD))
    cases = {(case.get("classname"), case.get("name")): case.find("failure") for case in suite}
    assert len(cases) == 2 * len(audit_report.AREAS) + 1 == int(suite.get("tests"))
    failed = {key: failure.get("message") for key, failure in cases.items() if failure is not None}
    assert failed == {
        ("nfs1", "exports"): "served: <b>*</b>\N{REPLACEMENT CHARACTER}",
        ("logs", "who reaches it"): "app1 can write volume logs; the catalogue says read",
    }
    assert (suite.get("failures"), suite.get("skipped")) == ("2", "1")
    assert suite.find("testcase[@classname='app1'][@name='denials']/skipped").get("message") == "auditd <runs> not"


def test_the_terminal_gets_a_line_for_each_and_the_verdict():
    assert audit_report.render_lines(GOOD) == ["AS THE CATALOGUE SAYS: 2 hosts, 1 ways to volumes looked at"]
    assert audit_report.render_lines(BAD)[1:] == [
        "app1 can write volume logs; the catalogue says read",
        "app1, denials: not looked at, auditd <runs> not",
        "NOT AS THE CATALOGUE SAYS: 2 findings on 2 hosts",
    ]


@pytest.mark.parametrize(("record", "words"), [(GOOD, "Everything is as"), (BAD, "Something is not as")])
def test_the_page_says_who_reaches_what_and_escapes_it(record, words):
    page = audit_report.render_html(record)
    assert words in page
    assert "web (reads)" in page
    assert "<b>*</b>" not in page
    assert ("served: &lt;b&gt;" in page) is not record["holds"]
    assert "http" not in page
