from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import selinux_rules as rules
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

# Written by libsemanage 3.8 on Debian 13.
CAPTURED = (Path(__file__).parent / "data/selinux_rules/debian13.file_contexts.local").read_text()


def test_parse_keeps_order_kind_and_context():
    assert rules.parse(CAPTURED) == [
        rules.Rule("/srv/local/data(/.*)?", "a", "system_u:object_r:container_file_t:s0:c1,c2"),
        rules.Rule("/usr/lib/podman/.*", "f", "system_u:object_r:bin_t:s0"),
    ]


def test_what_render_writes_parse_reads():
    known = [rules.Rule("/srv/x", ftype, "system_u:object_r:var_t:s0") for ftype in rules.FTYPES]
    assert rules.parse(rules.render(known)) == known


def test_parse_takes_the_rules_of_others_as_they_are():
    assert rules.parse("# a comment\n\n/srv/x -- <<none>>\n") == [rules.Rule("/srv/x", "f", "<<none>>")]


@pytest.mark.parametrize(
    ("target", "prefix"),
    [
        ("/srv/local/data(/.*)?", "/srv/local/data"),
        ("/usr/lib/podman/.*", "/usr/lib/podman"),
        ("/srv/data", "/srv/data"),
        ("/srv/my.data(/.*)?", "/srv/my.data"),
        (r"/srv/my\.data(/.*)?", "/srv/my.data"),
        ("/srv/a.*", "/srv"),
        ("/srv/ab?", "/srv"),
        ("/srv/[ab]/x", "/srv"),
        ("/srv/a|/b", "/srv"),
        ("/.*", "/"),
        (".*", "/"),
    ],
)
def test_find_prefix(target, prefix):
    assert rules.find_prefix(target) == prefix


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": "srv/x"}, "no absolute path"),
        ({"target": "/srv/a b"}, "no absolute path"),
        ({"target": "/srv/x\n/etc"}, "no absolute path"),
        ({"target": "/srv/x/"}, "ends in a slash"),
        ({"target": "/srv/x("}, "no regular expression"),
        ({"target": "/.*"}, "whole file system"),
        ({"target": "/(.*)?"}, "whole file system"),
        ({"setype": "container file"}, "no SELinux type"),
        ({"setype": "container_file_t:s0"}, "no SELinux type"),
        ({"level": "c1,c2"}, "no SELinux level"),
        ({"level": "s0:c5.c1"}, "not ascending"),
        ({"level": "s0:c1,c1024"}, "below c1024"),
        ({"level": "s0\n"}, "no SELinux level"),
        ({"ftype": "x"}, "ftype 'x' is unknown"),
    ],
)
def test_a_bad_rule_is_refused_by_name(change, said):
    item = {"target": "/srv/x(/.*)?", "setype": "container_file_t", "level": "s0:c1,c2", **change}
    with pytest.raises(HostError, match=said) as error:
        rules.make_rule(**item)
    assert repr(item["target"]) in str(error.value)


def test_make_rule_writes_the_whole_context():
    rule = rules.make_rule("/srv/x(/.*)?", "container_file_t", "s0:c1,c2")
    assert rule == rules.Rule("/srv/x(/.*)?", "a", "system_u:object_r:container_file_t:s0:c1,c2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("system_u:object_r:t_t:s0:c1,c2", "unconfined_u:object_r:t_t:s0:c1,c2", True),
        ("u:r:t_t:s0:c1.c3", "u:r:t_t:s0:c1,c2,c3", True),
        ("u:r:t_t:s0", "u:r:t_t:s0:c1", False),
        ("u:r:t_t:s0:c2,c1", "u:r:t_t:s0:c1,c2", True),
        ("u:r:t_t:s0", "u:r:x_t:s0", False),
        ("u:r:t_t:s0-s0:c0.c1023", "u:r:t_t:s0", False),
        ("", "u:r:t_t:s0", False),
        ("<<none>>", "<<none>>", True),
        ("u:r:t_t:SystemLow", "u:r:t_t:s0", False),
    ],
)
def test_is_same_label(one, other, same):
    assert rules.is_same_label(one, other) is same


@pytest.mark.parametrize(
    ("ftype", "path", "kind", "covered"),
    [
        ("a", "/srv/x", "directory", True),
        ("a", "/srv/x/y", "other", True),
        ("f", "/srv/x/y", "file", True),
        ("f", "/srv/x", "directory", False),
        ("d", "/srv/x/y", "file", False),
        ("a", "/srv/xy", "file", False),
    ],
)
def test_covers(ftype, path, kind, covered):
    assert rules.Rule("/srv/x(/.*)?", ftype, "c").covers(path, kind) is covered
