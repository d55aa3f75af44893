from __future__ import annotations

import errno
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace

import pytest

GATE = Path(__file__).resolve().parents[4] / "roles" / "container_units" / "files" / "holdfast-gate"
MOUNTINFO = str(Path(__file__).parent / "data" / "mountinfo")


@pytest.fixture
def gate(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("holdfast_gate", str(GATE))
    module = module_from_spec(spec_from_loader("holdfast_gate", loader))
    loader.exec_module(module)
    return module


def ask(gate, path, identity="", timeout=10.0):
    gate.check_in_child(SimpleNamespace(path=str(path), identity=identity, timeout=timeout))


def give_identity(monkeypatch, gate, answer):
    """Let the volume answer with an identity, or with an errno."""

    def getxattr(path, name):
        assert name == "user.holdfast.identity"
        if isinstance(answer, int):
            raise OSError(answer, "as the test wants it")
        return answer.encode()

    monkeypatch.setattr(gate.os, "getxattr", getxattr)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/srv/holdfast/content", "10.77.0.11:/srv/volumes/content"),
        ("/srv/holdfast/content", "10.77.0.11:/srv/volumes/content/"),
        ("/srv/holdfast/old", "10.77.0.12:/vol/old"),
        ("/srv/holdfast/a b", "10.77.0.11:/srv/volumes/a b"),
        ("/srv/holdfast/six", "[2001:db8::11]:/srv/volumes/six"),
    ],
)
def test_the_right_mount_is_let_through(gate, path, source):
    gate.check_source(path, source, MOUNTINFO)


@pytest.mark.parametrize(
    ("path", "source", "told"),
    [
        ("/srv/holdfast/absent", "10.77.0.11:/srv/volumes/absent", "nothing is mounted here"),
        ("/srv/holdfast", "10.77.0.11:/srv/volumes/content", "nothing is mounted here"),
        ("/srv/holdfast/content", "10.77.0.99:/srv/volumes/content", "10.77.0.11:/srv/volumes/content is mounted here"),
        ("/srv/holdfast/other", "10.77.0.11:/srv/volumes/other", "a file system of type tmpfs"),
        ("/", "/dev/vda1", "a file system of type ext4"),
    ],
)
def test_any_other_mount_is_refused(gate, path, source, told):
    with pytest.raises(gate.Refused, match=told):
        gate.check_source(path, source, MOUNTINFO)


@pytest.fixture
def tunnel(tmp_path):
    """A mount of amazon-efs-utils 3.2.0: the kernel's line, and the helper's record of the tunnel."""
    line = "40 28 0:53 / /srv/holdfast/cloud rw shared:9 - nfs4 127.0.0.1:/ rw,vers=4.1,port=20127,addr=127.0.0.1\n"
    (tmp_path / "mountinfo").write_text(line)
    (tmp_path / "fs-99999999.srv.holdfast.cloud.20128").write_text("{}")
    record = tmp_path / "fs-1234abcd.srv.holdfast.cloud.20127"
    record.write_text('{"pid": 812, "accessPoint": "fsap-5678ef90"}')
    return record


def check_tunnel(gate, monkeypatch, record, source):
    find = gate.find_behind
    monkeypatch.setattr(gate, "find_behind", lambda *words: find(*words, directory=str(record.parent)))
    gate.check_source("/srv/holdfast/cloud", source, str(record.parent / "mountinfo"))


def test_the_right_file_system_behind_a_tunnel_is_let_through(gate, monkeypatch, tunnel):
    check_tunnel(gate, monkeypatch, tunnel, "fs-1234abcd:/:fsap-5678ef90")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("fs-99999999:/", "fs-1234abcd:/:fsap-5678ef90 is mounted here, fs-99999999:/ is needed"),
        ("fs-1234abcd:/", "fs-1234abcd:/:fsap-5678ef90 is mounted here"),
        ("fs-1234abcd:/other:fsap-5678ef90", "fs-1234abcd:/:fsap-5678ef90 is mounted here"),
        ("10.77.0.11:/", "127.0.0.1:/ is mounted here"),
    ],
)
def test_any_other_file_system_behind_a_tunnel_is_refused(gate, monkeypatch, tunnel, source, told):
    with pytest.raises(gate.Refused, match=told):
        check_tunnel(gate, monkeypatch, tunnel, source)


@pytest.mark.parametrize("text", [None, "", "half a rec"])
def test_a_tunnel_without_a_record_is_refused(gate, monkeypatch, tunnel, text):
    tunnel.unlink()
    if text is not None:
        tunnel.write_text(text)
    with pytest.raises(gate.Refused, match="no tunnel of amazon-efs-utils that is known, is mounted here"):
        check_tunnel(gate, monkeypatch, tunnel, "fs-1234abcd:/:fsap-5678ef90")


def test_the_right_identity_is_let_through(gate, tmp_path, monkeypatch):
    give_identity(monkeypatch, gate, "5d1f")
    ask(gate, tmp_path, "5d1f")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("another", "this is another volume: its identity is another, not 5d1f"),
        (errno.ENODATA, "this directory has no identity"),
        (errno.ENOTSUP, "NFS 4.2"),
        (errno.ESTALE, "stale file handle"),
        (errno.EIO, "as the test wants it"),
    ],
)
def test_any_other_identity_is_refused(gate, tmp_path, monkeypatch, answer, told):
    give_identity(monkeypatch, gate, answer)
    with pytest.raises(gate.Refused, match=told):
        ask(gate, tmp_path, "5d1f")


def test_a_squashed_root_asks_as_the_owner(gate, tmp_path, monkeypatch):
    became = []
    answers = iter([PermissionError(errno.EACCES, "denied"), b"5d1f"])

    def getxattr(path, name):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        assert [name for name, dummy in became] == ["setgroups", "setgid", "setuid"]
        return answer

    for name in ("setgroups", "setgid", "setuid"):
        monkeypatch.setattr(gate.os, name, lambda value, name=name: became.append((name, value)))
    monkeypatch.setattr(gate.os, "getxattr", getxattr)
    ask(gate, tmp_path, "5d1f")


def test_a_server_that_does_not_answer_costs_no_more_than_the_limit(gate, tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "look", lambda path, identity: time.sleep(60))
    started = time.monotonic()
    with pytest.raises(gate.Refused, match="no answer within 0.2 s"):
        ask(gate, tmp_path, timeout=0.2)
    assert time.monotonic() - started < 5


def test_a_child_that_dies_lets_nothing_through(gate, tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "look", lambda path, identity: gate.os._exit(0))
    with pytest.raises(gate.Refused, match="without an answer"):
        ask(gate, tmp_path)


def test_it_runs_without_any_package_and_says_one_line(tmp_path):
    command = [sys.executable, "-IS", str(GATE), "--path"]
    assert subprocess.run([*command, str(tmp_path)], check=False).returncode == 0
    done = subprocess.run([*command, str(tmp_path / "absent")], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"holdfast-gate: {tmp_path}/absent: No such file or directory\n"
    wrong = [*command, str(tmp_path), "--source", "nfs1:/x"]
    assert subprocess.run(wrong, check=False, capture_output=True).returncode == 1
