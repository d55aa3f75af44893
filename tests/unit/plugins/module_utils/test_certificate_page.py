from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import certificate, certificate_page

NASTY = "<script>alert('\"')</script>"
VOID = {"meta"}


class Nesting(HTMLParser):
    """Notes every element and attribute, and that what is opened is closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.links = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def record(**row):
    evidence = [{"host": NASTY, "left": {"witnesses": []}, "extra": [{"title": NASTY, "holds": True, **row}]}]
    catalogue = {
        "stores": {NASTY: {"type": "nfs", "host": "", "address": NASTY, "path": "/"}},
        "volumes": {
            NASTY: {"store": NASTY, "path": "/x", "owner": 1, "group": 1, "mode": "0750", "single_writer": True}
        },
        "apps": {NASTY: {"engine": "docker", "image": NASTY, "hosts": [NASTY], "start": "boot"}},
        "bindings": [{"app": NASTY, "volume": NASTY, "target": NASTY, "read_only": True, "hosts": [NASTY]}],
    }
    return certificate.make_record(
        evidence, run=NASTY, marks={"started": 1, "written": 2}, catalogue=catalogue, ansible=NASTY
    )


def read(page):
    parser = Nesting()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_page_is_well_formed_needs_nothing_else_and_escapes_everything():
    witness = {"app": NASTY, "host": NASTY, "engine": NASTY, "container_id": NASTY}
    page = certificate_page.render_html(record(volume=NASTY, wrote=witness, read=NASTY, reason=NASTY, mode=NASTY))
    parser = read(page)
    assert "script" not in parser.tags
    assert parser.links == []
    assert "alert(&#x27;&quot;&#x27;)" in page
    assert not re.search(r"url\(|@import|https?://", page)


def test_a_page_without_catalogue_has_no_picture():
    page = certificate_page.render_html({**record(), "catalogue": {}})
    read(page)
    assert 'class="fleet"' not in page


@pytest.mark.parametrize(
    ("holds", "heading"), [(True, "The data held fast"), (False, "The data is not proved to hold")]
)
def test_the_heading_says_the_verdict(holds, heading):
    assert heading in certificate_page.render_html(record(holds=holds, reason="lost"))


def test_a_row_that_does_not_hold_gives_its_reason():
    assert "owner 1000 became 0" in certificate_page.render_html(record(holds=False, reason="owner 1000 became 0"))


def test_no_rows_are_said_to_prove_nothing():
    assert "nothing is proved" in certificate_page.render_html({**record(), "rows": []})
