# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo

TEXT = (Path(__file__).parent / "data" / "mountinfo" / "app1").read_text(encoding="utf-8")
MOUNTS = mountinfo.parse(TEXT)


def test_every_line_of_a_host_is_read_and_others_are_left_out():
    assert [mount.path for mount in MOUNTS][3:] == [
        "/srv/holdfast/content",
        "/srv/holdfast/db",
        "/srv/old",
        "/srv/holdfast/db",
    ]


def test_a_quoted_context_keeps_its_comma():
    content = MOUNTS[3]
    assert content.options[:3] == ("rw", 'context="system_u:object_r:container_file_t:s0:c12,c500"', "vers=4.2")
    assert content.flags == ("rw", "nosuid", "nodev", "relatime")
    assert (content.mount_id, content.device, content.tags) == (36, "0:49", ("shared:201",))
    assert (content.fstype, content.source) == ("nfs4", "10.77.0.11:/srv/volumes/content")


def test_escapes_of_the_kernel_and_of_user_space_are_undone():
    assert MOUNTS[4].source == "10.77.0.11:/srv/volumes/my db"
    assert "context=system_u:object_r:container_file_t:s0:c7,c9" in MOUNTS[4].options


def test_a_mount_without_tags_is_read():
    (mount,) = mountinfo.parse(r"40 27 0:53 /sub /srv/a\011b rw - nfs4 h:/a rw,vers=4.2")
    assert (mount.root, mount.path, mount.tags) == ("/sub", "/srv/a\tb", ())


def test_the_top_mount_of_a_path_counts():
    assert mountinfo.find_top(MOUNTS, "/srv/holdfast/db").source == "over"
    assert mountinfo.find_top(MOUNTS, "/srv/holdfast/none") is None


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", ()),
        ("rw", ("rw",)),
        ('rw,context="a,b",hard', ("rw", 'context="a,b"', "hard")),
        ('context="a,b,c"', ('context="a,b,c"',)),
        ("rw,,hard", ("rw", "hard")),
    ],
)
def test_options_are_split_outside_quotes(text, options):
    assert mountinfo.split_options(text) == options
