# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo
from ansible_collections.holdfast.volumes.plugins.module_utils import nfs_mount_options as options

TEXT = (Path(__file__).parent / "data" / "mountinfo" / "app1").read_text(encoding="utf-8")
CONTENT, DB, OLD = mountinfo.parse(TEXT)[3:6]
CONTEXT = "system_u:object_r:container_file_t:s0:c12,c500"
ASKED = ["nfsvers=4.2", "hard", "nosharecache", f'context="{CONTEXT}"', "nodev", "nosuid", "rw"]


@pytest.mark.parametrize(
    ("spellings", "value"),
    [
        (["nfsvers=4.2", "vers=4.2", "v4.2"], {"vers": "4.2"}),
        (["tcp", "proto=tcp"], {"proto": "tcp"}),
        (["noac"], {"ac": "no"}),
        (["soft"], {"recovery": "soft"}),
        (["ro"], {"access": "ro"}),
        (["actimeo=5"], dict.fromkeys(["acregmin", "acregmax", "acdirmin", "acdirmax"], "5")),
        (['context="a,b"', "context=a,b"], {"context": "a,b"}),
        (["_netdev", "nofail", "retry=3", "x-a.b", "defaults"], {}),
        (["nconnect=4"], {"nconnect": "4"}),
    ],
)
def test_spellings_of_one_thing_come_out_the_same(spellings, value):
    assert [options.parse([spelling]) for spelling in spellings] == [value] * len(spellings)


def test_the_old_way_to_name_a_minor_version():
    assert options.parse(["vers=4", "minorversion=1"]) == {"vers": "4.1"}


def test_a_mount_as_asked_has_no_differences():
    assert options.find_differences(ASKED, CONTENT) == {}


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        ({"nfsvers=4.2": "nfsvers=4.1"}, {"vers": ("4.1", "4.2")}),
        ({"nfsvers=4.2": "nfsvers=4"}, {}),
        ({"nfsvers=4.2": "nfsvers=3"}, {"vers": ("3", "4.2")}),
        ({"rw": "ro"}, {"access": ("ro", "rw")}),
        ({"nodev": "dev"}, {"dev": ("yes", "no")}),
        ({"nosuid": "noexec"}, {"suid": ("yes", "no"), "exec": ("no", "yes")}),
        ({"hard": "softerr"}, {"recovery": ("softerr", "hard")}),
        ({"hard": "rsize=131072"}, {}),
        ({"hard": "rsize=1048576"}, {}),
        ({"hard": "rsize=65536"}, {"rsize": ("65536", "131072")}),
        ({"hard": "sec=krb5:sys"}, {}),
        ({"hard": "sec=krb5"}, {"sec": ("krb5", "sys")}),
        ({"hard": "timeo=100"}, {"timeo": ("100", "600")}),
        ({"hard": "lookupcache=all"}, {}),
        ({"hard": "lookupcache=none"}, {"lookupcache": ("none", "all")}),
        ({"hard": "actimeo=3"}, {"acregmax": ("3", "60"), "acdirmin": ("3", "30"), "acdirmax": ("3", "60")}),
        ({"hard": "noatime"}, {"atime": ("noatime", "relatime")}),
        ({"nosharecache": "hard"}, {"sharecache": ("yes", "no")}),
        ({"hard": "nconnect=4"}, {}),
        ({f'context="{CONTEXT}"': 'context="other:s0"'}, {"context": ("other:s0", CONTEXT)}),
        ({f'context="{CONTEXT}"': "hard"}, {"context": ("", CONTEXT)}),
    ],
)
def test_what_the_live_mount_does_not_honour_is_found(asked, difference):
    wanted = [asked.get(option, option) for option in ASKED]
    assert options.find_differences(wanted, CONTENT) == difference


def test_an_unquoted_context_with_an_escaped_comma_is_the_same():
    asked = [
        "vers=4.1",
        "soft",
        "noresvport",
        "tcp",
        "ro",
        "nodev",
        "nosuid",
        "sec=krb5p",
        'context="system_u:object_r:container_file_t:s0:c7,c9"',
    ]
    assert options.find_differences(asked, DB) == {}


def test_version_3_is_compared_too():
    assert options.find_differences(["vers=3", "nolock", "actimeo=10", "noatime"], OLD) == {}
    assert options.find_differences(["vers=3", "lock"], OLD) == {
        "atime": ("relatime", "noatime"),
        "lock": ("yes", "no"),
    }


def test_what_only_version_3_has_is_not_demanded_of_version_4():
    assert options.find_differences([*ASKED, "nolock", "local_lock=all"], CONTENT) == {}
    assert options.find_differences(["vers=3", "local_lock=none", "noatime", "nolock"], OLD) == {
        "local_lock": ("none", "all")
    }


@pytest.mark.parametrize(
    ("asked", "contradictions"),
    [
        (["hard", "timeo=50", "hard"], {}),
        (["hard", "soft"], {"recovery": ["hard", "soft"]}),
        (["vers=4", "minorversion=1"], {}),
        (["ac", "noac", "timeo=1", "timeo=2"], {"ac": ["no", "yes"], "timeo": ["1", "2"]}),
    ],
)
def test_contradictions_are_found(asked, contradictions):
    assert options.find_contradictions(asked) == contradictions


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ([], ["hard", "timeo=600", "noresvport", "_netdev"]),
        (["softerr"], ["timeo=600", "noresvport", "_netdev"]),
        (["timeo=50", "resvport"], ["hard", "_netdev"]),
        (["_netdev"], ["hard", "timeo=600", "noresvport", "_netdev"]),
    ],
)
def test_the_stronger_word_stands(said, left):
    assert options.find_unsaid(["hard", "timeo=600", "noresvport", "_netdev"], said) == left


def test_a_context_is_not_compared_where_the_kernel_has_no_selinux():
    assert options.find_differences([*ASKED[:3], 'context="other"', *ASKED[4:]], CONTENT, selinux=False) == {}


def test_a_read_only_file_system_is_no_read_write_mount():
    (mount,) = mountinfo.parse("1 2 0:3 / /a rw,relatime - nfs4 h:/a ro,vers=4.2,hard")
    assert options.find_differences(["rw"], mount) == {"access": ("rw", "ro")}


@pytest.mark.parametrize(
    ("before", "asked", "dropped"),
    [
        (["soft", "timeo=150"], ["soft", "timeo=150"], []),
        (["timeo=150"], [], ["timeo"]),
        (["timeo=600"], [], []),
        (["timeo=150"], ["timeo=600"], []),
        (["nconnect=4"], ["nconnect=8"], ["nconnect"]),
        ([], ["port=2050"], ["port"]),
        (["port=2050"], [], ["port"]),
        (["retry=5"], [], []),
        (["soft"], [], []),
    ],
)
def test_what_mountinfo_cannot_tell_is_taken_from_the_last_unit(before, asked, dropped):
    assert options.find_dropped(before, asked, DB) == dropped
