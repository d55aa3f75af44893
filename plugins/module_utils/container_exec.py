# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A command inside a running container of ours, by the exec of its engine; systemd-nspawn has none, so it has one here.

Its programs get the namespaces, ids, label and environment of the container's first process, no new privileges and no
capability that the process does not have. Their output goes through pipes that are made under that label, since a
confined process may not write to those of an ssh session.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.container_view import (
    enter,
    read_identity,
    work_in_child,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import call
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container

OUTPUT_LIMIT = 1 << 20
_PR_SET_PDEATHSIG = 1
_SEARCH = "/usr/local/bin:/usr/bin:/bin"


def execute(system: System, container: Container, words: Sequence[str], timeout: float) -> Completed:
    """Run ``words`` in a running container, without a shell; of each output the first OUTPUT_LIMIT characters are kept.

    Raises ProbeTimeout at the limit; the command may then go on until the container is stopped.
    """
    if container.engine != "nspawn":
        done = call(system, container.engine, ["exec", CONTAINER_PREFIX + container.app, *words], timeout)
        return Completed(done.rc, done.out[:OUTPUT_LIMIT], done.err[:OUTPUT_LIMIT])
    environment = parse_environment(system.read(f"/proc/{container.pid}/environ") or "")
    identity = read_identity(system, container.pid)
    namespaces = ("uts", "ipc", "net", "pid", "mnt")
    answer = work_in_child(
        lambda: enter(container.pid, identity, namespaces),
        lambda: run(words, environment),
        timeout,
        16 * OUTPUT_LIMIT,  # JSON writes a character in up to six bytes
    )
    return Completed(answer["rc"], answer["out"], answer["err"])


def parse_environment(text: str) -> dict[str, str]:
    """From the text of /proc/PID/environ (proc_pid_environ(5))."""
    return dict(entry.partition("=")[::2] for entry in text.split("\0") if "=" in entry)


def run(words: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run ``words`` as a child of this process, which may be one of a container: {rc, out, err}."""
    out, err = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(words, environment, out[1], err[1])
    os.close(out[1])
    os.close(err[1])
    texts = _drain({out[0]: "out", err[0]: "err"})
    status = os.waitpid(pid, 0)[1]
    rc = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return {"rc": rc, **{name: text.decode(errors="replace") for name, text in texts.items()}}


def _become(words: Sequence[str], environment: Mapping[str, str], out: int, err: int) -> None:
    try:
        # Killed at the time limit, the parent takes it along.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, *map(ctypes.c_ulong, (signal.SIGKILL, 0, 0, 0)))
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and that is inherited
        os.setsid()
        os.chdir("/")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.execvpe(words[0], list(words), {"PATH": _SEARCH, **environment})
    except OSError as error:
        os.write(err, f"cannot run {words[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _drain(pipes: Mapping[int, str]) -> dict[str, bytes]:
    """What comes out of every pipe until all are closed; what exceeds the limit is thrown away."""
    texts = dict.fromkeys(pipes.values(), b"")
    waiting = set(pipes)
    while waiting:
        for pipe in select.select(list(waiting), [], [])[0]:
            chunk = os.read(pipe, 65536)
            texts[pipes[pipe]] = (texts[pipes[pipe]] + chunk)[:OUTPUT_LIMIT]
            if not chunk:
                waiting.remove(pipe)
    return texts
