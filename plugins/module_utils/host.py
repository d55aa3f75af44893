# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only door to the machine: files, commands and time-limited probes."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable

try:
    from ansible.module_utils.compat import selinux
except ImportError:  # no libselinux on this host
    selinux = None

DEFAULT_TIMEOUT = 60.0
ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
NO_XATTR = (errno.ENODATA, errno.ENOTSUP, errno.ENOENT, errno.ENOTDIR)


class HostError(Exception):
    """An expected failure: says what was tried, on what, and what to do next."""


class ProbeTimeout(HostError):
    """A probe did not answer within its time limit."""


class Interrupted(HostError):
    """This process was told to end."""


@dataclass(frozen=True)
class Completed:
    """What a command left behind: exit status and decoded output."""

    rc: int
    out: str
    err: str


@dataclass(frozen=True)
class FileState:
    """A path as lstat sees it; ``kind`` is file, directory, link or other, ``mode`` the permission bits."""

    kind: str
    mode: int
    owner: int
    group: int


class System:
    """Everything a module may do to a host. No call here waits without a limit."""

    def run(self, argv: list[str], timeout: float = DEFAULT_TIMEOUT, stdin: str = "") -> Completed:
        """Run ``argv`` without a shell, its standard input closed after ``stdin``.

        The whole process group is killed at the limit, and a child that not even SIGKILL ends
        (a hung mount) is left behind rather than waited for.
        Raises HostError when the program cannot be started and ProbeTimeout at the limit.
        """
        # Pipes, not files: a program in a domain of its own may not write to our temporary files.
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C", "PATH": _path()},
            )
        except FileNotFoundError as error:
            raise HostError(f"cannot run {argv[0]}: it is not installed on this host") from error
        except OSError as error:
            raise HostError(f"cannot run {argv[0]}: {error.strerror}") from error
        try:
            out, err = child.communicate(stdin.encode() or None, timeout)
        except subprocess.TimeoutExpired as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.communicate(timeout=0.2)
            raise ProbeTimeout(f"{' '.join(argv)} did not end within {timeout:g} s and was killed") from error
        return Completed(child.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def check(self, argv: list[str], timeout: float = DEFAULT_TIMEOUT, stdin: str = "") -> str:
        """Run ``argv`` and return its standard output; raise HostError when it exits with anything but 0."""
        done = self.run(argv, timeout, stdin)
        if done.rc != 0:
            raise HostError(f"{' '.join(argv)} failed ({done.rc}): {(done.err or done.out).strip()}")
        return done.out

    def has(self, program: str) -> bool:
        """Whether ``program`` is found on the administrator's PATH."""
        return shutil.which(program, path=_path()) is not None

    def probe(self, question: Callable[..., Any], *args: Any, timeout: float = 5.0) -> Any:
        """Answer ``question(*args)`` in a child that is killed at the limit; the answer must be JSON.

        For every look at a mounted path: a hard mount whose server is gone blocks the caller for ever.
        Raises ProbeTimeout at the limit, OSError with the child's errno, HostError for anything else.
        """
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _answer(writer, question, args)
        os.close(writer)
        try:
            raw = _read_until(reader, time.monotonic() + timeout)
        finally:
            os.close(reader)
            bury(pid)
        if raw is None:
            raise ProbeTimeout(f"no answer within {timeout:g} s")
        answer = json.loads(raw or b'{"failure": "the probe ended without an answer"}')
        if "errno" in answer:
            raise OSError(answer["errno"], answer["message"])
        if "failure" in answer:
            raise HostError(answer["failure"])
        return answer["value"]

    def poll(self, question: Callable[[], bool], timeout: float, interval: float = 1.0) -> bool:
        """Ask until the answer is yes; False when it was not within the limit. The first question comes at once."""
        deadline = time.monotonic() + timeout
        while not question():
            if time.monotonic() + interval > deadline:
                return False
            time.sleep(interval)
        return True

    @contextlib.contextmanager
    def hold(self, path: str, refusal: str) -> Iterator[None]:
        """Keep others that ask for the same lock file away; HostError(``refusal``) when one of them has it.

        The kernel lets go of it when this process ends, however it does.
        """
        self.make_directory(os.path.dirname(path))
        with explain("lock", path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise HostError(refusal) from error
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def heed_endings(self) -> Iterator[None]:
        """Make the first signal that would end this process an Interrupted, so that what was begun is put away."""

        def interrupt(number: int, dummy_frame: Any) -> None:
            for one in ENDINGS:
                signal.signal(one, signal.SIG_IGN)
            raise Interrupted(f"interrupted by {signal.Signals(number).name}")

        before = {one: signal.signal(one, interrupt) for one in ENDINGS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def read(self, path: str) -> str | None:
        """The text of a local file, or None when there is none: that of a process goes with the process."""
        with explain("read", path):
            try:
                with open(path, encoding="utf-8", errors="surrogateescape") as file:
                    return file.read()
            except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
                return None

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Replace a file whole: written beside it, flushed, then renamed, so a killed run leaves the old one."""
        directory = os.path.dirname(path)
        self.make_directory(directory)
        with explain("write", path):
            handle, temporary = tempfile.mkstemp(prefix=".holdfast-", dir=directory)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.chmod(temporary, mode)
                self._label_like(temporary, path)
                os.rename(temporary, path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
                raise

    def remove(self, path: str) -> None:
        """Remove one file; a missing one is fine. There is no recursive removal here on purpose."""
        with explain("remove", path), contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def remove_directory(self, path: str) -> None:
        """Remove one empty directory; raises HostError when it holds anything."""
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise HostError(f"cannot remove {path}: {error.strerror}; it is left as it is") from error

    def listdir(self, path: str) -> list[str]:
        """Sorted names in a local directory, [] when there is none."""
        with explain("list", path):
            try:
                return sorted(os.listdir(path))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def stat(self, path: str) -> FileState | None:
        """The path itself (links not followed), or None. Local paths only; use probe for mounted ones."""
        with explain("look at", path):
            try:
                found = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                return None
        return FileState(_kind(found.st_mode), stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)

    def changed(self, path: str) -> float | None:
        """When a local file, or a link to it, last changed in content or attributes: seconds since 1970, or None."""
        with explain("look at", path):
            try:
                return max(os.lstat(path).st_ctime, os.stat(path).st_ctime)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def clocks(self) -> tuple[float, float]:
        """Now, in seconds since 1970 and by the clock that nobody sets (CLOCK_MONOTONIC)."""
        return time.time(), time.monotonic()

    def link(self, path: str) -> str | None:
        """Where a symbolic link leads, as it is written in it; None when there is none."""
        with explain("read the link", path):
            try:
                return os.readlink(path)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def make_directory(self, path: str, mode: int = 0o755) -> None:
        """Create a directory (``mode`` whatever the umask) and its parents; an existing one is left alone."""
        with explain("create", path):
            if not os.path.isdir(path):
                os.makedirs(path, mode=mode, exist_ok=True)
                os.chmod(path, mode)

    def set_owner(self, path: str, owner: int, group: int) -> None:
        """Give one path (never what is below it) its numeric owner and group; links are not followed."""
        with explain(f"give owner {owner}:{group} to", path):
            os.chown(path, owner, group, follow_symlinks=False)

    def set_mode(self, path: str, mode: int) -> None:
        """Give one path its permission bits."""
        with explain(f"give mode {mode:04o} to", path):
            os.chmod(path, mode)

    def get_xattr(self, path: str, name: str) -> str | None:
        """One extended attribute of a local path, None when it is not set or not supported there."""
        with explain(f"read {name} of", path):
            try:
                return os.getxattr(path, name, follow_symlinks=False).decode()
            except OSError as error:
                # Anything else, an unreadable disk say, must not pass for "not set": the caller would set it anew.
                if error.errno in NO_XATTR:
                    return None
                raise

    def set_xattr(self, path: str, name: str, value: str) -> None:
        """Set one extended attribute of a local path."""
        with explain(f"set {name} of", path):
            os.setxattr(path, name, value.encode(), follow_symlinks=False)

    def _label_like(self, temporary: str, path: str) -> None:
        # A temporary file carries the label of its directory; the policy may want another for the final name.
        label = _find_label(path)
        if label and label != "<<none>>":
            with contextlib.suppress(OSError):
                os.setxattr(temporary, "security.selinux", label.encode())


@contextlib.contextmanager
def explain(verb: str, path: str) -> Iterator[None]:
    """Make an OSError a HostError that says what could not be done to ``path``."""
    try:
        yield
    except OSError as error:
        raise HostError(f"cannot {verb} {path}: {error.strerror or error}") from error


def _find_label(path: str) -> str:
    """What the policy wants for a file of that name; "" where it says nothing, or where there is none."""
    if not selinux or not os.path.isdir("/sys/fs/selinux"):
        return ""
    try:
        return str(selinux.matchpathcon(path, stat.S_IFREG)[1])
    except OSError:
        return ""


def _path() -> str:
    return ":".join(filter(None, (os.environ.get("PATH"), ADMIN_PATH)))


def _kind(mode: int) -> str:
    for name, matches in (("file", stat.S_ISREG), ("directory", stat.S_ISDIR), ("link", stat.S_ISLNK)):
        if matches(mode):
            return name
    return "other"


def _answer(writer: int, question: Callable[..., Any], args: tuple[Any, ...]) -> None:
    # The child must never return into the caller's code, whatever happens here.
    try:
        with open(writer, "wb") as pipe:
            pipe.write(_ask(question, args))
    finally:
        os._exit(0)


def _ask(question: Callable[..., Any], args: tuple[Any, ...]) -> bytes:
    try:
        answer = json.dumps({"value": question(*args)})
    except OSError as error:
        answer = json.dumps({"errno": error.errno or 0, "message": error.strerror or str(error)})
    except HostError as error:
        answer = json.dumps({"failure": str(error)})
    except BaseException as error:  # the parent must hear of it, whatever it is
        answer = json.dumps({"failure": f"the probe failed: {error!r}"})
    return answer.encode()


def _read_until(reader: int, deadline: float) -> bytes | None:
    chunks: list[bytes] = []
    while True:
        ready, dummy_w, dummy_x = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        chunk = os.read(reader, 65536)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def bury(pid: int) -> None:
    """Kill a child of ours and take note of its end, which may not come."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    # A child in uninterruptible sleep cannot be reaped now; init inherits it when this process ends.
    with contextlib.suppress(ChildProcessError):
        for dummy in range(200):
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
            time.sleep(0.01)
