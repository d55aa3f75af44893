# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A second door: the filesystem as a running container sees it, acted on as the container would.

No program of the image is run, so images without a shell are fine. A child enters the container's mount namespace and
root, takes its ids, capabilities and SELinux label, does small file work there, and answers through shared memory,
since a confined process may not write to the pipe of an ssh session.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import json
import mmap
import os
import stat
import struct
import time
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_machine
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import call
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, ProbeTimeout, System, bury
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import (
    CONTENT_LIMIT,
    Container,
    Identity,
    Witness,
    parse_identity,
    parse_inspect,
    report,
)

ENGINES = ("docker", "nspawn", "podman")
DEFAULT_TIMEOUT = 30.0
# What an engine that has ever run here leaves; one that has not need not be able to answer.
_TRACES = {"docker": "/run/docker.sock", "podman": "/var/lib/containers/storage"}
# setns(2)
NAMESPACES = {"mnt": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000, "net": 0x40000000}
_PR_SET_KEEPCAPS = 8
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_HEADER = struct.Struct("=Q")
_ANSWER_SIZE = 8 * CONTENT_LIMIT  # JSON may escape a byte of the content to six


def find_containers(system: System, engine: str) -> list[Container]:
    """Every container of the collection that ``engine`` knows, stopped ones included; [] without that engine."""
    if engine == "nspawn":
        names = nspawn_machine.find_names(system, CONTAINER_PREFIX)
        return parse_inspect(json.dumps(list(nspawn_machine.inspect(system, names).values())), engine)
    if not system.has(engine) or not system.stat(_TRACES[engine]):
        return []
    listed = _ask(system, [engine, "ps", "--all", "--quiet", "--no-trunc", "--filter", f"name=^/?{CONTAINER_PREFIX}"])
    ids = listed.split()
    if not ids:
        return []
    return parse_inspect(_ask(system, [engine, "inspect", "--type", "container", *ids]), engine)


def find_all(system: System, engines: Iterable[str] = ENGINES) -> list[Container]:
    """The containers of several engines, in the order of the engines' names."""
    return [one for engine in sorted(engines) for one in find_containers(system, engine)]


def describe(
    system: System, containers: list[Container], witnesses: list[Witness], timeout: float = DEFAULT_TIMEOUT
) -> list[dict[str, Any]]:
    """What a report says about every witness, in order: where it is, what was found there, and as whom."""
    answers = ask(system, containers, witnesses, "read", timeout)
    viewers = {one.app: _viewer(system, one) for one in containers if one.pid}
    return [
        {
            **{name: getattr(one, name) for name in ("app", "engine", "volume", "target", "name", "path")},
            **report(answers[one.key]),
            **({"read_as": viewers[one.app]} if one.app in viewers else {}),
        }
        for one in witnesses
    ]


def _viewer(system: System, container: Container) -> dict[str, Any]:
    identity = read_identity(system, container.pid)
    return {
        "container_id": container.container_id,
        "image": container.image,
        "pid": container.pid,
        "uid": identity.uid,
        "gid": identity.gid,
        "label": identity.label,
    }


def ask(
    system: System, containers: list[Container], witnesses: list[Witness], action: str, timeout: float = DEFAULT_TIMEOUT
) -> dict[str, dict[str, Any]]:
    """Do ``action`` on every witness, one child per container; answers by witness key, as ``do`` gives them.

    A container that does not run or cannot be entered is an answer too: {errno: "", message}.
    """
    answers: dict[str, dict[str, Any]] = {}
    running = {(one.engine, one.app): one for one in containers if one.pid}
    for where in sorted({(one.engine, one.app) for one in witnesses}):
        here = [one for one in witnesses if (one.engine, one.app) == where]
        jobs = [{"action": action, "path": one.path, "content": one.content} for one in here]
        try:
            answers.update(zip([one.key for one in here], _go(system, where, running, jobs, timeout)))
        except HostError as error:
            answers.update({one.key: {"errno": "", "message": str(error)} for one in here})
    return answers


def _go(
    system: System,
    where: tuple[str, str],
    running: dict[tuple[str, str], Container],
    jobs: list[dict[str, Any]],
    timeout: float,
) -> list[Any]:
    engine, app = where
    if not app:
        return stay(jobs, timeout)
    if where not in running:
        raise HostError(f"no container {CONTAINER_PREFIX}{app} runs under {engine} on this host; start it first")
    pid = running[where].pid
    return visit(pid, read_identity(system, pid), jobs, timeout)


def read_identity(system: System, pid: int) -> Identity:
    """Whom the container's main process acts as; the label is empty where SELinux is off."""
    status = system.read(f"/proc/{pid}/status")
    if status is None:
        raise HostError(f"process {pid} has ended: the container stopped while it was looked at; run again")
    selinux = system.read("/sys/fs/selinux/enforce") is not None
    return parse_identity(status, (system.read(f"/proc/{pid}/attr/current") or "") if selinux else "")


def visit(pid: int, identity: Identity, jobs: list[dict[str, Any]], timeout: float = DEFAULT_TIMEOUT) -> list[Any]:
    """Do ``jobs`` inside the container whose main process is ``pid``, as ``identity``; see ``do`` for jobs and answers.

    Raises ProbeTimeout at the limit (the volume's server does not answer) and HostError when the way in is barred.
    """
    return _do_in_child(lambda: enter(pid, identity), jobs, timeout)


def stay(jobs: list[dict[str, Any]], timeout: float = DEFAULT_TIMEOUT) -> list[Any]:
    """Do ``jobs`` on the host itself, as the user the module runs as."""
    return _do_in_child(lambda: None, jobs, timeout)


def do(job: dict[str, Any]) -> dict[str, Any]:
    """One job ({action, path, content, limit}) to its answer: {value} or {errno, message}.

    read gives None or {content, owner, group, mode, label}; write creates and never replaces; remove takes one file
    away, a missing one is fine; attempt creates and at once removes a file, to see whether that is refused; fetch gives
    the bytes of a file of any content, in base64, and refuses one of more than ``limit`` bytes.
    """
    actions: dict[str, Callable[[dict[str, Any]], Any]] = {
        "read": _read,
        "write": _write,
        "remove": _remove,
        "attempt": _attempt,
        "fetch": _fetch,
    }
    try:
        return {"value": actions[job["action"]](job)}
    except OSError as error:
        return {"errno": errno.errorcode.get(error.errno or 0, str(error.errno)), "message": error.strerror}


def _ask(system: System, argv: list[str]) -> str:
    done = call(system, argv[0], argv[1:])
    if done.rc != 0:
        raise HostError(f"{' '.join(argv)} failed ({done.rc}): {(done.err or done.out).strip()}")
    return done.out


def _read(job: dict[str, Any]) -> dict[str, Any] | None:
    try:
        handle = os.open(job["path"], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        os.stat(os.path.dirname(job["path"]))  # a missing directory is a fault, a missing file an answer
        return None
    try:
        found = os.fstat(handle)
        return {
            "content": os.read(handle, CONTENT_LIMIT).decode("utf-8", "replace"),
            "owner": found.st_uid,
            "group": found.st_gid,
            "mode": f"{found.st_mode & 0o7777:04o}",
            "label": _label(handle),
        }
    finally:
        os.close(handle)


def _label(handle: int) -> str:
    try:
        return os.getxattr(handle, "security.selinux").decode().rstrip("\0")
    except OSError:
        return ""


def _write(job: dict[str, Any]) -> None:
    handle = os.open(job["path"], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    try:
        try:
            os.write(handle, job["content"].encode())
            os.fsync(handle)
        finally:
            os.close(handle)  # on NFS a full or broken server may speak up here only
    except OSError:
        _remove(job)
        raise


def _remove(job: dict[str, Any]) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(job["path"])


def _attempt(job: dict[str, Any]) -> bool:
    path = job["path"] + ".attempt"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    os.unlink(path)
    return True


def _fetch(job: dict[str, Any]) -> str:
    # A link leads no further than the container, whose root is ours here; a pipe must not be waited for.
    with os.fdopen(os.open(job["path"], os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        content = file.read(job["limit"] + 1)
    if len(content) > job["limit"]:
        raise OSError(errno.EFBIG, f"it has more than {job['limit']} bytes")
    return base64.b64encode(content).decode()


def _do_in_child(begin: Callable[[], None], jobs: list[dict[str, Any]], timeout: float) -> list[Any]:
    size = _ANSWER_SIZE * (len(jobs) + 1) + 2 * sum(job.get("limit", 0) for job in jobs)
    return list(work_in_child(begin, lambda: [do(job) for job in jobs], timeout, size))


def work_in_child(begin: Callable[[], None], work: Callable[[], Any], timeout: float, size: int) -> Any:
    """What ``work`` answers in a child after ``begin``; JSON of at most ``size`` bytes. Raises as ``visit`` does."""
    memory = mmap.mmap(-1, size)
    pid = os.fork()
    if pid == 0:
        _answer(memory, begin, work)
    try:
        _await(pid, timeout)
    except HostError:
        bury(pid)
        raise
    (size,) = _HEADER.unpack_from(memory)
    if not size:
        raise HostError("the child that looked into the container ended without an answer; see the kernel's log")
    answer = json.loads(memory[_HEADER.size : _HEADER.size + size])
    if "refused" in answer:
        raise HostError(answer["refused"])
    return answer["answer"]


def _answer(memory: mmap.mmap, begin: Callable[[], None], work: Callable[[], Any]) -> None:
    # Nothing may be imported from here on: the image has no Python of ours.
    try:
        os.umask(0o022)
        begin()
        answer: dict[str, Any] = {"answer": work()}
    except HostError as error:
        answer = {"refused": str(error)}
    except BaseException as error:  # the parent must hear of it, whatever it is
        answer = {"refused": repr(error)}
    text = json.dumps(answer).encode()
    memory[_HEADER.size : _HEADER.size + len(text)] = text
    _HEADER.pack_into(memory, 0, len(text))
    os._exit(0)


def _await(pid: int, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        done, dummy_status = os.waitpid(pid, os.WNOHANG)
        if done:
            return
        time.sleep(0.01)
    raise ProbeTimeout(f"no answer from inside the container within {timeout:g} s: is the volume's server reachable?")


def enter(pid: int, identity: Identity, namespaces: Iterable[str] = ("mnt",)) -> None:
    """Become one of the container: in its namespaces and root, with its ids, capabilities and label, for good.

    Of a namespace of processes only later children are members.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        # After setns /proc is the container's, if it has one: open everything first.
        opened = open_namespaces(pid, namespaces)
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY)
        own_label = os.open("/proc/self/attr/current", os.O_RDWR) if identity.label else -1
        capabilities = identity.capabilities if _same_user_namespace(pid) else 0
    except OSError as error:
        raise HostError(f"cannot look into process {pid}: {error.strerror}; is it still running?") from error
    # The root alone shows the same files, but mounts made on the way (NFS crossmnt) need the namespace too.
    join(libc, opened)
    os.fchdir(root)
    os.chroot(".")
    os.setgroups(list(identity.groups))
    os.setresgid(identity.gid, identity.gid, identity.gid)
    _call(libc, "keep capabilities", libc.prctl, *map(ctypes.c_ulong, (_PR_SET_KEEPCAPS, 1, 0, 0, 0)))
    os.setresuid(identity.uid, identity.uid, identity.uid)
    _limit_capabilities(libc, capabilities)
    _call(libc, "give up new privileges", libc.prctl, *map(ctypes.c_ulong, (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
    if identity.label:
        _take_label(own_label, identity.label)


def open_namespaces(pid: int, names: Iterable[str]) -> dict[str, int]:
    """{name: descriptor} of namespaces of a process."""
    return {name: os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in names}


def join(libc: ctypes.CDLL, opened: Mapping[str, int]) -> None:
    """Move this process into opened namespaces; HostError when it may not."""
    for name, namespace in opened.items():
        _call(libc, f"enter the namespace {name}", libc.setns, namespace, NAMESPACES[name])


def _same_user_namespace(pid: int) -> bool:
    # In another user namespace the container's capabilities mean nothing to the host's files.
    return os.readlink(f"/proc/{pid}/ns/user") == os.readlink("/proc/self/ns/user")


def _call(libc: ctypes.CDLL, what: str, function: Any, *args: Any) -> None:
    if function(*args) != 0:
        raise HostError(f"cannot {what}: {os.strerror(ctypes.get_errno())}; the module must run as root")


def _limit_capabilities(libc: ctypes.CDLL, wanted: int) -> None:
    # capset(2): header {version, pid}, then {effective, permitted, inheritable} for capabilities 0-31 and 32-63.
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    low, high = wanted & 0xFFFFFFFF, wanted >> 32
    _call(libc, "limit capabilities", libc.capset, header, struct.pack("=6I", low, low, 0, high, high, 0))


def _take_label(own_label: int, label: str) -> None:
    before = os.read(own_label, 4096).decode().rstrip("\0\n")
    try:
        os.pwrite(own_label, label.encode(), 0)
    except OSError as error:
        source, target = before.split(":")[2], label.split(":")[2]
        raise HostError(
            f"SELinux does not let {before} become {label} ({error.strerror}); the policy lacks "
            f"(allow {source} self (process (setcurrent))) or (allow {source} {target} (process (dyntransition))): "
            "run the role holdfast.volumes.selinux on this host"
        ) from error
