from __future__ import annotations

import errno
import json
import select
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace

import pytest

GATE = Path(__file__).resolve().parents[4] / "roles" / "container_units" / "files" / "holdfast-gate"
PATIENT = 600  # seconds; what answers at all does so within them, on a busy machine too
MOUNTINFO = str(Path(__file__).parent / "data" / "mountinfo")


@pytest.fixture
def gate(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("holdfast_gate", str(GATE))
    module = module_from_spec(spec_from_loader("holdfast_gate", loader))
    loader.exec_module(module)
    started = []
    start = module.start_child
    monkeypatch.setattr(module, "start_child", lambda volumes: started.append(start(volumes)) or started[-1])
    module.started = started
    yield module
    for pid, dummy in started:
        module.os.waitpid(pid, 0)


def ask(gate, path, identity="", limit=PATIENT):
    """What the gate hears of one volume."""
    ((name, answer),) = gate.ask_all([{"name": str(path), "identity": identity}], limit)
    assert name == str(path)
    return answer


def ask_many(gate, *names, limit=PATIENT):
    return dict(gate.ask_all([{"name": name, "identity": ""} for name in names], limit))


def run_gate(*words, **options):
    command = [sys.executable, "-IS", str(GATE), "--timeout", str(PATIENT), *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, **options)


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
    gate.check_source(path, source, gate.read_mounts(MOUNTINFO))


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
        gate.check_source(path, source, gate.read_mounts(MOUNTINFO))


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
    mounts = gate.read_mounts(str(record.parent / "mountinfo"))
    gate.check_source("/srv/holdfast/cloud", source, mounts)


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


def test_a_directory_of_the_host_need_not_be_mounted(gate):
    gate.check_source("/srv/holdfast/absent", "", gate.read_mounts(MOUNTINFO))


def test_the_right_identity_is_let_through(gate, tmp_path, monkeypatch):
    give_identity(monkeypatch, gate, "5d1f")
    assert ask(gate, tmp_path, "5d1f") == gate.RIGHT


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("another", "this is another volume: its identity is another, not 5d1f"),
        ("5d1f" * 2000, "this is another volume: its identity is 5d1f5d1f"),
        (errno.ENODATA, "this directory has no identity"),
        (errno.ENOTSUP, "NFS 4.2"),
        (errno.ESTALE, "stale file handle"),
        (errno.EIO, "as the test wants it"),
    ],
)
def test_any_other_identity_is_refused(gate, tmp_path, monkeypatch, answer, told):
    give_identity(monkeypatch, gate, answer)
    assert told in ask(gate, tmp_path, "5d1f")


def test_no_answer_can_pass_for_that_of_the_next_volume(gate, monkeypatch):
    monkeypatch.setattr(gate, "look", lambda name, identity: "x" * 4096 + gate.RIGHT if name == "/a" else "wrong")
    assert ask_many(gate, "/a", "/b")["/b"] == "wrong"


def test_a_squashed_root_asks_as_the_owner_and_is_root_again(gate, tmp_path, monkeypatch):
    became = []
    answers = iter([PermissionError(errno.EACCES, "denied"), b"5d1f"])
    asking = ["setgroups", "setegid", "seteuid"]

    def getxattr(path, name):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        assert [name for name, dummy in became] == asking
        # The owner gets past no directory that is root's alone: the way is that of a descriptor.
        assert path.startswith("/proc/self/fd/")
        assert gate.os.path.realpath(path) == str(tmp_path)
        return answer

    for name in asking:
        monkeypatch.setattr(gate.os, name, lambda value, name=name: became.append((name, value)))
    monkeypatch.setattr(gate.os, "getxattr", getxattr)
    assert gate.look(str(tmp_path), "5d1f") == gate.RIGHT
    assert became[3:] == [("seteuid", gate.os.getuid()), ("setegid", gate.os.getgid()), became[-1]]
    assert became[-1] == ("setgroups", gate.os.getgroups())


def test_one_child_looks_at_all_volumes_that_answer(gate, monkeypatch):
    monkeypatch.setattr(gate, "PATIENCE", PATIENT)
    monkeypatch.setattr(gate, "look", lambda name, identity: f"{name} in {gate.os.getpid()}")
    answers = ask_many(gate, "/a", "/b", "/c")
    assert [answer.partition(" in ")[0] for answer in answers.values()] == ["/a", "/b", "/c"]
    assert len({answer.partition(" in ")[2] for answer in answers.values()} - {str(gate.os.getpid())}) == 1


@pytest.fixture
def silence(gate, monkeypatch):
    """Makes volumes hang whoever looks at them; returns a clock that goes on only while one of them is waited for."""

    def put(*dead):
        clock, hanging = SimpleNamespace(now=0.0), set()
        (looked, note), hear = gate.os.pipe(), gate.hear

        def look(name, identity):
            if name in dead:
                gate.os.write(note, b".")
                time.sleep(PATIENT)
            return gate.RIGHT

        def listen(reader, timeout):
            if reader not in hanging:
                ready, dummy_w, dummy_x = select.select([reader, looked], [], [])
                if reader in ready:
                    return hear(reader, 0)
                gate.os.read(looked, 1)
                hanging.add(reader)
            clock.now += timeout
            return None

        monkeypatch.setattr(gate, "look", look)
        monkeypatch.setattr(gate, "hear", listen)
        monkeypatch.setattr(gate, "time", SimpleNamespace(monotonic=lambda: clock.now))
        return clock

    return put


def test_a_server_that_does_not_answer_is_named_and_hides_no_other_volume(gate, silence):
    silence("/b", "/d")
    told = "no answer within 10 s: is the volume's server reachable?"
    answers = ask_many(gate, "/a", "/b", "/c", "/d", limit=10)
    assert answers == {"/a": gate.RIGHT, "/b": told, "/c": gate.RIGHT, "/d": told}


def test_dead_servers_are_waited_for_side_by_side(gate, silence):
    names = [f"/{number}" for number in range(20)]
    clock = silence(*names)
    assert len(ask_many(gate, *names, limit=10)) == 20
    assert clock.now == pytest.approx(10 + 19 * gate.PATIENCE)


def test_a_volume_that_answers_late_is_let_through(gate, monkeypatch):
    monkeypatch.setattr(gate, "PATIENCE", 0.001)
    monkeypatch.setattr(gate, "look", lambda name, identity: time.sleep(0.3) or gate.RIGHT)
    assert ask_many(gate, "/a", "/b") == {"/a": gate.RIGHT, "/b": gate.RIGHT}


def test_a_child_that_dies_lets_nothing_through(gate, monkeypatch):
    monkeypatch.setattr(gate, "look", lambda name, identity: gate.RIGHT if name == "/b" else gate.os._exit(0))
    assert ask_many(gate, "/a", "/b", "/c") == {"/a": gate.ENDED, "/b": gate.RIGHT, "/c": gate.ENDED}


def test_children_are_told_to_end(gate, silence):
    silence("/a")
    ask_many(gate, "/a", "/b")
    ends = [gate.os.waitpid(pid, 0)[1] for pid, dummy in gate.started]
    assert gate.os.WTERMSIG(ends[0]) == gate.SIGKILL
    gate.started.clear()


def test_it_runs_without_any_package_and_says_one_line(tmp_path):
    assert run_gate("--path", tmp_path).returncode == 0
    done = run_gate("--path", tmp_path / "absent")
    assert done.returncode == 1
    assert done.stderr == f"holdfast-gate: {tmp_path}/absent: No such file or directory\n"
    assert run_gate("--path", tmp_path, "--source", "nfs1:/x").returncode == 1


def test_one_line_names_every_volume_that_is_not_right(tmp_path):
    places = [tmp_path / name for name in "abc"]
    done = run_gate(
        "--path", tmp_path, "--path", places[0], "--path", places[1], "--source", "n:/b", "--path", places[2]
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"holdfast-gate: {places[1]}: nothing is mounted here, n:/b is needed; "
        f"{places[0]}, {places[2]}: No such file or directory\n"
    )


def test_options_belong_to_the_volume_before_them(gate):
    words = "--path /a --source n:/a --identity i --timeout 3 --path /b --engine podman --volume v --source n:/v"
    volumes, limit = gate.parse_words(words.split())
    assert [tuple(volume.values()) for volume in volumes] == [
        ("path", "/a", "docker", "n:/a", "i"),
        ("path", "/b", "docker", "", ""),
        ("volume", "v", "podman", "n:/v", ""),
    ]
    assert limit == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "no volume is named"),
        ("--timeout 3", "no volume is named"),
        ("--path", "--path: a value is missing"),
        ("--path / --source", "--source: a value is missing"),
        ("--source n:/a --path /", "--source n:/a: not understood here"),
        ("--path / --engine lxc", "--engine lxc: not understood here"),
        ("--path / --timeout soon", "soon"),
        ("/ /", "/ /: not understood here"),
    ],
)
def test_a_call_that_is_not_understood_lets_nothing_through(words, told):
    done = run_gate(*words.split())
    assert done.returncode == 2
    first, dummy, usage = done.stderr.partition("\n")
    assert told in first
    assert "--identity IDENTITY" in usage


def test_nothing_is_imported_that_takes_long(tmp_path):
    words = ["-X", "importtime", "-IS", str(GATE), "--path", str(tmp_path)]
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "select" in loaded
    assert not loaded & {"argparse", "re", "enum", "json", "subprocess", "signal", "socket", "threading"}


DOCKER = {"type": "nfs", "device": ":/srv/site", "o": "addr=10.77.0.11,rw"}
PODMAN = {"type": "nfs4", "device": "10.77.0.11:/srv/site", "o": "rw"}


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Puts a program in place of the engine: it answers every question with ``out`` and an exit status."""

    def put(out, status=0, before=""):
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{before}\ncat <<'END'\n{out}\nEND\nexit {status}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return put


def check_engine(gate, *names):
    return gate.check_engine("docker", [{"name": name, "source": "10.77.0.11:/srv/site"} for name in names])


@pytest.mark.parametrize(
    ("options", "source"),
    [
        (DOCKER, "10.77.0.11:/srv/site"),
        (DOCKER, "10.77.0.11:/srv/site/"),
        (PODMAN, "10.77.0.11:/srv/site"),
        ({"type": "nfs", "device": ":/srv/site", "o": "addr=fd00::1"}, "[fd00::1]:/srv/site"),
    ],
)
def test_the_right_volume_of_an_engine_is_let_through(gate, engine, options, source):
    engine(json.dumps([{"Name": "holdfast-site", "Options": options}]))
    assert gate.check_engine("docker", [{"name": "holdfast-site", "source": source}]) == {}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (None, "this volume of docker is on the host's own disk, 10.77.0.11:/srv/site is needed"),
        ({"type": "none", "device": "/srv/site", "o": "bind"}, "on the host's own disk"),
        (
            {**DOCKER, "device": ":/srv/other"},
            "this volume of docker is 10.77.0.11:/srv/other, 10.77.0.11:/srv/site is",
        ),
        ({**DOCKER, "o": "addr=10.77.0.12"}, "this volume of docker is 10.77.0.12:/srv/site"),
        ({**PODMAN, "device": "10.77.0.12:/srv/site"}, "this volume of docker is 10.77.0.12:/srv/site"),
    ],
)
def test_any_other_volume_of_an_engine_is_refused(gate, engine, options, told):
    engine(json.dumps([{"Name": "holdfast-site", "Options": options}]))
    assert told in check_engine(gate, "holdfast-site")["holdfast-site"]


def test_a_missing_volume_is_not_made_by_the_engine(gate, engine):
    engine("[]", 1, "echo 'Error: no such volume' >&2")
    assert check_engine(gate, "holdfast-site") == {
        "holdfast-site": "docker has no such volume: Error: no such volume",
    }


def test_an_engine_is_asked_once_for_all_its_volumes(gate, engine, tmp_path):
    right = json.dumps([{"Name": name, "Options": DOCKER} for name in ("a", "d")])
    engine(right, 1, f"""echo "$@" >> {tmp_path}/asked; printf 'no b\\nno c\\n' >&2""")
    assert check_engine(gate, "a", "b", "c", "d") == {
        "b": "docker has no such volume: no b",
        "c": "docker has no such volume: no c",
    }
    assert (tmp_path / "asked").read_text() == "volume inspect a b c d\n"


def test_an_engine_that_is_not_there_or_hangs_lets_nothing_through(gate, engine, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    answers = check_engine(gate, "a", "b")
    assert answers == dict.fromkeys("ab", "cannot run docker: No such file or directory")
    engine("[]", 0, "exec sleep 60")
    monkeypatch.setattr(gate, "ENGINE_TIMEOUT", 0.2)
    assert check_engine(gate, "a", "b") == dict.fromkeys("ab", "docker did not answer within 0.2 s")


def test_an_engine_without_volumes_is_not_asked(gate, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert check_engine(gate) == {}


def test_it_names_the_volume_of_the_engine_among_others(engine, tmp_path):
    engine(json.dumps([{"Name": "holdfast-site", "Options": {}}]))
    words = ["--path", tmp_path, "--engine", "docker", "--volume", "holdfast-site", "--source", "nfs1:/srv/site"]
    done = run_gate(*words, "--path", tmp_path / "absent")
    assert done.returncode == 1
    assert done.stderr == (
        f"holdfast-gate: {tmp_path}/absent: No such file or directory; "
        "holdfast-site: this volume of docker is on the host's own disk, nfs1:/srv/site is needed\n"
    )
