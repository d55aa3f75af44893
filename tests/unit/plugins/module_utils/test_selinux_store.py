from __future__ import annotations

import stat
import sys
import types
from unittest.mock import MagicMock, create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo
from ansible_collections.holdfast.volumes.plugins.module_utils import selinux_store as store
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, ProbeTimeout, System
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_plan import RECORD, Desired, Owned
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_rules import Rule

DATA = Rule("/srv/local/data(/.*)?", "a", "system_u:object_r:container_file_t:s0:c1,c2")
PODMAN = Rule("/usr/lib/podman/.*", "f", "system_u:object_r:bin_t:s0")
MOUNTS = "25 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,seclabel\n"
FILES = {
    "/sys/fs/selinux/enforce": "1",
    "/sys/fs/selinux/booleans/container_use_nfs": "1 1",
    "/etc/selinux/config": "# comment\nSELINUX=enforcing\nSELINUXTYPE=default\n",
    "/etc/selinux/semanage.conf": "# store-root = /nowhere\nmodule-store = direct\n",
    "/etc/selinux/default/contexts/files/file_contexts.local": f"{DATA.target}    {DATA.context}\n",
    "/etc/selinux/default/contexts/files/file_contexts.subs_dist": "# /a /b\n/var/run /run\n/run/lock /var/lock\n",
    "/var/lib/selinux/default/active/booleans.local": "# generated\n\ncontainer_use_nfs=1\nother=0\n",
    "/proc/self/mountinfo": MOUNTS,
}
DIRECTORIES = {
    "/var/lib/selinux/default/active/modules": ["100", "400"],
    "/var/lib/selinux/default/active/modules/100": ["base", "container"],
    "/var/lib/selinux/default/active/modules/400": ["holdfast_debian"],
    "/srv/local/data": ["a"],
    "/usr/lib/podman": ["netavark", "plugins"],
}
LABELS = {
    "/srv/local/data": "unconfined_u:object_r:var_t:s0\0",
    "/usr/lib/podman/netavark": "system_u:object_r:lib_t:s0\0",
}


def make_system(files=None):
    files = FILES if files is None else files

    def state(path):
        kind = "directory" if path in DIRECTORIES or path.endswith("plugins") else "file"
        return FileState(kind, 0o755, 0, 0) if kind == "directory" or path in LABELS else None

    system = create_autospec(System, instance=True)
    system.read.side_effect = files.get
    system.listdir.side_effect = lambda path: DIRECTORIES.get(path, [])
    system.stat.side_effect = state
    system.get_xattr.side_effect = lambda path, name: LABELS.get(path)
    return system


@pytest.mark.parametrize(("text", "mode"), [(None, "disabled"), ("1", "enforcing"), ("0", "permissive")])
def test_read_mode(text, mode):
    assert store.read_mode(make_system({"/sys/fs/selinux/enforce": text})) == mode


def test_read_needs_no_program():
    system = make_system()
    current = store.read(
        system, Desired((DATA, PODMAN), {"container_use_nfs": True, "no": True}, {"holdfast_debian": ""})
    )
    assert current.rules == (DATA,)
    assert current.booleans == {"container_use_nfs": (True, True), "no": (None, None)}
    assert current.modules == {"holdfast_debian"}
    assert current.aliases == {"/var/run": "/run", "/run/lock": "/var/lock"}
    assert current.labels == {
        DATA.key: {"/srv/local/data": "unconfined_u:object_r:var_t:s0"},
        PODMAN.key: {"/usr/lib/podman/netavark": "system_u:object_r:lib_t:s0"},
    }
    system.run.assert_not_called()
    system.check.assert_not_called()
    system.probe.assert_not_called()


def test_another_store_root_is_followed():
    files = {
        **FILES,
        "/etc/selinux/semanage.conf": "store-root = /elsewhere\n",
        "/elsewhere/default/active/booleans.local": "container_use_nfs=0\n",
    }
    assert store.read(make_system(files), Desired(booleans={"container_use_nfs": True})).booleans == {
        "container_use_nfs": (True, False)
    }


def test_nothing_wanted_and_nothing_owned_reads_nothing_of_the_policy():
    system = make_system({})
    assert store.read(system, Desired()).mode == "disabled"
    assert [call.args[0] for call in system.read.call_args_list] == [RECORD, "/sys/fs/selinux/enforce"]


def test_what_is_not_there_yet_has_no_label():
    missing = Rule("/srv/missing(/.*)?", "a", DATA.context)
    assert store.read(make_system(), Desired((missing,))).labels == {}


@pytest.mark.parametrize(
    ("found", "read"),
    [
        (FileState("directory", 0, 0, 0), False),
        (FileState("directory", 0o700, 0, 0), True),
        (FileState("directory", 0, 1000, 0), True),
        (FileState("file", 0, 0, 0), True),
    ],
)
def test_a_closed_mount_point_is_left_as_it_is(found, read):
    system = make_system()
    system.stat.side_effect = lambda path: found
    assert (DATA.key in store.read(system, Desired((DATA,))).labels) is read


NFS = "30 25 0:45 / /srv/local/data rw - nfs4 10.0.0.1:/x rw,seclabel,vers=4.2\n"


@pytest.mark.parametrize(
    ("mounts", "path", "labelled"),
    [
        (MOUNTS, "/srv/x", True),
        (MOUNTS + NFS, "/srv/local/data", False),
        (MOUNTS + NFS, "/srv/local/data/below", False),
        (MOUNTS + NFS, "/srv/local/database", True),
        (MOUNTS + "30 25 7:1 / /srv/my\\040disk rw - xfs /dev/vdb rw\n", "/srv/my disk/x", False),
        (MOUNTS + NFS + "31 25 7:1 / /srv/local/data rw - xfs /dev/vdb rw,seclabel\n", "/srv/local/data", True),
        ("25 1 254:1 / / rw,seclabel shared:1 - ext4 /dev/vda1 rw\n", "/srv/x", True),
        ("", "/srv/x", False),
    ],
)
def test_labels_are_looked_at_on_local_file_systems_only(mounts, path, labelled):
    assert store.has_labels(mountinfo.parse(mounts), path) is labelled


def test_a_network_mount_is_never_touched():
    system = make_system({**FILES, "/proc/self/mountinfo": MOUNTS + NFS})
    assert store.read(system, Desired((DATA,))).labels == {}
    system.stat.assert_not_called()
    system.get_xattr.assert_not_called()


def test_relabel_keeps_to_its_file_system_and_its_time():
    system = make_system()
    store.relabel(system, "/srv/x", 7.0)
    system.check.assert_called_once_with(["restorecon", "-R", "-F", "-x", "-m", "/srv/x"], 7.0)
    system.check.side_effect = ProbeTimeout("late")
    with pytest.raises(HostError, match="raise `timeout`"):
        store.relabel(system, "/srv/x", 7.0)


def test_the_record_is_private_and_vanishes_when_nothing_is_owned():
    system = make_system()
    store.write_owned(system, Owned((DATA,)))
    system.make_directory.assert_called_once_with("/etc/holdfast", 0o700)
    assert system.write.call_args.args[0] == RECORD
    assert system.write.call_args.args[2] == stat.S_IRUSR | stat.S_IWUSR
    store.write_owned(system, Owned())
    system.remove.assert_called_once_with(RECORD)


class FakeSemanage(types.SimpleNamespace):
    """The bindings' answers: a number, or [number, value]; what was called is in ``calls``."""

    def __init__(self, fails=""):
        super().__init__(calls=[], fails=fails)

    def __getattr__(self, name):
        if name.startswith("SEMANAGE_"):
            return {"SEMANAGE_FCONTEXT_ALL": 0, "SEMANAGE_FCONTEXT_REG": 1}[name]

        def call(*args):
            self.calls.append((name[len("semanage_") :], *args[1:]))
            if name == self.fails:
                raise OSError(22, "Invalid argument")
            return [0, name] if name.endswith(("create", "from_string", "exists_local")) else 0

        return call


def commit(monkeypatch, semanage, steps, enabled=True):
    """Run the child's part here, its descriptors left alone."""
    monkeypatch.setitem(sys.modules, "semanage", semanage)
    monkeypatch.setattr(store.os, "dup2", MagicMock())
    system = create_autospec(System, instance=True)
    system.probe.side_effect = lambda question, *args, timeout: question(*args)
    store.commit(system, Change(None, None, tuple(steps)), enabled)
    return [call[0] for call in semanage.calls] if semanage else []


RULE_STEP = Step("write_rule", DATA.target, {"ftype": "a", "context": DATA.context})


def test_everything_goes_into_one_transaction(monkeypatch):
    semanage = FakeSemanage()
    names = commit(
        monkeypatch,
        semanage,
        [
            Step("remove_rule", "/srv/old", {"ftype": "f", "context": "c"}),
            RULE_STEP,
            Step("reset_boolean", "a", {"value": False}),
            Step("set_boolean", "b", {"value": True}),
            Step("remove_module", "holdfast_old"),
            Step("install_module", "holdfast_debian", {"cil": "(é)"}),
            Step("relabel", "/srv/local/data"),
        ],
    )
    assert [names.count(name) for name in ("begin_transaction", "commit", "disconnect")] == [1, 1, 1]
    assert names[:3] == ["handle_create", "connect", "begin_transaction"]
    assert names[-2:] == ["commit", "disconnect"]
    # Deleted and added again, so that it comes last: the last match wins.
    assert names.index("fcontext_modify_local") > names.index("fcontext_del_local")
    assert ("module_install", "(é)", 4, "holdfast_debian", "cil") in semanage.calls
    assert ("fcontext_key_create", "/srv/old", 1) in semanage.calls
    assert names.count("bool_set_active") == 2


def test_a_boolean_is_only_saved_where_selinux_is_off(monkeypatch):
    names = commit(monkeypatch, FakeSemanage(), [Step("reset_boolean", "a", {"value": False})], enabled=False)
    assert "bool_modify_local" in names
    assert "bool_set_active" not in names


def test_no_policy_step_no_transaction():
    system = create_autospec(System, instance=True)
    store.commit(system, Change(None, None, (Step("relabel", "/srv/x"), Step("record", RECORD))), True)
    system.probe.assert_not_called()


@pytest.mark.parametrize("fails", ["semanage_begin_transaction", "semanage_commit", "semanage_fcontext_modify_local"])
def test_a_failed_transaction_is_told(monkeypatch, fails):
    semanage = FakeSemanage(fails)
    with pytest.raises(HostError, match="refused the transaction, nothing of it is in force: .*Invalid argument"):
        commit(monkeypatch, semanage, [RULE_STEP])
    assert semanage.calls[-1][0] == "disconnect"


def test_bindings_that_answer_negative_numbers_fail_too(monkeypatch):
    semanage = FakeSemanage()
    monkeypatch.setattr(FakeSemanage, "semanage_commit", lambda *dummy: -1, raising=False)
    with pytest.raises(HostError, match="libsemanage failed"):
        commit(monkeypatch, semanage, [RULE_STEP])


def test_missing_bindings_name_the_package(monkeypatch):
    with pytest.raises(HostError, match="python3-semanage .* python3-libsemanage"):
        commit(monkeypatch, None, [RULE_STEP])


def test_a_store_that_hangs_is_told():
    system = create_autospec(System, instance=True)
    system.probe.side_effect = ProbeTimeout("no answer within 1800 s")
    with pytest.raises(HostError, match="did not finish"):
        store.commit(system, Change(None, None, (RULE_STEP,)), True)
