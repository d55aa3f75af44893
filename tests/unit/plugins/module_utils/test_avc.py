from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
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


OWN, OTHER = "u:r:container_t:s0:c1,c2", "u:r:container_t:s0:c3,c4"


def denial(scontext, tcontext, tclass="dir"):
    return avc.Denial(1.0, "cat", "x", scontext, tcontext, tclass, ("search",), False)


@pytest.mark.parametrize(
    ("scontext", "tcontext", "tclass", "told"),
    [
        (OWN, "u:object_r:container_file_t:s0:c3,c4", "dir", True),
        (OWN, "u:object_r:nfs_t:s0", "dir", True),
        (OWN, "u:object_r:shadow_t:s0", "file", True),
        ("u:r:podman_t:s0", "u:object_r:container_file_t:s0:c3,c4", "dir", True),
        ("u:r:mount_t:s0", "u:object_r:container_file_t:s0:c3,c4", "filesystem", False),
        ("u:r:sshd_t:s0", "u:object_r:nfs_t:s0", "dir", False),
        ("u:r:rpcd_t:s0", "u:object_r:tmpfs_t:s0", "dir", False),
        (OWN, "u:object_r:sysctl_net_t:s0", "dir", False),
        (OWN, "u:object_r:proc_t:s0", "file", False),
        (OWN, "u:object_r:fixed_disk_device_t:s0", "blk_file", False),
        (OWN, "u:object_r:hugetlbfs_t:s0:c1,c2", "file", False),
        (OWN, "u:object_r:hugetlbfs_t:s0:c3,c4", "file", True),
        (OWN, "u:object_r:container_file_t:s0:c1,c2", "file", True),
        ("u:r:container_t:s0", "u:object_r:shadow_t:s0", "file", True),
        (OWN, OWN, "capability", False),
        (OWN, OTHER, "process", True),
        (OWN, "", "file", True),
    ],
)
def test_what_concerns_containers(scontext, tcontext, tclass, told):
    assert avc.is_about_containers(denial(scontext, tcontext, tclass)) is told


@pytest.mark.parametrize(
    ("source", "path", "told"),
    [
        ("iptables_t", "/var/lib/containers/storage/overlay/042f/merged/etc", False),
        ("iptables_t", "/var/lib/docker/overlay2/042f/merged/etc", False),
        ("iptables_t", "/var/lib/docker/volumes/holdfast-logs/_data/a", True),
        ("iptables_t", "/srv/volumes/site/a", True),
        ("container_t", "/var/lib/containers/storage/overlay/042f/merged/etc", True),
    ],
)
def test_the_root_of_a_container_is_no_data_that_programs_of_the_host_are_after(source, path, told):
    one = denial(f"system_u:system_r:{source}:s0", "system_u:object_r:container_file_t:s0:c1,c2", "dir")
    assert avc.is_about_containers(replace(one, path=path)) is told


def test_alike_ones_are_one_with_all_that_was_denied_and_the_last_time():
    first = denial(OWN, "u:object_r:shadow_t:s0")
    again = replace(first, time=3.0, path="y", permissions=("read", "search"))
    other = replace(first, permissive=True)
    assert avc.sum_up([first, other, again]) == [replace(again, permissions=("search", "read"), count=2), other]
    assert avc.sum_up([]) == []
