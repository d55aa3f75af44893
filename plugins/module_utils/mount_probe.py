# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions for the children of System.probe: each may hang on a dead server, none may be asked in a module's process.

Answers are JSON: plain dicts, lists and strings.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import stat
import struct
import threading
import time
from collections.abc import Iterable
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo

IDENTITY = "user.holdfast.identity"
NAMES_SHOWN = 20

# linux/sched.h, linux/mount.h, linux/fs.h; on alpha, mips, ppc and sparc other ioctl numbers hold: no flag there.
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_FORCE, _MNT_DETACH = 1, 2
_FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16
_FS_IOC_SETFLAGS = 0x40006602 | struct.calcsize("l") << 16
_FS_IMMUTABLE_FL = 0x10
# What the server means when it does not let root look, or has no attributes to look at: nothing is known then.
_UNKNOWN = (errno.EOPNOTSUPP, errno.EACCES, errno.EPERM)


def ask_mounts(paths: list[str], limit: float) -> dict[str, dict[str, Any]]:
    """Ask every mount at once, each in a thread: {path: {identity: text or None} or {errno: number} or {}}.

    {} is no answer within ``limit`` seconds; ``identity`` is "" when there is none and None when nobody can tell.
    """
    return _ask_each(_ask_mount, paths, limit)


def ask_owners(paths: list[str], limit: float) -> dict[str, dict[str, Any]]:
    """Ask whose each path is, as ask_mounts asks: {path: {kind, owner, group, mode} or {errno: number} or {}}.

    ``kind`` is directory, file or other, links followed; ``mode`` is four octal digits.
    """
    return _ask_each(_ask_owner, paths, limit)


def _ask_each(ask: Callable[[str], dict[str, Any]], paths: list[str], limit: float) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {path: {} for path in paths}

    def note(path: str) -> None:
        try:
            answers[path] = ask(path)
        except OSError as error:
            answers[path] = {"errno": error.errno}

    threads = [threading.Thread(target=note, args=(path,), daemon=True) for path in paths]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + limit
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(answers)


def _ask_mount(path: str) -> dict[str, Any]:
    os.statvfs(path)  # always a call to the server; stat may be answered from the cache
    return {"identity": _read_identity(path)}


def _ask_owner(path: str) -> dict[str, Any]:
    found = os.stat(path)
    kinds = (("directory", stat.S_ISDIR), ("file", stat.S_ISREG))
    kind = next((name for name, matches in kinds if matches(found.st_mode)), "other")
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    return {"kind": kind, "owner": found.st_uid, "group": found.st_gid, "mode": mode}


def _read_identity(path: str) -> str | None:
    try:
        return os.getxattr(path, IDENTITY).decode(errors="replace")
    except OSError as error:
        if error.errno == errno.ENODATA:
            return ""
        if error.errno in _UNKNOWN:
            return None
        raise


def look_under(parent: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """The bare directories below ``parent``, whatever is mounted on them: {name: {names, guarded}}.

    ``names`` are the first files in it, ``guarded`` is None where the file system has no immutable flag;
    a directory that is not there is left out.
    """
    _uncover(parent)
    return {name: _look_bare(os.path.join(parent, name)) for name in names if os.path.isdir(os.path.join(parent, name))}


def _look_bare(path: str) -> dict[str, Any]:
    found = os.lstat(path)
    flags = _read_flags(path)
    closed = found.st_mode & 0o7777 == 0 and (found.st_uid, found.st_gid) == (0, 0)
    guarded = None if flags is None and closed else bool(closed and flags and flags & _FS_IMMUTABLE_FL)
    return {"names": sorted(os.listdir(path))[:NAMES_SHOWN], "guarded": guarded}


def guard_bare(parent: str, names: list[str]) -> list[str]:
    """Make each bare directory root's, closed and immutable; return those whose file system has no such flag."""
    _uncover(parent)
    return [name for name in names if not _guard(os.path.join(parent, name))]


def _guard(path: str) -> bool:
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0)
    _write_flag(path, False)
    os.chown(path, 0, 0)
    os.chmod(path, 0)
    return _write_flag(path, True)


def remove_bare(parent: str, names: list[str]) -> dict[str, list[str]]:
    """Remove each bare directory that is empty; return {name: files} for those that are not, left as they were.

    Not uncovered: a directory that is mounted after all must refuse, and rmdir in another namespace would detach it.
    """
    kept = {}
    for name in names:
        path = os.path.join(parent, name)
        inside = sorted(os.listdir(path)) if os.path.isdir(path) else []
        if inside:
            kept[name] = inside[:NAMES_SHOWN]
        elif os.path.isdir(path):
            _write_flag(path, False)
            os.rmdir(path)
    return kept


def force_unmount(path: str) -> None:
    """Detach a mount whose server does not answer; what was not written to the server yet is lost."""
    if _libc().umount2(path.encode(), _MNT_FORCE | _MNT_DETACH) != 0:
        _raise_errno(path)


def _uncover(parent: str) -> None:
    # In a mount namespace of our own: a bind that is not recursive shows the parent without what is mounted below it.
    libc, path = _libc(), parent.encode()
    if (
        libc.unshare(_CLONE_NEWNS)
        or libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None)
        or libc.mount(path, path, None, _MS_BIND, None)
    ):
        _raise_errno(parent)


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
    return libc


def _raise_errno(path: str) -> None:
    number = ctypes.get_errno()
    raise OSError(number, f"{os.strerror(number)}: {path}")


def _read_flags(path: str) -> int | None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # The number says long, the kernel reads and writes an int.
        return int(struct.unpack_from("i", fcntl.ioctl(handle, _FS_IOC_GETFLAGS, struct.pack("ii", 0, 0)))[0])
    except OSError:
        return None
    finally:
        os.close(handle)


def _write_flag(path: str, immutable: bool) -> bool:
    flags = _read_flags(path)
    if flags is None:
        return False
    wanted = flags | _FS_IMMUTABLE_FL if immutable else flags & ~_FS_IMMUTABLE_FL
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if wanted != flags:
            fcntl.ioctl(handle, _FS_IOC_SETFLAGS, struct.pack("ii", wanted, 0))
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def find_holders(targets: list[dict[str, str]], with_maps: bool = True) -> list[dict[str, Any]]:
    """Who uses the mounts ({path, device, source}) : [{path, pid, comm, unit}], one line per unit and path.

    Only /proc is read, no mounted path is touched. Reading ``maps`` waits for a process that hangs in a page fault.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    ours = (os.getpid(), os.getppid())
    views: dict[str, list[mountinfo.Mount]] = {}
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        if pid in ours:
            continue
        with contextlib.suppress(OSError, ValueError):
            for path in _held_paths(pid, targets, views, with_maps):
                holder = {"path": path, "pid": pid, "comm": _read_proc(pid, "comm").strip()}
                unit = parse_unit(_read_proc(pid, "cgroup"))
                found.setdefault((path, unit or str(pid)), {**holder, "unit": unit})
    return list(found.values())


def parse_unit(cgroup: str) -> str:
    """The systemd unit in /proc/PID/cgroup, "" for none: ``0::/system.slice/docker-1f.scope`` is docker-1f.scope."""
    for line in cgroup.splitlines():
        dummy, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers in ("", "name=systemd"):
            units = [part for part in path.split("/") if part.endswith((".service", ".scope"))]
            if units:
                return units[-1]
    return ""


def _held_paths(
    pid: int, targets: list[dict[str, str]], views: dict[str, list[mountinfo.Mount]], with_maps: bool
) -> list[str]:
    namespace = os.readlink(f"/proc/{pid}/ns/mnt")
    if namespace not in views:
        views[namespace] = mountinfo.parse(_read_proc(pid, "mountinfo"))
    # In the namespace that unmounts only a process counts; elsewhere a mount alone keeps the file system in use.
    alone = namespace != os.readlink("/proc/self/ns/mnt")
    paths = []
    for target in targets:
        mounts = [
            mount for mount in views[namespace] if (mount.device, mount.source) == (target["device"], target["source"])
        ]
        bound = alone and any(is_bound(mount, target["path"]) for mount in mounts)
        if bound or (mounts and _uses(pid, mounts, with_maps)):
            paths.append(target["path"])
    return paths


def _uses(pid: int, mounts: list[mountinfo.Mount], with_maps: bool) -> bool:
    return (
        any(_is_below(link, mount.path) for link in _read_places(pid) for mount in mounts)
        or bool(_read_open_mounts(pid) & {mount.mount_id for mount in mounts})
        or (with_maps and mounts[0].device in _read_mapped_devices(pid))
    )


def is_bound(mount: mountinfo.Mount, path: str) -> bool:
    """Whether a mount of a volume outlives the host's own at ``path``: a bind elsewhere, or one with no propagation."""
    return mount.path != path or not any(tag.startswith(("shared:", "master:")) for tag in mount.tags)


def _read_places(pid: int) -> Iterable[str]:
    for name in ("cwd", "root", "exe"):
        with contextlib.suppress(OSError):
            yield os.readlink(f"/proc/{pid}/{name}")


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(f"{directory}/")


def _read_open_mounts(pid: int) -> set[int]:
    found = set()
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        with contextlib.suppress(OSError):
            match = re.search(r"^mnt_id:\s*(\d+)", _read_proc(pid, f"fdinfo/{name}"), re.M)
            if match:
                found.add(int(match.group(1)))
    return found


def _read_mapped_devices(pid: int) -> set[str]:
    # 7f1c2c000000-7f1c2c021000 r--p 00000000 00:31 1234 /srv/holdfast/x/file
    pairs = re.findall(r"^\S+ \S+ \S+ ([0-9a-f]+):([0-9a-f]+) ", _read_proc(pid, "maps"), re.M)
    return {f"{int(major, 16)}:{int(minor, 16)}" for major, minor in pairs}


def _read_proc(pid: int, name: str) -> str:
    with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
        return file.read()
