# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A third door: root file systems of images, which are fetched, completed and removed as whole trees.

The one recursive removal of the collection is here, and it can reach an unpacked image only.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import stat
import time
from collections.abc import Iterable
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System, explain

_CHUNK = 1 << 20
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000


def find_digest(path: str) -> str:
    """The SHA-256 of a local file, in hexadecimal."""
    total = hashlib.sha256()
    with explain("read", path), open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()


def download(url: str, path: str, digest: str, timeout: float) -> None:
    """Fetch ``url`` by HTTP into a file, whole and with that SHA-256, or raise HostError and leave none."""
    try:
        found = _fetch(url, path, timeout)
        if found != digest:
            raise HostError(
                f"{url} is not what was asked for: its digest is sha256:{found}, not sha256:{digest}; "
                "correct the digest if the file was changed on purpose"
            )
    except HostError:
        _remove_file(path)
        raise
    except OSError as error:
        _remove_file(path)
        raise HostError(f"cannot fetch {url}: {error}") from error


def _fetch(url: str, path: str, timeout: float) -> str:
    # A host that fetches nothing need not read these in, which takes longer than most runs of the module.
    from http.client import HTTPException  # noqa: PLC0415

    from ansible.module_utils import urls  # noqa: PLC0415

    deadline, total = time.monotonic() + timeout, hashlib.sha256()
    # The digest is that of what is sent: a server that calls a .tar.gz encoded must not have it unpacked on the way.
    try:
        opened = urls.open_url(url, timeout=30, decompress=False)
    except urls.ConnectionError as error:
        raise HostError(f"cannot fetch {url}: {error}") from error
    try:
        with contextlib.closing(opened) as answer, open(path, "wb") as file:
            while chunk := answer.read(_CHUNK):
                total.update(chunk)
                file.write(chunk)
                if time.monotonic() > deadline:
                    raise HostError(f"cannot fetch {url}: it took more than {timeout:g} s")
    except HTTPException as error:
        raise HostError(f"cannot fetch {url}: {error}") from error
    return total.hexdigest()


def _remove_file(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def make_inside(root: str, path: str, kind: str = "directory") -> None:
    """Make sure that a directory (0755) or an empty file (0644) is at ``path`` of a tree, and its parents.

    What is there stays. No link is followed: where one leads, only a process inside the tree can tell, so it counts as
    there.
    """
    with explain("create", root + path), contextlib.ExitStack() as opened:
        names = path.strip("/").split("/")
        here = _open_in(root, None, opened)
        for name in names if kind == "directory" else names[:-1]:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=here)
                os.chmod(name, 0o755, dir_fd=here)
            if _is_link(name, here):
                return
            here = _open_in(name, here, opened)
        if kind == "file":
            with contextlib.suppress(FileExistsError):
                handle = os.open(names[-1], os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=here)
                os.fchmod(handle, 0o644)
                os.close(handle)


def find_missing(root: str, paths: Iterable[str]) -> list[str]:
    """Those of ``paths`` that a tree lacks; as with make_inside, what is behind a link counts as there."""
    return [path for path in paths if _lacks(root, path)]


def _lacks(root: str, path: str) -> bool:
    with explain("look into", root), contextlib.ExitStack() as opened:
        here = _open_in(root, None, opened)
        *parents, last = path.strip("/").split("/")
        try:
            for name in parents:
                if _is_link(name, here):
                    return False
                here = _open_in(name, here, opened)
            os.stat(last, dir_fd=here, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return True
    return False


def _open_in(name: str, directory: int | None, opened: contextlib.ExitStack) -> int:
    handle = os.open(name, _DIRECTORY, dir_fd=directory)
    opened.callback(os.close, handle)
    return handle


def _is_link(name: str, directory: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)


def settle(part: str, root: str) -> None:
    """Give a tree that is whole, and on disk, its final name, for good."""
    with explain("rename", part), contextlib.ExitStack() as opened:
        os.rename(part, root)
        os.fsync(_open_in(os.path.dirname(root), None, opened))


def remove(system: System, directory: str, name: str, timeout: float = 600.0) -> None:
    """Remove what is ``name`` in a directory of images, a file or a whole tree; a missing one is fine.

    The removal happens in a child whose own mount namespace shows ``directory`` without anything that is mounted or
    bound below it. So it reaches the files of that one file system only: no volume, whatever is mounted where.
    """
    if not name or name in (".", "..") or "/" in name:
        raise HostError(f"{name!r} is no name in {directory}; nothing was removed")
    with explain("remove", f"{directory}/{name}"):
        system.probe(_remove_alone, directory, name, timeout=timeout)


def _remove_alone(directory: str, name: str) -> None:
    """For a child that ends after."""
    libc, here = ctypes.CDLL(None, use_errno=True), directory.encode()
    _call(libc.unshare, _CLONE_NEWNS)
    _call(libc.mount, None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    # A bind that is not recursive shows the directory's own file system, without the mounts in it.
    _call(libc.mount, here, here, None, ctypes.c_ulong(_MS_BIND), None)
    path = f"{directory}/{name}"
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            os.unlink(path)
            return
        for dummy_path, directories, files, handle in os.fwalk(path, topdown=False):
            for entry in directories:
                # Among the directories are links to directories.
                (os.unlink if _is_link(entry, handle) else os.rmdir)(entry, dir_fd=handle)
            for entry in files:
                os.unlink(entry, dir_fd=handle)
        os.rmdir(path)


def _call(function: Any, *args: Any) -> None:
    if function(*args) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
