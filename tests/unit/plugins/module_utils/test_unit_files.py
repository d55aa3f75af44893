from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import unit_files


def test_a_rendered_file_is_known_as_ours():
    text = unit_files.render([("Unit", [("A", "1"), ("B", ["2", "3"]), ("C", [])]), ("Service", [("D", "4")])])
    assert text == "# Managed by holdfast.volumes\n[Unit]\nA=1\nB=2\nB=3\n\n[Service]\nD=4\n"
    assert unit_files.is_managed(text)


def test_entries_are_read_back_whatever_their_section():
    text = unit_files.render([("Unit", [("A", "1"), ("B", ["2=3", "4"])]), ("X-Ours", [("A", ""), ("C", "#[x]")])])
    assert unit_files.parse_entries(text) == {"A": ["1", ""], "B": ["2=3", "4"], "C": ["#[x]"]}


@pytest.mark.parametrize("text", [None, "", "[Unit]\n", "\n# Managed by holdfast.volumes\n", "# Managed by hand\n"])
def test_any_other_file_is_not_ours(text):
    assert not unit_files.is_managed(text)


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("nginx", "nginx"),
        ("--label=a.b/c:d,e@f", "--label=a.b/c:d,e@f"),
        ("", '""'),
        ("two words", '"two words"'),
        ("it's", '"it\'s"'),
        ('say "x"', '"say \\"x\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("50%", "50%%"),
        ("$HOME", "$$HOME"),
        ("${A} %n", '"$${A} %%n"'),
        (";", '";"'),
        ("#", '"#"'),
    ],
)
def test_a_word_is_quoted_so_that_systemd_gives_it_back(word, quoted):
    assert unit_files.quote(word) == quoted


def test_systemctl_show_is_read_block_by_block():
    text = "Id=a.service\nActiveState=active\nDescription=x=y\n\nId=b.service\nActiveState=failed\n"
    assert unit_files.parse_show(text) == {
        "a.service": {"Id": "a.service", "ActiveState": "active", "Description": "x=y"},
        "b.service": {"Id": "b.service", "ActiveState": "failed"},
    }
    assert unit_files.parse_show("") == {}
