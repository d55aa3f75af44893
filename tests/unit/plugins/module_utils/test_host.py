# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import host
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    Completed,
    FileState,
    HostError,
    Interrupted,
    ProbeTimeout,
    System,
)

PYTHON = sys.executable


@pytest.fixture
def system(monkeypatch):
    # The label of a file is the business of a host with SELinux; see the two tests of it below.
    monkeypatch.setattr(System, "_label_like", lambda self, temporary, path: None)
    return System()


def refuse(number):
    def call(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return call


def ends_soon(pid, limit=5.0):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":  # 4242 (sleep) Z 1 ...
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


# Commands


def test_run_returns_status_and_both_outputs(system):
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert system.run([PYTHON, "-c", script]) == Completed(3, "out\n", "err\n")


def test_run_feeds_standard_input_and_closes_it(system):
    assert system.run(["cat"], stdin="words\n").out == "words\n"
    assert system.run(["cat"]).out == ""


def test_run_uses_no_shell(system):
    assert system.run(["echo", "$HOME; true | *"]).out == "$HOME; true | *\n"


def test_run_speaks_the_c_locale(system, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert system.run(["sh", "-c", "echo $LC_ALL"]).out == "C\n"


def test_run_copes_with_output_that_is_not_text(system):
    assert system.run(["printf", r"\377x"]).out.endswith("x")


def test_run_takes_more_output_than_a_pipe_holds(system):
    assert len(system.run([PYTHON, "-c", "print('x' * 300000)"]).out) == 300001


def test_run_names_a_program_that_is_missing(system):
    with pytest.raises(HostError, match="cannot run no-such-program: it is not installed"):
        system.run(["no-such-program", "-x"])


def test_run_explains_a_program_that_cannot_be_started(system, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    with pytest.raises(HostError, match=f"cannot run {program}: Permission denied"):
        system.run([str(program)])


def test_run_kills_the_whole_group_at_its_limit(system, tmp_path):
    note = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(ProbeTimeout, match=r"sh -c .* did not end within 0.5 s and was killed"):
        system.run(["sh", "-c", f"sleep 60 & echo $! > {note}; wait"], timeout=0.5)
    assert time.monotonic() - started < 5
    assert ends_soon(int(note.read_text()))


def test_run_does_not_wait_for_a_child_that_survives_its_kill(system, monkeypatch):
    real, killed = os.killpg, []
    monkeypatch.setattr(os, "killpg", lambda pid, number: killed.append((pid, number)))
    started = time.monotonic()
    with pytest.raises(ProbeTimeout):
        system.run(["sleep", "60"], timeout=0.2)
    assert time.monotonic() - started < 5
    assert killed[0][1] == signal.SIGKILL
    real(killed[0][0], signal.SIGKILL)
    os.waitpid(killed[0][0], 0)


def test_check_returns_the_output_of_a_success(system):
    assert system.check(["echo", "fine"]) == "fine\n"


@pytest.mark.parametrize("script", ["echo broken >&2; exit 4", "echo broken; exit 4"])
def test_check_says_what_failed_and_how(system, script):
    with pytest.raises(HostError, match=r"^sh -c .* failed \(4\): broken$"):
        system.check(["sh", "-c", script])


def test_programs_of_the_administrator_are_found_and_run_whatever_the_path(system, monkeypatch, tmp_path):
    program = tmp_path / "sbin-only"
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    assert not system.has("sbin-only")
    monkeypatch.setattr(host, "ADMIN_PATH", str(tmp_path))
    assert system.has("sbin-only")
    assert system.run(["sbin-only"]).out == "here\n"


# Probes


def test_probe_answers_from_a_child(system):
    assert system.probe(lambda: {"pid": os.getpid()})["pid"] != os.getpid()


def test_probe_passes_arguments_and_any_json(system):
    assert system.probe(lambda *words: [*words, None, True], "a", "b") == ["a", "b", None, True]


def test_probe_takes_an_answer_larger_than_a_pipe(system):
    assert len(system.probe(lambda: "x" * 300000)) == 300000


def test_probe_gives_up_at_its_limit_and_kills_the_child(system, tmp_path):
    note = tmp_path / "pid"

    def hang():
        note.write_text(str(os.getpid()))
        time.sleep(60)

    started = time.monotonic()
    with pytest.raises(ProbeTimeout, match=r"no answer within 0.3 s"):
        system.probe(hang, timeout=0.3)
    assert time.monotonic() - started < 5
    assert ends_soon(int(note.read_text()))


def test_probe_does_not_wait_for_a_child_that_survives_its_kill(system, monkeypatch):
    real, killed = os.kill, []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    started = time.monotonic()
    with pytest.raises(ProbeTimeout):
        system.probe(time.sleep, 60, timeout=0.2)
    assert time.monotonic() - started < 5
    real(killed[0], signal.SIGKILL)
    os.waitpid(killed[0], 0)


def test_probe_passes_the_errno(system, tmp_path):
    with pytest.raises(OSError, match="No such file") as caught:
        system.probe(os.listdir, str(tmp_path / "nothing"))
    assert caught.value.errno == errno.ENOENT


def test_probe_passes_a_stale_handle(system):
    with pytest.raises(OSError) as caught:
        system.probe(refuse(errno.ESTALE))
    assert caught.value.errno == errno.ESTALE


def test_probe_passes_an_expected_error_word_for_word(system, tmp_path):
    with pytest.raises(HostError, match=f"^cannot remove {tmp_path}: "):
        system.probe(system.remove, str(tmp_path))


def test_probe_tells_of_a_bug_in_the_question(system):
    with pytest.raises(HostError, match="the probe failed: ZeroDivisionError"):
        system.probe(lambda: 1 / 0)


def test_probe_never_lets_the_child_return_into_our_code(system, tmp_path):
    # An answer that is no JSON once unwound the child through the caller, which then ran twice.
    note = tmp_path / "who"
    with pytest.raises(HostError, match="the probe failed: TypeError"):
        try:
            system.probe(object)
        finally:
            with open(note, "a", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
    assert note.read_text() == f"{os.getpid()}\n"


def test_probe_tells_of_a_child_that_died(system):
    with pytest.raises(HostError, match="ended without an answer"):
        system.probe(lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_probe_leaves_neither_children_nor_descriptors(system):
    before = sorted(os.listdir("/proc/self/fd"))
    for dummy in range(5):
        system.probe(os.getpid)
    assert sorted(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


# Files


def test_read_gives_text_or_none(system, tmp_path):
    (tmp_path / "file").write_text("a\nb\n")
    assert system.read(str(tmp_path / "file")) == "a\nb\n"
    assert system.read(str(tmp_path / "missing")) is None
    assert system.read(str(tmp_path / "file" / "below")) is None


def test_read_takes_a_process_that_ends_meanwhile_for_one_that_is_gone(system):
    child = subprocess.Popen(["sleep", "60"])
    with open(f"/proc/{child.pid}/status", encoding="utf-8") as status:
        name = f"/proc/self/fd/{status.fileno()}"
        assert f"\nPid:\t{child.pid}\n" in system.read(name)
        child.kill()
        child.wait()
        assert system.read(name) is None


def test_read_explains_what_it_cannot_read(system, tmp_path):
    with pytest.raises(HostError, match=f"cannot read {tmp_path}: Is a directory"):
        system.read(str(tmp_path))


def test_bytes_that_are_no_text_survive_reading_and_writing(system, tmp_path):
    (tmp_path / "in").write_bytes(b"caf\xe9 \xc3\xa9\n")
    system.write(str(tmp_path / "out"), system.read(str(tmp_path / "in")))
    assert (tmp_path / "out").read_bytes() == b"caf\xe9 \xc3\xa9\n"


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_write_gives_the_mode_whatever_the_umask(system, tmp_path, mode):
    old = os.umask(0o077)
    try:
        system.write(str(tmp_path / "file"), "text", mode)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_write_is_never_readable_to_others_on_the_way(system, tmp_path, monkeypatch):
    seen, real = [], os.chmod

    def chmod(path, mode):
        seen.append(stat.S_IMODE(os.stat(path).st_mode))
        real(path, mode)

    monkeypatch.setattr(os, "chmod", chmod)
    system.write(str(tmp_path / "secret"), "PASSWORD=x", 0o600)
    assert seen == [0o600]


def test_write_creates_missing_directories(system, tmp_path):
    system.write(str(tmp_path / "a" / "b" / "file"), "text")
    assert (tmp_path / "a" / "b" / "file").read_text() == "text"


def test_write_replaces_the_file_and_never_alters_it_in_place(system, tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with open(path, encoding="ascii") as reader:
        system.write(str(path), "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("call", ["fsync", "chmod", "rename"])
def test_a_write_that_fails_leaves_the_old_file_alone_and_no_litter(system, tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    monkeypatch.setattr(os, call, refuse(errno.ENOSPC))
    with pytest.raises(HostError, match=f"cannot write {path}: No space left"):
        system.write(str(path), "new")
    assert path.read_text() == "old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["file"]


def test_remove_takes_one_file_and_forgives_a_missing_one(system, tmp_path):
    (tmp_path / "file").write_text("")
    system.remove(str(tmp_path / "file"))
    system.remove(str(tmp_path / "file"))
    assert os.listdir(tmp_path) == []


def test_nothing_here_removes_a_directory_that_holds_something(system, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_text("precious")
    with pytest.raises(HostError, match=r"cannot remove .*data: Directory not empty; it is left as it is"):
        system.remove_directory(str(tmp_path / "data"))
    with pytest.raises(HostError, match=r"cannot remove .*data: "):
        system.remove(str(tmp_path / "data"))
    assert (tmp_path / "data" / "file").read_text() == "precious"


def test_remove_directory_takes_an_empty_one_and_forgives_a_missing_one(system, tmp_path):
    (tmp_path / "empty").mkdir()
    system.remove_directory(str(tmp_path / "empty"))
    system.remove_directory(str(tmp_path / "empty"))
    assert os.listdir(tmp_path) == []


def test_listdir_sorts_and_forgives(system, tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / name).write_text("")
    assert system.listdir(str(tmp_path)) == ["a", "b", "c"]
    assert system.listdir(str(tmp_path / "missing")) == []
    assert system.listdir(str(tmp_path / "a")) == []


def test_a_link_is_read_and_not_followed(system, tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    assert system.link(str(tmp_path / "link")) == "nowhere"
    assert system.link(str(tmp_path / "none")) is None
    with pytest.raises(HostError, match=f"cannot read the link {tmp_path}"):
        system.link(str(tmp_path))


def test_a_change_of_a_link_and_of_its_file_are_changes(system, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    times = [path.lstat().st_ctime for path in (tmp_path / "file", tmp_path / "link")]
    assert system.changed(str(tmp_path / "link")) == max(times)
    (tmp_path / "file").chmod(0o600)
    assert system.changed(str(tmp_path / "link")) == (tmp_path / "file").stat().st_ctime >= max(times)
    assert system.changed(str(tmp_path / "none")) is None


def test_one_of_the_clocks_is_that_of_systemd(system):
    now, ticks = system.clocks()
    assert abs(now - time.time()) < 60
    assert abs(ticks - time.clock_gettime(time.CLOCK_MONOTONIC)) < 60


def test_stat_tells_kind_mode_and_owner_without_following_links(system, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "directory").mkdir(mode=0o750)
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    me = (os.getuid(), os.getgid())
    assert system.stat(str(tmp_path / "file")) == FileState("file", 0o640, *me)
    assert system.stat(str(tmp_path / "directory")) == FileState("directory", 0o750, *me)
    assert system.stat(str(tmp_path / "link")).kind == "link"
    assert system.stat(str(tmp_path / "pipe")).kind == "other"
    assert system.stat(str(tmp_path / "missing")) is None
    assert system.stat(str(tmp_path / "file" / "below")) is None


def test_make_directory_gives_the_mode_whatever_the_umask_and_leaves_an_existing_one_alone(system, tmp_path):
    path = tmp_path / "a" / "b"
    old = os.umask(0o077)
    try:
        system.make_directory(str(path), 0o755)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    system.make_directory(str(path), 0o700)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_make_directory_explains_a_file_in_the_way(system, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match=r"cannot create .*file"):
        system.make_directory(str(tmp_path / "file"))


def test_set_mode_and_set_owner_touch_one_path_only(system, tmp_path, monkeypatch):
    (tmp_path / "below").write_text("")
    (tmp_path / "below").chmod(0o600)
    calls = []
    monkeypatch.setattr(os, "chown", lambda *args, **kwargs: calls.append((args, kwargs)))
    system.set_mode(str(tmp_path), 0o711)
    system.set_owner(str(tmp_path), 1000, 1001)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o711
    assert stat.S_IMODE((tmp_path / "below").stat().st_mode) == 0o600
    assert calls == [((str(tmp_path), 1000, 1001), {"follow_symlinks": False})]


@pytest.mark.parametrize(
    ("function", "call", "message"),
    [
        ("chown", lambda system: system.set_owner("/x", 1, 2), "cannot give owner 1:2 to /x: Read-only file system"),
        ("chmod", lambda system: system.set_mode("/x", 0o750), "cannot give mode 0750 to /x: Read-only file system"),
        (
            "setxattr",
            lambda system: system.set_xattr("/x", "user.y", "z"),
            "cannot set user.y of /x: Read-only file system",
        ),
        ("lstat", lambda system: system.stat("/x"), "cannot look at /x: Read-only file system"),
        ("listdir", lambda system: system.listdir("/x"), "cannot list /x: Read-only file system"),
    ],
)
def test_every_refusal_of_the_host_is_an_expected_error(system, monkeypatch, function, call, message):
    monkeypatch.setattr(os, function, refuse(errno.EROFS))
    with pytest.raises(HostError, match=f"^{message}$"):
        call(system)


# Extended attributes: not every file system of a test machine has them, so the kernel's answers are given here.


def test_an_attribute_is_set_and_read_as_text(system, monkeypatch):
    stored = {}
    monkeypatch.setattr(os, "setxattr", lambda path, name, value, follow_symlinks: stored.update({(path, name): value}))
    monkeypatch.setattr(os, "getxattr", lambda path, name, follow_symlinks: stored[path, name])
    system.set_xattr("/x", "user.holdfast.identity", "0b1c")
    assert stored == {("/x", "user.holdfast.identity"): b"0b1c"}
    assert system.get_xattr("/x", "user.holdfast.identity") == "0b1c"


@pytest.mark.parametrize("number", [errno.ENODATA, errno.ENOTSUP, errno.ENOENT])
def test_an_attribute_that_cannot_be_there_is_none(system, monkeypatch, number):
    monkeypatch.setattr(os, "getxattr", refuse(number))
    assert system.get_xattr("/x", "user.y") is None


def test_an_attribute_that_cannot_be_read_is_not_taken_for_unset(system, monkeypatch):
    monkeypatch.setattr(os, "getxattr", refuse(errno.EIO))
    with pytest.raises(HostError, match="cannot read user.y of /x: Input/output error"):
        system.get_xattr("/x", "user.y")


# Labels


class Policy:
    """What libselinux answers: a label, or an error number."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def matchpathcon(self, path, mode):
        self.asked.append((path, mode))
        if isinstance(self.answer, int):
            raise OSError(self.answer, os.strerror(self.answer))
        return [0, self.answer]


def write_labelled(path, monkeypatch, policy):
    """Write a file and return what was labelled: [(path, attribute, label)]."""
    given = []
    monkeypatch.setattr(os, "setxattr", lambda *words: given.append(words))
    monkeypatch.setattr(host, "selinux", policy)
    System().write(str(path), "text")
    assert path.read_text() == "text"
    return given


@pytest.mark.parametrize(
    ("answer", "labels"),
    [
        ("system_u:object_r:exports_t:s0", [b"system_u:object_r:exports_t:s0"]),
        ("<<none>>", []),
        ("", []),
        (errno.ENOENT, []),
    ],
)
def test_write_gives_the_file_the_label_of_its_final_name(tmp_path, monkeypatch, answer, labels):
    monkeypatch.setattr(os.path, "isdir", lambda path: True)
    policy = Policy(answer)
    given = write_labelled(tmp_path / "exports", monkeypatch, policy)
    assert policy.asked == [(str(tmp_path / "exports"), stat.S_IFREG)]
    assert [value for dummy, name, value in given] == labels
    assert all(name == "security.selinux" and path != str(tmp_path / "exports") for path, name, dummy in given)


def test_write_asks_for_no_label_without_selinux(tmp_path, monkeypatch):
    real = os.path.isdir
    monkeypatch.setattr(os.path, "isdir", lambda path: path != "/sys/fs/selinux" and real(path))
    policy = Policy("system_u:object_r:exports_t:s0")
    assert write_labelled(tmp_path / "exports", monkeypatch, policy) == []
    assert policy.asked == []


def test_write_needs_no_library_of_selinux(tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, "isdir", lambda path: True)
    assert write_labelled(tmp_path / "exports", monkeypatch, None) == []


def test_poll_asks_until_yes(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    answers = iter([False, False, True])
    assert System().poll(lambda: next(answers), timeout=60)


def test_poll_gives_up_at_the_limit_but_asks_once():
    asked = []
    assert not System().poll(lambda: bool(asked.append(1)), timeout=0)
    assert asked == [1]


def test_a_lock_keeps_others_away_until_it_is_let_go(tmp_path):
    path = str(tmp_path / "run" / "one.lock")
    with System().hold(path, "wait"), pytest.raises(HostError, match="^wait$"), System().hold(path, "wait"):
        pass
    with System().hold(path, "wait"):
        assert os.stat(path).st_mode & 0o777 == 0o600


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    path = str(tmp_path / "one.lock")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with System().hold(path, "wait"):
            os.write(writer, b"x")
            signal.pause()
    os.read(reader, 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with System().hold(path, "wait"):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_being_told_to_end_is_an_error_that_can_be_cleaned_up_after(number):
    before = signal.getsignal(number)
    cleaned = False
    with System().heed_endings():
        try:
            with pytest.raises(Interrupted, match=number.name):
                os.kill(os.getpid(), number)
                time.sleep(5)
        finally:
            os.kill(os.getpid(), number)  # an impatient second one
            cleaned = True
    assert cleaned
    assert signal.getsignal(number) is before
