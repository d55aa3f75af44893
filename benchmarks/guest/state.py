"""Read on a guest what a benchmark compares, and print it as JSON. Sent to its Python through ssh; reads files only."""

import glob
import json
import os
import re

STORE, PARENT = "/srv/volumes", "/srv/holdfast"
CONTEXTS = "/etc/selinux/default/contexts/files/file_contexts.local"
# What differs between two runs although nothing is different.
VARYING = ("clientaddr=", "addr=", "port=")


def text(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def directories():
    found = {path: os.lstat(path) for path in glob.glob(f"{STORE}/*")}
    return {path: [one.st_uid, one.st_gid, f"{one.st_mode & 0o7777:04o}"] for path, one in found.items()}


def exports():
    # /srv/volumes/v000\t10.77.0.21(rw,sync,...)
    found = {}
    for path, client, options in re.findall(r"^(\S+)\s+([^\s(]+)\(([^)]*)\)", text("/var/lib/nfs/etab"), re.M):
        found.setdefault(path, {})[client] = sorted(options.split(","))
    return found


def mounts():
    # 90 25 0:45 / /srv/holdfast/v000 rw,nosuid shared:1 - nfs4 10.77.0.11:/srv/volumes/v000 rw,vers=4.2
    found = {}
    for line in text("/proc/self/mountinfo").splitlines():
        left, dummy, right = line.partition(" - ")
        fields, (kind, source, options) = left.split(), right.split(" ", 2)
        if fields[4].startswith(f"{PARENT}/"):
            kept = [word for word in f"{fields[5]},{options}".split(",") if not word.startswith(VARYING)]
            found[fields[4]] = {"source": source, "fstype": kind, "options": sorted(set(kept))}
    return found


def contexts():
    # /srv/holdfast/v000(/.*)?    system_u:object_r:container_file_t:s0:c0,c1
    lines = [line.split() for line in text(CONTEXTS).splitlines() if line.strip() and not line.startswith("#")]
    return {" ".join(words[:-1]): words[-1] for words in lines}


def after_boot():
    """What a boot will mount: lines of fstab and mount units that are enabled."""
    found = {}
    for words in map(str.split, text("/etc/fstab").splitlines()):
        if len(words) > 3 and words[1].startswith(f"{PARENT}/") and "noauto" not in words[3].split(","):
            found[words[1]] = words[0]
    for path in glob.glob("/etc/systemd/system/*.wants/*.mount"):
        unit = dict(re.findall(r"^(What|Where)=(.*)$", text(path), re.M))
        if unit.get("Where", "").startswith(f"{PARENT}/"):
            found[unit["Where"]] = unit["What"]
    return found


def policy_modules():
    paths = glob.glob("/var/lib/selinux/default/active/modules/*/holdfast*")
    return {os.path.basename(path): True for path in paths}


def versions():
    # -3 +4 -4.0 +4.1 +4.2
    return dict.fromkeys(text("/proc/fs/nfsd/versions").split(), True)


kinds = (directories, exports, mounts, contexts, after_boot, policy_modules, versions)
print(json.dumps({read.__name__: read() for read in kinds}))
