"""What a volume gives: by threads of the server and options of the client, and inside containers beside the bare mount.

Every figure is of fio (four threads, no page cache) and of a loop over small files, on guests of one processor each: it
says what a choice changes, not what a server of yours will do.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from lab import fleet, registry
from lab.fleet import Fleet
from lab.paths import PROJECT, LabError, say

from . import guests, measure
from .results import Results
from .volumes import CLIENT, CLIENT_ADDRESS, SERVER, SERVER_ADDRESS, STORE

FILES = PROJECT / "benchmarks"
POINT = "/mnt/benchmark"
JOBS = "/var/tmp/volume.fio"
EXPORTS = "/etc/exports.d"
# One thing at a time is other than the first line.
CHOICES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("as usual", "", {}),
    ("nfsd threads", "1", {"threads": 1}),
    ("nfsd threads", "2", {"threads": 2}),
    ("nfsd threads", "16", {"threads": 16}),
    ("nfsd threads", "64", {"threads": 64}),
    ("nconnect", "2", {"options": "nconnect=2"}),
    ("nconnect", "4", {"options": "nconnect=4"}),
    # A server of 1 GiB offers no more than 128 KiB.
    ("rsize and wsize", "16 KiB", {"options": "rsize=16384,wsize=16384"}),
    ("rsize and wsize", "64 KiB", {"options": "rsize=65536,wsize=65536"}),
    ("attributes", "actimeo=60", {"options": "actimeo=60"}),
    ("attributes", "noac", {"options": "noac"}),
    ("attributes", "lookupcache=positive", {"options": "lookupcache=positive"}),
    ("attributes", "lookupcache=none", {"options": "lookupcache=none"}),
)
THREADS = 8
ENGINES = ("podman", "docker", "nspawn")
SUBJECT = "data"
# Engines pull from the lab's registry, as in its demo; guests reach it where the machine's loopback is for them.
REGISTRY = f"10.0.2.2:{registry.PORT}"
IMAGE = "benchmark-fio:1"


def run_options(results: Results, state: str, work: Path) -> None:
    """Every choice in turn, and that as often as wanted."""
    settings = results.data["settings"]
    found = guests.start([SERVER, CLIENT], state)
    export = f"{STORE}/{SUBJECT} {CLIENT_ADDRESS}(rw,sync,no_subtree_check,no_root_squash)"
    guests.tell(found, SERVER, f"mkdir -p {STORE}/{SUBJECT} {EXPORTS} && echo '{export}' > {EXPORTS}/benchmark.exports")
    guests.tell(found, SERVER, "systemctl start nfs-server.service && exportfs -ra", 300)
    _send_jobs(found)
    for turn in range(settings["repeats"]):
        for choice, value, changes in CHOICES:
            say(f"{choice} {value}, turn {turn + 1}")
            guests.tell(found, SERVER, f"echo {changes.get('threads', THREADS)} > /proc/fs/nfsd/threads")
            with _mounted(found, changes.get("options", "")):
                figures = {**_run_fio(found, settings, POINT), **_run_metadata(found, settings["files"])}
            results.add(part="options", choice=choice, value=value, turn=turn, **figures)
    guests.stop()


@contextmanager
def _mounted(found: Fleet, options: str) -> Iterator[None]:
    source = f"{SERVER_ADDRESS}:{STORE}/{SUBJECT}"
    words = ",".join(filter(None, ["nfsvers=4.2,hard", options]))
    guests.tell(found, CLIENT, f"mkdir -p {POINT} && mount -t nfs4 -o {words} {source} {POINT}", 120)
    # Options that the kernel took from an older mount of the same server would be measured as if they were these.
    live = guests.tell(found, CLIENT, f"findmnt -n -o OPTIONS {POINT}").strip().split(",")
    missing = [word for word in options.split(",") if word and not _is_live(word, live)]
    if missing:
        raise LabError(f"the mount has no {', '.join(missing)} but {','.join(live)}")
    yield
    guests.tell(found, CLIENT, f"umount {POINT}", 120)


def _is_live(word: str, live: list[str]) -> bool:
    # nfs(5): actimeo stands for four options; positive and none are shown as pos and none.
    if word.startswith("actimeo="):
        return f"acregmin={word[8:]}" in live or word in live
    return any(option.startswith(word[:15]) for option in live) if word.startswith("lookupcache") else word in live


def _send_jobs(found: Fleet) -> None:
    text = (FILES / "guest/volume.fio").read_text()
    guests.tell(found, CLIENT, f"cat > {JOBS} <<'end'\n{text}end")


def _environment(settings: dict[str, Any], directory: str) -> dict[str, str]:
    return {"DIRECTORY": directory, "SIZE": settings["size"], "RUNTIME": str(settings["runtime"])}


def _run_fio(found: Fleet, settings: dict[str, Any], directory: str) -> dict[str, float]:
    words = " ".join(f"{key}={value}" for key, value in _environment(settings, directory).items())
    return parse_fio(guests.tell(found, CLIENT, f"{words} fio --output-format=json {JOBS}", 900))


def _run_metadata(found: Fleet, files: int) -> dict[str, float]:
    answer = guests.ask(found, CLIENT, FILES / "guest/metadata.py", POINT, str(files), timeout=900)
    return {f"{name}_per_second": value for name, value in answer.items()}


def parse_fio(text: str) -> dict[str, float]:
    """{job_mib: MiB a second, job_ms: mean latency, job_p99_ms} of each job, from the JSON of fio; it may say more."""
    figures = {}
    for job in json.loads(text[text.index("{") :])["jobs"]:
        side = job["write" if "write" in job["jobname"] else "read"]
        name = job["jobname"]
        if job["error"] or not side["total_ios"]:
            raise LabError(f"fio did nothing in {name} (error {job['error']})")
        figures[f"{name}_mib"] = side["bw_bytes"] / 2**20
        figures[f"{name}_ms"] = side["clat_ns"]["mean"] / 1e6
        figures[f"{name}_p99_ms"] = side["clat_ns"]["percentile"]["99.000000"] / 1e6
    return figures


def run_containers(results: Results, state: str, work: Path) -> None:
    """The same jobs on the same files: on the bare mount and, by the playbook `ops`, in a container of each engine."""
    settings = results.data["settings"]
    found = guests.start([SERVER, CLIENT], state)
    _send_jobs(found)
    made = guests.ask(found, CLIENT, FILES / "guest/image.py", JOBS, IMAGE, timeout=900)
    _push(found, made["image"], work / "fio-image.tar")
    inventory = _write_inventory(work / "containers", settings, made["root"])
    base = ["ansible-playbook", "-i", str(found.inventory), "-i", str(inventory)]
    measure.play([*base, "holdfast.volumes.site"], work, work / "containers.log")
    places = ["bare", *settings["engines"]]
    for turn in range(settings["container_repeats"]):
        # Each is first in its turn: whoever comes first finds other caches of the server than the last.
        for place in places[turn % len(places) :] + places[: turn % len(places)]:
            say(f"volume in {place}, turn {turn + 1}")
            before = _read_time(found)
            if place == "bare":
                figures = _run_fio(found, settings, f"/srv/holdfast/{SUBJECT}")
            else:
                figures = _operate(base, place, work)
            if _read_time(found) <= before:
                raise LabError(f"fio in {place} wrote no file of the volume on the server")
            results.add(part="containers", place=place, turn=turn, **figures)
    guests.stop()


def _push(found: Fleet, image: str, copy: Path) -> None:
    """Take the image that was made on the guest into the registry."""
    with copy.open("wb") as out:
        subprocess.run([*fleet.ssh_words(found.machine(CLIENT)), f"cat {image}"], stdout=out, check=True)
    target = f"docker://127.0.0.1:{registry.PORT}/{IMAGE}"
    words = ["skopeo", "copy", "-q", "--insecure-policy", "--dest-tls-verify=false", f"docker-archive:{copy}", target]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(words)} failed: {done.stderr.strip()}")


def _write_inventory(directory: Path, settings: dict[str, Any], root: str) -> Path:
    images: dict[str, Any] = dict.fromkeys(ENGINES, f"{REGISTRY}/{IMAGE}")
    images["nspawn"] = {"name": "fio", "archive": root}
    app = {
        "hosts": CLIENT,
        "user": "1000:1000",
        "command": ["sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait"],
        "environment": _environment(settings, "/data"),
        "tmpfs": ["/tmp"],
        "start": "on_demand",
        "volumes": [f"{SUBJECT}:/data"],
    }
    files: dict[str, Any] = {
        "group_vars/all.yml": {"container_host_insecure_registries": [REGISTRY]},
        "hosts.yml": {
            "all": {
                "hosts": {SERVER: {"holdfast_address": SERVER_ADDRESS}, CLIENT: {"holdfast_address": CLIENT_ADDRESS}}
            }
        },
        "volumes.holdfast.yml": {
            "plugin": "holdfast.volumes.catalogue",
            "stores": {"main": {"type": "nfs_server", "host": SERVER, "path": STORE}},
            "volumes": {SUBJECT: {"store": "main", "owner": 1000}},
            "apps": {engine: {"engine": engine, "image": images[engine], **app} for engine in settings["engines"]},
        },
    }
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(yaml.safe_dump(content, sort_keys=False))
    return directory


def _operate(base: list[str], app: str, work: Path) -> dict[str, float]:
    words = {
        "app": app,
        "holdfast_ops_run": ["fio", "--output-format=json", "/volume.fio"],
        "holdfast_ops_writes": True,
        "holdfast_ops_dir": str(work / "operations"),
    }
    measure.play([*base, "-e", json.dumps(words), "holdfast.volumes.ops"], work, work / "operations.log")
    return parse_fio((work / "operations" / app / CLIENT / "stdout.txt").read_text())


def _read_time(found: Fleet) -> float:
    """When the newest of fio's files changed, as the server has it; 0 when there are none."""
    command = f"stat -c %.Y {STORE}/{SUBJECT}/fio-* 2>/dev/null | sort -n | tail -1"
    return float(guests.tell(found, SERVER, command).strip() or 0)
