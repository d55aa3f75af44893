"""Run commands in a stand-in container with namespaces of its own; prints [rc, out, err] of each, as JSON.

Needs root; order on standard input: {uid, gid, capabilities, environment, commands, timeout}.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys

from ansible_collections.holdfast.volumes.plugins.module_utils import container_exec, container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container

LIBC = ctypes.CDLL(None, use_errno=True)


def be_first(order, ready):
    """The first process of a namespace of processes, with the environment of a container."""
    LIBC.mount(b"none", b"/", None, ctypes.c_ulong(0x44000), None)
    LIBC.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(0), None)
    LIBC.sethostname(b"inside", 6)
    os.setgroups([])
    os.setresgid(order["gid"], order["gid"], order["gid"])
    LIBC.prctl(8, 1, 0, 0, 0)
    os.setresuid(order["uid"], order["uid"], order["uid"])
    container_view._limit_capabilities(LIBC, order["capabilities"])
    LIBC.prctl(38, *map(ctypes.c_ulong, (1, 0, 0, 0)))  # as every container of ours has it
    os.dup2(ready, 9)
    os.execve("/bin/sh", ["sh", "-c", "printf x >&9; sleep 600; exit"], order["environment"])


def start(order):
    reader, writer = os.pipe()
    supervisor = os.fork()
    if supervisor == 0:
        try:
            assert LIBC.unshare(0x20000 | 0x4000000 | 0x8000000 | 0x20000000) == 0
            first = os.fork()
            if first == 0:
                be_first(order, writer)
            os.close(writer)
            os.waitpid(first, 0)
        finally:
            os._exit(0)
    os.close(writer)
    assert os.read(reader, 1) == b"x"
    with open(f"/proc/{supervisor}/task/{supervisor}/children", encoding="utf-8") as children:
        return supervisor, int(children.read().split()[0])


def main():
    order = json.load(sys.stdin)
    supervisor, first = start(order)
    container = Container("box", "nspawn", "1", first, "x", ())
    try:
        for words in order["commands"]:
            done = container_exec.execute(System(), container, words, order["timeout"])
            print(json.dumps([done.rc, done.out, done.err]))
    except HostError as error:
        print(json.dumps({"refused": str(error)}))
    finally:
        os.kill(first, signal.SIGKILL)
        os.waitpid(supervisor, 0)


main()
