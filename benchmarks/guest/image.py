"""Make of fio and what it needs a root file system, on a guest: a tar for systemd-nspawn, an image for the engines.

So the very same program and libraries run in every container and on the bare mount.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

TARGET, JOBS, NAME = "/srv/images", sys.argv[1], sys.argv[2]
PROGRAMS = ("/usr/bin/fio", "/usr/bin/dash", "/usr/bin/sleep", "/usr/bin/getent")
DIRECTORIES = "data dev etc proc root run srv sys tmp usr usr/bin usr/lib usr/lib64 var".split()
LINKS = {"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64", "usr/bin/sh": "dash"}
FILES = ("etc/hosts", "etc/passwd", "etc/resolv.conf", "etc/os-release")


def libraries(program):
    # libaio.so.1t64 => /lib/x86_64-linux-gnu/libaio.so.1t64 (0x00007f...) or /lib64/ld-linux-x86-64.so.2 (0x...)
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def collect(root):
    """Fill a directory that is not there yet."""
    for name in DIRECTORIES:
        os.makedirs(f"{root}/{name}", exist_ok=True)
    os.chmod(f"{root}/tmp", 0o1777)
    for name, target in LINKS.items():
        os.symlink(target, f"{root}/{name}")
    for name in FILES:
        with open(f"{root}/{name}", "w"):
            pass
    shutil.copy(JOBS, f"{root}/volume.fio")
    wanted = {*PROGRAMS, *(path for program in PROGRAMS for path in libraries(program))}
    for path in wanted:
        # /lib/x86_64-linux-gnu/libc.so.6 and /usr/lib/x86_64-linux-gnu/libc.so.6 are one, here as there.
        place = f"{root}{path}"
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(path, place)


def pack(root, path):
    with tarfile.open(path, "w") as tar:
        tar.add(root, ".")
    with open(path, "rb") as file:
        return file.read()


def save(layer, path):
    """The image as ``docker save`` writes one."""
    digest = hashlib.sha256(layer).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "config": {}}
    config["rootfs"] = {"type": "layers", "diff_ids": [f"sha256:{digest}"]}
    text = json.dumps(config).encode()
    name = f"{hashlib.sha256(text).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [NAME], "Layers": [f"{digest}/layer.tar"]}]
    with tarfile.open(path, "w") as tar:
        parts = ((name, text), (f"{digest}/layer.tar", layer), ("manifest.json", json.dumps(manifest).encode()))
        for member, content in parts:
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


os.makedirs(TARGET, exist_ok=True)
collect(f"{TARGET}/root")
layer = pack(f"{TARGET}/root", f"{TARGET}/fio-root.tar")
save(layer, f"{TARGET}/fio-image.tar")
shutil.rmtree(f"{TARGET}/root")
print(json.dumps({"root": f"{TARGET}/fio-root.tar", "image": f"{TARGET}/fio-image.tar", "bytes": len(layer)}))
