"""What ``playbooks/site.yml`` makes of a booted fleet, saved and kept by content.

First comes ``ready``, with engines, a server and no app; from there ``converged``, with all of the example inventory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import containers, fleet
from .paths import CACHE, PROJECT, LabError, digest, locked, timed

TRIO = ("nfs1", "app1", "app2")
READY = PROJECT / "lab/ready.holdfast.yml"
EXAMPLE = PROJECT / "inventory"
CONTENT = ("roles", "plugins", "playbooks/site.yml", "inventory", "ansible.cfg", "lab/containers", "lab/converge.py")
SOURCES = [*(PROJECT / name for name in CONTENT), READY]


def ensure(hosts: list[str], state: str = "converged") -> str:
    """Make and save ``ready`` or ``converged`` unless the cache has it; returns the name that it is saved under.

    The example needs its three hosts: whoever asks for some of them has all made.
    """
    hosts = list(dict.fromkeys([*TRIO, *hosts]))
    images = sorted(layout.name for layout in containers.ensure().values())
    key = digest(SOURCES, *images)
    with locked("converge"):
        if not fleet.is_saved(f"{state}-{key}", hosts):
            if not fleet.is_saved(f"ready-{key}", hosts):
                _make(hosts, "booted", f"ready-{key}", [EXAMPLE / "hosts.yml", READY])
            if state == "converged":
                _make(hosts, f"ready-{key}", f"converged-{key}", [EXAMPLE])
    return f"{state}-{key}"


def _make(hosts: list[str], base: str, name: str, sources: Sequence[Path]) -> None:
    working = "converge"
    started = fleet.up(working, hosts, base)
    try:
        with timed(f"playbooks/site.yml, for the state {name.partition('-')[0]} (once; saved afterwards)"):
            play("site", started.inventory, sources=sources)
        fleet.save(started, name)
    finally:
        fleet.down(working)


def collections() -> Path:
    """A collection path on which this checkout is ``holdfast.volumes``."""
    path = CACHE / "checkout" / digest([], str(PROJECT))
    link = path / "ansible_collections/holdfast/volumes"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or Path(os.readlink(link)) != PROJECT:
        link.unlink(missing_ok=True)
        link.symlink_to(PROJECT)
    return path


def environment() -> dict[str, str]:
    """What ansible-playbook needs to run this checkout as the collection."""
    return {
        **os.environ,
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections()),
    }


def play(playbook: str, inventory: Path, extra: Sequence[str] = (), sources: Sequence[Path] = (EXAMPLE,)) -> None:
    """Run a playbook of the collection on a fleet; its output goes to standard error, beside the lab's own."""
    inventories = [word for source in (inventory, *sources) for word in ("-i", str(source))]
    command = ["ansible-playbook", *inventories, *extra, f"holdfast.volumes.{playbook}"]
    try:
        done = subprocess.run(command, cwd=PROJECT, env=environment(), stdout=sys.stderr, check=False)
    except FileNotFoundError as error:
        raise LabError("ansible-playbook is not on PATH; run through make, which prepares it") from error
    if done.returncode:
        raise LabError(f"{playbook}.yml failed on the fleet ({done.returncode})")
