# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import catalogue_values as values


class Vaulted:
    """Stands for a value that Ansible has not decrypted."""


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (values.read_name, "web-1_a", "web-1_a"),
        (values.read_path, "/srv//a/./b/", "/srv/a/b"),
        (values.read_relative_path, "a//b/", "a/b"),
        (values.read_relative_path, ".", "."),
        (values.read_id, 0, 0),
        (values.read_id, "1000", 1000),
        (values.read_mode, "750", "0750"),
        (values.read_mode, "2770", "2770"),
        (values.read_size, 4096, 4096),
        (values.read_size, "20G", 20 * 1024**3),
        (values.read_size, "512MiB", 512 * 1024**2),
        (values.read_level, "s0:c1,c1023", "s0:c1,c1023"),
        (values.read_address, "10.0.0.1", "10.0.0.1"),
        (values.read_address, "filer.example.com", "filer.example.com"),
        (values.read_address, "fd00::1", "fd00::1"),
        (values.read_options, "soft,timeo=50", ("soft", "timeo=50")),
        (values.read_options, ["nconnect=4"], ("nconnect=4",)),
        (values.read_boolean, False, False),
        (values.choice("a", "b"), "b", "b"),
        (values.list_of(values.read_name), ["a", "{{ b }}"], ["a", "{{ b }}"]),
    ],
)
def test_reads(read, value, expected):
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (values.read_name, "Web"),
        (values.read_name, "-a"),
        (values.read_name, "a" * 64),
        (values.read_name, ""),
        (values.read_path, "srv"),
        (values.read_path, "/srv/a b"),
        (values.read_path, "/srv/../etc"),
        (values.read_path, "/srv/a\n"),
        (values.read_relative_path, "/etc"),
        (values.read_relative_path, "a/../../b"),
        (values.read_target, "/"),
        (values.read_id, "root"),
        (values.read_id, True),
        (values.read_id, -1),
        (values.read_id, 2**32 - 1),
        (values.read_mode, 488),
        (values.read_mode, "0999"),
        (values.read_mode, "rwx"),
        (values.read_size, "20 G"),
        (values.read_size, "much"),
        (values.read_size, 0),
        (values.read_size, True),
        (values.read_level, "s0:c5,c5"),
        (values.read_level, "s0:c9,c5"),
        (values.read_level, "s0:c1,c1024"),
        (values.read_address, "*.example.com"),
        (values.read_address, "10.0.0.0/8"),
        (values.read_address, "a b"),
        (values.read_options, "soft, timeo=50"),
        (values.read_options, ["a\nb"]),
        (values.read_options, ['a"b']),
        (values.read_options, ["a,b"]),
        (values.read_options, ["{{ a }}"]),
        (values.read_options, 5),
        (values.read_options, "hard,soft"),
        (values.read_options, "noexec"),
        (values.read_options, ["timeo=50", "timeo=60"]),
        (values.read_options, ["x-systemd.automount"]),
        (values.read_options, "v4.1"),
        (values.read_boolean, "yes"),
        (values.choice("a"), ["a"]),
        (values.list_of(values.read_name), "a"),
    ],
)
def test_refuses_with_a_way_out(read, value):
    with pytest.raises(values.Unfit) as caught:
        read(value)
    for _below, what, way_out in caught.value.findings:
        assert what
        assert way_out
        assert "\n" not in what


@pytest.mark.parametrize("option", sorted(values.OWN_OPTIONS))
def test_refuses_options_that_the_plan_sets(option):
    with pytest.raises(values.Unfit) as caught:
        values.read_options([f"{option}=x"])
    assert caught.value.findings[0][1] == f'the option "{option}=x" is set by the collection'


def test_a_list_reports_every_item():
    with pytest.raises(values.Unfit) as caught:
        values.list_of(values.read_name)(["A", "b", "C"])
    assert [below for below, _what, _way_out in caught.value.findings] == ["[0]", "[2]"]


@pytest.mark.parametrize(
    ("value", "deferred"),
    [("a", False), ("{{ a }}", True), ("{% if a %}b{% endif %}", True), (5, False), (None, False), (Vaulted(), True)],
)
def test_knows_what_only_ansible_can_tell(value, deferred):
    assert values.is_deferred(value) is deferred


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["secret"], "a list"),
        ({"a": "secret"}, "a mapping"),
        (True, "true"),
        (None, "nothing"),
        (Vaulted(), "an encrypted value"),
        ("x" * 200, "'" + "x" * 79 + "..."),
    ],
)
def test_shows_no_more_than_a_message_needs(value, shown):
    assert values.show(value) == shown


@pytest.mark.parametrize(
    ("base", "below", "joined"), [("/a", "b", "/a/b"), ("/a", ".", "/a"), ("/a", "", "/a"), ("/", "b", "/b")]
)
def test_joins(base, below, joined):
    assert values.join_path(base, below) == joined
