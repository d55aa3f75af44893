"""The demo: a fleet from nothing to its certificate, with what each step took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from . import converge, fleet
from .paths import PROJECT, say

HOSTS = list(converge.TRIO)
CERTIFICATE = PROJECT / "certificate"
T = TypeVar("T")


def run(name: str) -> None:
    """Boot the fleet and converge it, or take it from the cache as that left it; run site.yml, which then finds nothing
    to do, and prove; the fleet stays up for a look around."""
    begin = time.monotonic()
    took: list[tuple[str, float]] = []
    state = _timed(took, "converged or cached", lambda: converge.ensure(HOSTS))
    started = _timed(took, "fleet started", lambda: fleet.up(name, HOSTS, state))
    _timed(took, "site.yml once more", lambda: converge.play("site", started.inventory))
    files = PROJECT / "lab/demo"
    words = [f"@{files / 'vars.yml'}", f"lab_demo_files={files}", f"holdfast_certificate_dir={CERTIFICATE}"]
    extra = [word for value in words for word in ("-e", value)]
    _timed(took, "prove.yml", lambda: converge.play("prove", started.inventory, extra))
    print((CERTIFICATE / "certificate.txt").read_text())
    for what, seconds in took:
        say(f"{what:<20} {seconds:>5.0f} s")
    say(f"{'all':<20} {time.monotonic() - begin:>5.0f} s")
    say(f"the certificate: {CERTIFICATE / 'certificate.html'} (and .json, .xml, .txt)")
    say("the fleet is still up: make lab-ssh HOST=app1; put it away with: make demo-down")


def _timed(took: list[tuple[str, float]], what: str, step: Callable[[], T]) -> T:
    begin = time.monotonic()
    result = step()
    took.append((what, time.monotonic() - begin))
    return result
