from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import export_state
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import MARKER, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

LINE = "/srv/a 10.0.0.1(no_subtree_check,rw)"
WANTED = parse(LINE)


def system(files):
    fake = create_autospec(System, instance=True)
    fake.read.side_effect = files.get
    fake.probe.side_effect = lambda question, *args, **limits: question(*args)
    return fake


def test_nothing_is_there_on_a_bare_host():
    assert export_state.read(system({}), []) == export_state.State(None, ())
    assert export_state.read(system({}), WANTED).missing == tuple(WANTED)


def test_a_foreign_file_in_our_place_is_refused():
    with pytest.raises(HostError, match=r"holdfast\.exports was not written by this collection; move"):
        export_state.read(system({export_state.PATH: LINE}), WANTED)


def test_what_the_server_lacks_is_missing():
    files = {export_state.PATH: f"{MARKER}\n{LINE}\n", export_state.ETAB: LINE.replace(" ", "\t")}
    assert export_state.read(system(files), WANTED).missing == ()
    assert export_state.read_ours(system(files)) == WANTED
    files[export_state.ETAB] = "/srv/b\t10.0.0.1(rw)\n"
    assert export_state.read(system(files), WANTED).missing == tuple(WANTED)


@pytest.mark.parametrize(("option", "path"), [("mp", "/srv/a"), ("mountpoint=/srv", "/srv")])
def test_an_export_that_must_be_a_mount_point_and_is_none_is_refused(option, path):
    wanted = parse(f"/srv/a 10.0.0.1(rw,{option})")
    with pytest.raises(HostError, match=f"nothing is mounted at {path}, which the option mountpoint asks for"):
        export_state.read(system({}), wanted)
    mounted = {"/proc/self/mountinfo": f"36 25 8:1 / {path} rw - ext4 /dev/vdb rw\n"}
    assert export_state.read(system(mounted), wanted).missing == tuple(wanted)


def test_the_table_has_paths_without_their_links(tmp_path):
    (tmp_path / "disk/a").mkdir(parents=True)
    (tmp_path / "srv").symlink_to("disk")
    wanted = parse(f"{tmp_path}/srv/a 10.0.0.1(rw)")
    served = {export_state.ETAB: f"{tmp_path.resolve()}/disk/a\t10.0.0.1(rw)\n"}
    assert export_state.read_missing(system(served), wanted) == []
    served[export_state.ETAB] = served[export_state.ETAB].replace("rw", "ro")
    assert export_state.read_missing(system(served), wanted) == wanted


def test_a_broken_table_is_an_error_with_a_way_out():
    with pytest.raises(HostError, match=r"cannot read /var/lib/nfs/etab: line 1.*exportfs -ra"):
        export_state.read_loaded(system({export_state.ETAB: "/srv/a 10.0.0.1(rw"}))
