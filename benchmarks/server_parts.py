"""What grows with the number of volumes on one server and on one client: loading exports, mounting at boot."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab import fleet
from lab.fleet import Fleet
from lab.paths import PROJECT, LabError, say

from . import contestants, guests, measure, volumes
from .results import Results
from .volumes import CLIENT, CLIENT_ADDRESS, SERVER, STORE

FILES = PROJECT / "benchmarks"


def run_exports(results: Results, state: str, work: Path) -> None:
    """Many exports: loaded in one go, looked at without a change, loaded again with one change; by exportfs alone."""
    count = results.data["settings"]["exports"]
    found = guests.start([SERVER], state)
    guests.tell(found, SERVER, "systemctl start nfs-server.service", 300)
    if guests.ask(found, SERVER, FILES / "guest/directories.py", str(count)) != count:
        raise LabError(f"{SERVER} has other directories in {STORE} than the {count} that were made")
    for turn in range(results.data["settings"]["repeats"]):
        for step, exports in _plan_exports(count).items():
            say(f"{len(exports)} exports, turn {turn + 1}: {step}")
            sample = _load(found, exports, work)
            if step != "emptied":
                results.add(part="exports", step=step, turn=turn, exports=count, **sample)
            if step == "one changed":
                results.add(part="exports", step="exportfs", turn=turn, exports=count, **_load_alone(found, count))
    guests.stop()


def _plan_exports(count: int) -> dict[str, list[dict[str, Any]]]:
    whole = [_export(number, "rw") for number in range(count)]
    changed = [*whole[:-1], _export(count - 1, "ro")]
    return {"loaded": whole, "unchanged": whole, "one changed": changed, "emptied": []}


def _export(number: int, access: str) -> dict[str, Any]:
    options = [access, "sync", "no_subtree_check", "all_squash", f"anonuid={number}", f"anongid={number}", "sec=sys"]
    return {"path": f"{STORE}/{number:05}", "clients": [{"host": CLIENT_ADDRESS, "options": options}]}


def _load(found: Fleet, exports: list[dict[str, Any]], work: Path) -> dict[str, Any]:
    """By the module, through a playbook."""
    path = work / "exports.json"
    path.write_text(json.dumps({"exports": exports}))
    words = ["ansible-playbook", "-i", str(found.inventory), "-e", f"@{path}", str(FILES / "server/exports.yml")]
    usage, play = measure.play(words, work, work / "exports.log")
    (module,) = (one for row in play.profile for one in row["modules"])
    return {**asdict(usage), "module_seconds": module["seconds"], "changed": play.changed}


def _load_alone(found: Fleet, count: int) -> dict[str, Any]:
    """The same file once more, by exportfs."""
    answer = guests.ask(found, SERVER, FILES / "guest/load.py")
    if answer["served"] != count:
        raise LabError(f"{SERVER} serves {answer['served']} exports instead of {count}")
    return {"module_seconds": answer["seconds"]}


def run_boot(results: Results, state: str, work: Path) -> None:
    """The boot of a client with many volumes, beside that of the same client without any."""
    most = results.data["settings"]["volumes"]
    for count in (0, most):
        found = guests.start([SERVER, CLIENT], state)
        if count:
            wanted = volumes.want(count)
            measure.play(contestants.collection(found, wanted, work), work, work / "boot.log")
        for turn in range(results.data["settings"]["repeats"]):
            say(f"boot with {count} volumes, turn {turn + 1}")
            results.add(part="boot", volumes=count, turn=turn, **_boot(found, count))
        guests.stop()


def _boot(found: Fleet, count: int) -> dict[str, float]:
    """Seconds from power on to the kernel's start, and from there to log-in, to all mounts and to the last unit."""
    guest = found.machine(CLIENT)
    guests.tell(found, CLIENT, "sync")
    fleet.power(found, guest, "off")
    begin = time.monotonic()
    fleet.power(found, guest, "on")
    fleet.wait(found)
    answer = guests.ask(found, CLIENT, FILES / "guest/mounted.py", str(count))
    kernel = time.monotonic() - begin - answer["uptime"]
    return {"kernel": kernel, **{key: answer[key] for key in ("login", "mounted", "multi_user")}}
