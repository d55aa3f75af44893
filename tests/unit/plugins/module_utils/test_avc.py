from __future__ import annotations

from pathlib import Path

from ansible_collections.holdfast.volumes.plugins.module_utils import avc

LOG = (Path(__file__).parent / "data/avc/audit.log").read_text()


def test_a_denial_says_who_what_and_on_what():
    assert avc.parse(LOG, 0)[0] == avc.Denial(
        time=1732384000.1,
        comm="nginx",
        path="access.log",
        scontext="system_u:system_r:container_t:s0:c1,c2",
        tcontext="system_u:object_r:var_t:s0",
        tclass="file",
        permissions=("read", "write"),
        permissive=False,
    )


def test_only_denials_are_taken_those_of_daemons_and_other_nodes_too():
    assert [denial.permissions[0] for denial in avc.parse(LOG, 0)] == ["read", "search", "start", "relabelfrom"]


def test_encoded_names_are_read_and_plain_ones_kept():
    denials = avc.parse(LOG, 0)
    assert [denial.comm for denial in denials] == ["nginx", "my app 1", "", "mount.nfs"]
    assert denials[1].path == "/srv/a b"
    assert denials[1].permissive
    assert denials[3].path == ""


def test_what_is_older_is_left_out():
    assert [denial.time for denial in avc.parse(LOG, 1732384003.4)] == [1732384003.4, 1732384004.5]
