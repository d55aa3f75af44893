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


def test_a_value_on_several_lines_is_one_value():
    text = "[Service]\nExecStartPre=gate \\\n    --path /a=b \\\n    --path /c\nType=exec\n"
    assert unit_files.parse_entries(text) == {
        "ExecStartPre": ["gate      --path /a=b      --path /c"],
        "Type": ["exec"],
    }


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


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("15min", 900),
        ("1h 30min", 5400),
        ("1h30m", 5400),
        ("2 d", 172800),
        ("", 0),
        ("0", 0),
        ("1.5h", 0),
        ("15M", 0),
        ("-5m", 0),
        ("infinity", 0),
        ("15m\n30s", 0),
    ],
)
def test_a_time_span_in_seconds(text, seconds):
    assert unit_files.parse_span(text) == seconds


def test_a_list_of_units_has_the_state_of_those_that_are_loaded():
    # As systemd 257 prints it.
    text = (
        "-.mount                       loaded    active   mounted Root Mount\n"
        "home.mount                    not-found inactive dead    home.mount\n"
        "srv-my\\x2dapp.mount           loaded    failed   failed  my-app\n"
    )
    assert unit_files.parse_list(text) == {"-.mount": "active", r"srv-my\x2dapp.mount": "failed"}


def test_no_units_are_no_list():
    assert unit_files.parse_list("\n") == {}
