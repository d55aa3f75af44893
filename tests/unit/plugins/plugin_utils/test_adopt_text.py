# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import yaml
from ansible_collections.holdfast.volumes.plugins.plugin_utils.adopt_text import is_untouched, render, seal

DATA = {
    "plugin": "holdfast.volumes.catalogue",
    "volumes": {"site": {"store": "main", "owner": 1000, "mode": "0750"}, "rows": {"store": "main", "owner": 70}},
    "apps": {"web": {"ports": ["22:22"], "environment": {"TOKEN": "{{ adopted_web_token }}", "ON": "yes"}}},
}


def test_the_text_says_the_data_in_its_order_and_comments_the_rest():
    text = render(DATA, {("volumes", "rows"): ["From fstab", "word " * 60], ("apps", "gone"): ["x"]}, ["The end: a"])
    assert yaml.safe_load(text) == DATA
    lines = text.splitlines()
    assert lines[lines.index("  rows:") - 1].startswith("  #   word")
    assert lines[-1] == "# The end: a"
    assert max(map(len, lines)) <= 120
    assert "gone" not in text
    assert render(DATA, {}, ()).endswith("'yes'\n")


def test_a_line_break_in_a_comment_does_not_end_it():
    text = render({"plugin": "x"}, {}, ["a name\nplugin: evil"])
    assert yaml.safe_load(text) == {"plugin": "x"}


def test_a_seal_tells_whether_a_file_was_changed():
    text = seal("a: 1\n")
    assert is_untouched(text)
    assert not is_untouched(text + "b: 2\n")
    assert not is_untouched("a: 1\n")
    assert not is_untouched("")
