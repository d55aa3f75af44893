"""The saved converged fleet: what ``playbooks/site.yml`` makes of the example inventory, kept by content."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import containers, fleet
from .paths import CACHE, PROJECT, LabError, digest, locked, timed

SOURCES = ("roles", "plugins", "playbooks/site.yml", "inventory", "ansible.cfg", "lab/containers", "lab/converge.py")


def state() -> str:
    """The name of the state that belongs to the present content of the collection."""
    images = sorted(layout.name for layout in containers.ensure().values())
    return "converged-" + digest([PROJECT / source for source in SOURCES], *images)


def ensure(hosts: list[str]) -> str:
    """Converge and save a fleet unless the cache has it; returns the state's name."""
    name = state()
    with locked("converge"):
        if not fleet.is_saved(name, hosts):
            _converge(hosts, name)
    return name


def _converge(hosts: list[str], name: str) -> None:
    working = "converge"
    started = fleet.up(working, hosts)
    try:
        with timed("converging the fleet with playbooks/site.yml (once; saved afterwards)"):
            play("site", started.inventory)
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


def play(playbook: str, inventory: Path, extra: Sequence[str] = ()) -> None:
    """Run a playbook of the collection on a fleet; its output goes to standard error, beside the lab's own."""
    sources = ["-i", str(inventory), "-i", str(PROJECT / "inventory")]
    command = ["ansible-playbook", *sources, *extra, f"holdfast.volumes.{playbook}"]
    try:
        done = subprocess.run(command, cwd=PROJECT, env=environment(), stdout=sys.stderr, check=False)
    except FileNotFoundError as error:
        raise LabError("ansible-playbook is not on PATH; run through make, which prepares it") from error
    if done.returncode:
        raise LabError(f"{playbook}.yml failed on the fleet ({done.returncode})")
