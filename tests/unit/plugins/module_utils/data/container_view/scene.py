"""A stand-in container and a look into it: prints the answers to the jobs of the order, both JSON.

The stand-in has a mount namespace and a root of its own (pivot_root), bound directories, ids and capabilities, like
the main process of a container whose image holds no program at all. Needs root; order on standard input:
{root, binds: [{source, target, read_only}], uid, gid, groups, capabilities, jobs}.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from dataclasses import asdict

from ansible_collections.holdfast.volumes.plugins.module_utils import container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, BIND, REMOUNT, READ_ONLY, RECURSIVE, PRIVATE, DETACH = 0x20000, 0x1000, 0x20, 0x1, 0x4000, 0x40000, 2


def call(function, *args):
    if function(*args) != 0:
        raise OSError(ctypes.get_errno(), function.__name__)


def mount(source, target, flags):
    call(LIBC.mount, source.encode(), target.encode(), None, ctypes.c_ulong(flags), None)


def become_container(order):
    call(LIBC.unshare, NEWNS)
    mount("none", "/", RECURSIVE | PRIVATE)
    mount(order["root"], order["root"], BIND)
    for bind in order["binds"]:
        target = order["root"] + bind["target"]
        mount(bind["source"], target, BIND)
        if bind["read_only"]:
            mount("none", target, BIND | REMOUNT | READ_ONLY)
    os.chdir(order["root"])
    call(LIBC.pivot_root, b".", b".")
    call(LIBC.umount2, b".", DETACH)
    os.chdir("/")
    os.setgroups(order["groups"])
    os.setresgid(order["gid"], order["gid"], order["gid"])
    call(LIBC.prctl, 8, 1, 0, 0, 0)
    os.setresuid(order["uid"], order["uid"], order["uid"])
    container_view._limit_capabilities(LIBC, order["capabilities"])


def look(order, pid):
    identity = container_view.read_identity(System(), pid)
    before = os.readlink("/proc/self/ns/mnt")
    watch_namespace()
    answers = container_view.visit(pid, identity, order["jobs"])
    inside = [answer.pop("namespace") == os.readlink(f"/proc/{pid}/ns/mnt") for answer in answers]
    assert os.readlink("/proc/self/ns/mnt") == before, "the parent left its own namespace"
    return {"answers": answers, "identity": asdict(identity), "inside": inside}


def watch_namespace():
    proc, original = os.open("/proc", os.O_PATH), container_view.do
    container_view.do = lambda job: {**original(job), "namespace": os.readlink("self/ns/mnt", dir_fd=proc)}


def main():
    order = json.load(sys.stdin)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        become_container(order)
        os.write(writer, b"ready")
        os.close(writer)
        signal.pause()
    os.close(writer)
    try:
        assert os.read(reader, 5) == b"ready"
        print(json.dumps(look(order, pid)))
    except HostError as error:
        print(json.dumps({"refused": str(error)}))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


main()
