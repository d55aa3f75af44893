"""The guests of a benchmark: a fleet of the lab, from a saved state that has what the benchmark needs, and its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab import fleet
from lab.fleet import Fleet
from lab.paths import LabError, digest, say

FLEET = "bench"
RULES = "/run/udev/rules.d"  # comes before those of packages, and is gone after a boot


def guard(work: Callable[[], None]) -> None:
    """Do the work of a benchmark; an expected error becomes one line, and however it ends no guest outlives it."""
    signal.signal(signal.SIGTERM, lambda *dummy: sys.exit(143))
    try:
        work()
    except (LabError, ValueError) as error:
        say(f"error: {error}")
        sys.exit(1)
    finally:
        stop()


def warn_of_others() -> None:
    """Say that other guests take the processor away; each sample says so, too."""
    others = [found.name for found in fleet.running() if found.name != FLEET]
    if others:
        say(f"other fleets run ({', '.join(others)}): the figures will be worth little, and will say so")


def prepare(hosts: list[str], packages: Mapping[str, Sequence[str]]) -> str:
    """The saved state ``booted`` with further packages on some hosts, made when it is not there."""
    state = f"benchmark-{digest([], str(packages))}"
    if not fleet.is_saved(state, hosts):
        found = fleet.up(FLEET, hosts)
        for host, names in packages.items():
            _install(found, host, names)
        fleet.save(found, state)
        stop()
    return state


def _install(found: Fleet, host: str, packages: Sequence[str]) -> None:
    say(f"installing {', '.join(packages)} on {host}")
    words = f"install -qq -y --no-install-recommends {' '.join(packages)}"
    tell(found, host, f"export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get {words}", 1800)


def start(hosts: list[str], state: str) -> Fleet:
    """Start the fleet anew from a saved state."""
    found = fleet.up(FLEET, hosts, state)
    for host in hosts:
        # The saved package lists are as old as the state: nobody shall fetch new ones while it is measured. And Python
        # shall compile the modules of Ansible for every task, as it does on other hosts.
        tell(found, host, "touch -c /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp")
        tell(found, host, "rm -rf /var/cache/lab-python")
        # udev starts nfsrahead for each mount, and that reads all mounts: milliseconds, but a minute for 50 of them on
        # an emulated processor, after the step that mounted them.
        tell(found, host, f"mkdir -p {RULES} && ln -s /dev/null {RULES}/99-nfs.rules && udevadm control --reload")
    return found


def stop() -> None:
    """End the fleet; none is fine."""
    fleet.down(FLEET)


def ask(found: Fleet, host: str, script: Path, *words: str, timeout: float | None = None) -> Any:
    """Run a Python script on a guest and return the JSON that it prints."""
    argv = [*fleet.ssh_words(found.machine(host)), " ".join(["python3", "-", *words])]
    done = subprocess.run(argv, input=script.read_text(), capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise LabError(f"{script.name} failed on {host} ({done.returncode}): {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def tell(found: Fleet, host: str, command: str, timeout: float | None = None) -> str:
    """Run a shell command on a guest; its standard output, LabError when it fails."""
    done = fleet.ssh(found.machine(host), command, timeout)
    if done.returncode:
        raise LabError(f"{command[:200]} failed on {host} ({done.returncode}): {done.stderr.strip()[-2000:]}")
    return done.stdout
