"""Try what root of this host can do with volumes: attempt.py SERVER PATH... prints {path: {way: access}} as JSON.

Each is tried on the disk, where the path is there, and through a mount of its own, which the server allows or not.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile

OPTIONS = "nfsvers=4.2,soft,timeo=100,retrans=1,nosharecache,rw"


def try_directory(path):
    """What can be done in a directory; what is written there is taken away again."""
    probe = os.path.join(path, f".who-can-{os.getpid()}")
    try:
        with open(probe, "x") as file:
            file.write("x")
        os.remove(probe)
        return "write"
    except OSError:
        pass
    with contextlib.suppress(OSError):
        os.listdir(path)
        return "read"
    return "none"


def try_mount(server, path):
    """The same through a mount of the server's export."""
    with tempfile.TemporaryDirectory(dir="/run") as point:
        words = ["mount", "-t", "nfs4", "-o", OPTIONS, f"{server}:{path}", point]
        if subprocess.run(words, check=False, capture_output=True).returncode:
            return "none"
        try:
            return try_directory(point)
        finally:
            subprocess.run(["umount", point], check=True)


def main():
    server, *paths = sys.argv[1:]
    found = {}
    for path in paths:
        ways = {"export": try_mount(server, path)}
        if os.path.isdir(path):
            ways["disk"] = try_directory(path)
        found[path] = {way: access for way, access in ways.items() if access != "none"}
    print(json.dumps(found))


main()
