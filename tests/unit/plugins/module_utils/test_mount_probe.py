# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The questions are asked for real: in a child with mounts of its own, as root or in a user namespace."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import subprocess
import sys
import time

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_probe, mountinfo
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount

NEWUSER, NEWNS, PRIVATE = 0x10000000, 0x20000, 1 << 18 | 16384


def enter_namespace():
    """Mounts of our own from here on; an ordinary user becomes root of a user namespace."""
    libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    assert libc.unshare(NEWNS | (NEWUSER if user else 0)) == 0, os.strerror(ctypes.get_errno())
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    assert libc.mount(None, b"/", None, ctypes.c_ulong(PRIVATE), None) == 0
    return libc


def ask_in_namespace(parent, question):
    """Answer a question with a file system, which holds the file inside, mounted on parent/mounted."""

    def ask():
        libc, path = enter_namespace(), os.path.join(parent, "mounted")
        assert libc.mount(b"volume", path.encode(), b"tmpfs", ctypes.c_ulong(0), None) == 0
        with open(os.path.join(path, "inside"), "w", encoding="ascii"):
            return question(parent)

    return System().probe(ask, timeout=20)


@pytest.fixture
def parent(tmp_path):
    (tmp_path / "mounted").mkdir()
    (tmp_path / "bare").mkdir()
    yield str(tmp_path)
    for name in ("mounted", "bare", "new"):
        if (tmp_path / name).is_dir():
            with contextlib.suppress(OSError):
                mount_probe._write_flag(str(tmp_path / name), False)
            (tmp_path / name).chmod(0o700)


def test_what_is_under_a_mount_is_seen_without_unmounting(parent):
    with open(os.path.join(parent, "mounted", "hidden"), "w", encoding="ascii"):
        pass

    def look(path):
        seen = mount_probe.look_under(path, ["mounted", "bare", "none"])
        return seen, os.path.exists(os.path.join(path, "mounted", "hidden"))

    seen, covered = ask_in_namespace(parent, look)
    assert {name: answer["names"] for name, answer in seen.items()} == {"mounted": ["hidden"], "bare": []}
    assert covered  # the child sees through its own bind, the caller does not
    assert seen["bare"]["guarded"] is False


def test_a_mount_point_is_closed_even_while_it_is_mounted(parent):
    def guard(path):
        without = mount_probe.guard_bare(path, ["mounted", "new"])
        bare = {name: os.path.join(path, name) for name in ("mounted", "new")}
        flags = {name: mount_probe._read_flags(found) or 0 for name, found in bare.items()}
        return without, flags, {name: mount_probe._look_bare(found)["names"] for name, found in bare.items()}

    without, flags, names = ask_in_namespace(parent, guard)
    assert names == {"mounted": [], "new": []}
    for name, found in flags.items():
        assert os.stat(os.path.join(parent, name)).st_mode & 0o777 == 0
        # An ordinary user, and some file systems, have no immutable flag: then the mode alone must do.
        assert bool(found & mount_probe._FS_IMMUTABLE_FL) != (name in without)


def test_only_an_empty_mount_point_is_removed(parent):
    with open(os.path.join(parent, "bare", "kept"), "w", encoding="ascii"):
        pass
    assert mount_probe.remove_bare(parent, ["mounted", "bare", "none"]) == {"bare": ["kept"]}
    assert sorted(os.listdir(parent)) == ["bare"]


def test_a_mount_point_that_is_mounted_is_not_removed(parent):
    def remove(path):
        os.unlink(os.path.join(path, "mounted", "inside"))
        try:
            return mount_probe.remove_bare(path, ["mounted"])
        except OSError as error:
            return error.errno

    assert ask_in_namespace(parent, remove) == errno.EBUSY


def test_a_mount_is_detached_by_force_though_it_is_in_use(parent):
    def force(path):
        with open(os.path.join(path, "mounted", "inside"), encoding="ascii"):
            mount_probe.force_unmount(os.path.join(path, "mounted"))
            return os.listdir(os.path.join(path, "mounted"))

    assert ask_in_namespace(parent, force) == []


def test_forcing_what_is_not_mounted_is_an_error(parent):
    with pytest.raises(OSError):
        System().probe(mount_probe.force_unmount, os.path.join(parent, "bare"))


def test_users_are_found_without_touching_the_mount(parent):
    def find(path):
        mounted = os.path.join(path, "mounted")
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            mount = mountinfo.find_top(mountinfo.parse(file.read()), mounted)
        target = {"path": mounted, "device": mount.device, "source": mount.source}
        idle = mount_probe.find_holders([target])
        code = "import sys, time; print(flush=True); time.sleep(60)"
        with open(os.path.join(mounted, "inside"), encoding="ascii") as inside:
            users = [
                subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, **how)
                for how in ({"cwd": mounted}, {"stdin": inside}, {"cwd": "/"})
            ]
        for user in users:
            user.stdout.readline()
        try:
            return idle, [user.pid for user in users], mount_probe.find_holders([target], False)
        finally:
            for user in users:
                user.kill()

    idle, pids, found = ask_in_namespace(parent, find)
    assert idle == []
    assert pids[:2] == [holder["pid"] for holder in found]
    assert found[0]["comm"].startswith("python")


def test_a_container_that_bound_the_volume_is_found(parent):
    def find(path):
        mounted, bare = os.path.join(path, "mounted"), os.path.join(path, "bare")
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            mount = mountinfo.find_top(mountinfo.parse(file.read()), mounted)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            libc = ctypes.CDLL(None)
            libc.unshare(NEWNS)
            libc.mount(mounted.encode(), bare.encode(), None, ctypes.c_ulong(4096), None)
            libc.umount2(mounted.encode(), 2)
            os.write(writer, b".")
            time.sleep(60)
        os.read(reader, 1)
        try:
            target = {"path": mounted, "device": mount.device, "source": mount.source}
            return pid, mount_probe.find_holders([target])
        finally:
            os.kill(pid, 9)

    pid, found = ask_in_namespace(parent, find)
    assert [holder["pid"] for holder in found] == [pid]


@pytest.mark.parametrize(
    ("path", "tags", "bound"),
    [
        ("/srv/holdfast/a", ("shared:7",), False),
        ("/srv/holdfast/a", ("master:7",), False),
        ("/srv/holdfast/a", (), True),
        ("/data", ("master:7",), True),
    ],
)
def test_a_copy_that_goes_with_the_hosts_mount_holds_nothing(path, tags, bound):
    mount = Mount(1, "0:9", "/", path, (), tags, "nfs4", "h:/a", ())
    assert mount_probe.is_bound(mount, "/srv/holdfast/a") is bound


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        ("0::/system.slice/holdfast-web.service\n", "holdfast-web.service"),
        ("0::/system.slice/docker-1f2e.scope\n", "docker-1f2e.scope"),
        ("0::/system.slice/holdfast-web.service/libpod-payload-1f2e\n", "holdfast-web.service"),
        ("0::/user.slice/user-0.slice/session-3.scope\n", "session-3.scope"),
        ("4:memory:/x.service\n1:name=systemd:/system.slice/nginx.service\n", "nginx.service"),
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_the_unit_of_a_process(cgroup, unit):
    assert mount_probe.parse_unit(cgroup) == unit


def test_every_mount_is_asked_at_once_and_a_dead_one_costs_one_limit(monkeypatch):
    identities = {"/good": "11-22", "/plain": errno.ENODATA, "/closed": errno.EACCES, "/odd": errno.EIO}

    def statvfs(path):
        if path.startswith("/dead"):
            time.sleep(60)
        if path == "/stale":
            raise OSError(errno.ESTALE, "Stale file handle")

    def getxattr(path, name):
        assert name == "user.holdfast.identity"
        if isinstance(identities[path], int):
            raise OSError(identities[path], "")
        return identities[path].encode()

    monkeypatch.setattr(os, "statvfs", statvfs)
    monkeypatch.setattr(os, "getxattr", getxattr)
    begun = time.monotonic()
    paths = [*identities, "/stale", *(f"/dead{number}" for number in range(20))]
    answers = System().probe(mount_probe.ask_mounts, paths, 0.5, timeout=10)
    assert time.monotonic() - begun < 5
    assert answers["/good"] == {"identity": "11-22"}
    assert answers["/plain"] == {"identity": ""}
    assert answers["/closed"] == {"identity": None}
    assert answers["/odd"] == {"errno": errno.EIO}
    assert answers["/stale"] == {"errno": errno.ESTALE}
    assert [answers[path] for path in paths if path.startswith("/dead")] == [{}] * 20


def test_whose_a_path_is_is_asked_of_all_at_once_and_a_dead_one_costs_the_limit(tmp_path, monkeypatch):
    inside = tmp_path / "inside"
    inside.mkdir(mode=0o700)
    inside.chmod(0o2750)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(inside)
    stat = os.stat

    def hang(path, *rest, **more):
        if str(path).startswith("/dead"):
            time.sleep(60)
        return stat(path, *rest, **more)

    monkeypatch.setattr(os, "stat", hang)
    paths = [str(tmp_path / name) for name in ("inside", "link", "file", "gone")]
    begun = time.monotonic()
    answers = System().probe(mount_probe.ask_owners, [*paths, "/dev/null", "/dead/1", "/dead/2"], 0.5, timeout=10)
    assert time.monotonic() - begun < 5
    own = {"kind": "directory", "owner": os.getuid(), "group": os.getgid(), "mode": "2750"}
    assert [answers[path] for path in paths[:2]] == [own, own]
    assert answers[paths[2]]["kind"] == "file"
    assert answers[paths[3]] == {"errno": errno.ENOENT}
    assert answers["/dev/null"]["kind"] == "other"
    assert answers["/dead/1"] == answers["/dead/2"] == {}


def test_mapped_files_are_found_by_device():
    devices = mount_probe._read_mapped_devices(os.getpid())
    own = os.stat(os.path.realpath("/proc/self/exe"))
    assert f"{os.major(own.st_dev)}:{os.minor(own.st_dev)}" in devices
