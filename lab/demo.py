"""The demo: a fleet from nothing to its certificate, with what each step took."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import converge, fleet
from .paths import PROJECT, LabError, say

HOSTS = ["nfs1", "app1", "app2"]
CERTIFICATE = PROJECT / "certificate"


def run(name: str) -> None:
    """Boot the fleet, converge it, prove it; the fleet stays up for a look around."""
    begin = time.monotonic()
    took = [("fleet started", _timed(lambda: fleet.up(name, HOSTS)))]
    known = fleet.find(name)
    if known is None:
        raise LabError(f"fleet {name} has no record")
    took.append(("playbooks/site.yml", _timed(lambda: converge.play("site", known.inventory))))
    files = PROJECT / "lab/demo"
    words = [f"@{files / 'vars.yml'}", f"lab_demo_files={files}", f"holdfast_certificate_dir={CERTIFICATE}"]
    extra = [word for value in words for word in ("-e", value)]
    took.append(("playbooks/prove.yml", _timed(lambda: converge.play("prove", known.inventory, extra))))
    print((CERTIFICATE / "certificate.txt").read_text())
    for what, seconds in took:
        say(f"{what:<20} {seconds:>5.0f} s")
    say(f"{'all':<20} {time.monotonic() - begin:>5.0f} s")
    say(f"the certificate: {CERTIFICATE / 'certificate.html'} (and .json, .xml, .txt)")
    say("the fleet is still up: make lab-ssh HOST=app1; put it away with: make demo-down")


def _timed(step: Callable[[], object]) -> float:
    begin = time.monotonic()
    step()
    return time.monotonic() - begin
