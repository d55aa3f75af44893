"""A fleet: some machines on one network, started from a boot or from a saved state, and put away without a trace."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import image, machine, registry
from .machine import Machine
from .paths import CACHE, PROJECT, RUN, LabError, digest, keep_newest, locked, say, timed

BOOT_LIMIT = 420.0
SNAPSHOT = "saved"


@dataclass(frozen=True)
class Fleet:
    """Machines that see one another; ``name`` is the directory below the run directory."""

    name: str
    segment: int
    machines: tuple[Machine, ...]

    @property
    def directory(self) -> Path:
        return RUN / self.name

    @property
    def inventory(self) -> Path:
        """The file that tells Ansible how to reach each machine; the project's own inventory says the rest."""
        return self.directory / "lab.yml"

    def machine(self, name: str) -> Machine:
        for found in self.machines:
            if found.name == name:
                return found
        raise LabError(f"no machine {name} in fleet {self.name}; it has {', '.join(m.name for m in self.machines)}")


def up(name: str, hosts: list[str], state: str = "booted") -> Fleet:
    """Start a fleet from ``booted``, ``bare`` or a state that ``save`` kept before."""
    unknown = [host for host in hosts if host not in machine.ADDRESSES]
    if unknown:
        raise LabError(f"unknown machine {', '.join(unknown)}; the lab knows {', '.join(machine.ADDRESSES)}")
    with locked("lab"):
        _down(name)
        images = image.ensure()
        if not is_saved(state, hosts):
            if state not in ("booted", "bare"):
                known = ", ".join(hosts)
                raise LabError(f"no saved state {state} of {known}; run: python3 -m lab up --state converged")
            _boot_and_save(state, [host for host in hosts if not is_saved(state, [host])], images)
        registry.start()
        with timed(f"starting {', '.join(hosts)} from the saved state {state.partition('-')[0]}"):
            return _load(name, hosts, state, images)


def down(name: str) -> None:
    """End every process of a fleet and remove what it left; an unknown fleet is fine."""
    with locked("lab"):
        _down(name)


def _down(name: str) -> None:
    fleet = find(name)
    if fleet is not None:
        for guest in fleet.machines:
            machine.stop(guest)
    shutil.rmtree(RUN / name, ignore_errors=True)
    if not running():
        registry.stop()


def find(name: str) -> Fleet | None:
    """A fleet by name, from its record."""
    try:
        record = json.loads((RUN / name / "fleet.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Fleet(record["name"], record["segment"], tuple(Machine(**one) for one in record["machines"]))


def running() -> list[Fleet]:
    """Every fleet that has a record."""
    found = [find(path.name) for path in sorted(RUN.glob("*")) if path.is_dir()]
    return [fleet for fleet in found if fleet is not None]


def ssh(guest: Machine, command: str = "", timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a guest."""
    return subprocess.run([*ssh_words(guest), command], capture_output=True, text=True, timeout=timeout, check=False)


def ssh_words(guest: Machine) -> list[str]:
    """The ssh command line of a guest, without a command."""
    return ["ssh", *("-i", str(image.ensure().key), "-p", str(guest.port)), *SSH_OPTIONS, "root@127.0.0.1"]


# Guests come and go behind the same loopback ports: their host keys are of no use.
SSH_OPTIONS = [
    word
    for option in ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=10")
    for word in ("-o", option)
]


def saved_directory(state: str) -> Path:
    """Where the disks of a saved state are; the name holds everything that the state depends on."""
    base = digest([PROJECT / "lab/machine.py"], image.key())
    return CACHE / "saved" / f"{state}-{base}"


def is_saved(state: str, hosts: list[str]) -> bool:
    return all((saved_directory(state) / f"{host}.qcow2").exists() for host in hosts)


def save(fleet: Fleet, state: str) -> None:
    """Keep a running fleet as a state, memory and all, then end it."""
    directory = saved_directory(state)
    with timed(f"saving {', '.join(guest.name for guest in fleet.machines)}"):
        for guest in fleet.machines:
            ssh(guest, "sync")
        # All stand still before the first is written: no connection of theirs times out in between.
        for guest in fleet.machines:
            machine.tell(guest, "stop")
        for guest in fleet.machines:
            machine.human(guest, f"savevm {SNAPSHOT}")
        directory.mkdir(parents=True, exist_ok=True)
        for guest in fleet.machines:
            machine.stop(guest)
            shutil.move(guest.disk, directory / f"{guest.name}.part")
            (directory / f"{guest.name}.part").rename(directory / f"{guest.name}.qcow2")
    keep_newest(CACHE / "saved", "*", 8)


def wait(fleet: Fleet, limit: float = BOOT_LIMIT) -> None:
    """Wait until every machine lets us in, then set its clock."""
    with ThreadPoolExecutor(len(fleet.machines)) as pool:
        list(pool.map(lambda guest: _wait_for(guest, limit), fleet.machines))


def _boot_and_save(state: str, hosts: list[str], images: image.Image) -> None:
    kind = "bare" if state == "bare" else "fleet"
    name = f"boot-{state}"
    _down(name)
    with timed(f"first boot of {', '.join(hosts)} (once; saved afterwards)"):
        fleet = _record(name, hosts)
        for guest in fleet.machines:
            _overlay(images.disk(kind), guest.disk)
            machine.start(guest, images, fleet.segment)
        try:
            wait(fleet)
            for guest in fleet.machines:
                # Not before the last unit has started: a state saved mid-boot would go on booting in every scenario.
                ssh(guest, "systemctl is-system-running --wait", timeout=BOOT_LIMIT)
            save(fleet, state)
        finally:
            _down(name)


def _load(name: str, hosts: list[str], state: str, images: image.Image) -> Fleet:
    fleet = _record(name, hosts)
    saved = saved_directory(state)
    for guest in fleet.machines:
        subprocess.run(
            ["cp", "--reflink=auto", "--sparse=always", saved / f"{guest.name}.qcow2", guest.disk], check=True
        )
    with ThreadPoolExecutor(len(fleet.machines)) as pool:
        list(pool.map(lambda guest: machine.start(guest, images, fleet.segment, SNAPSHOT), fleet.machines))
    wait(fleet, 120)
    return fleet


def _record(name: str, hosts: list[str]) -> Fleet:
    directory = RUN / name
    machines = tuple(Machine(host, str(directory / host), machine.free_port()) for host in hosts)
    fleet = Fleet(name, machine.free_port(), machines)
    for guest in machines:
        Path(guest.directory).mkdir(parents=True)
    record = {"name": name, "segment": fleet.segment, "machines": [guest.record() for guest in machines]}
    (directory / "fleet.json").write_text(json.dumps(record, indent=1))
    key = str(image.ensure().key)
    lines = ["all:", "  hosts:"]
    for guest in machines:
        lines += [f"    {guest.name}:", "      ansible_host: 127.0.0.1", f"      ansible_port: {guest.port}"]
    lines += ["  vars:", "    ansible_user: root", f"    ansible_ssh_private_key_file: {key}"]
    lines += [f"    ansible_ssh_common_args: {' '.join(SSH_OPTIONS)}"]
    fleet.inventory.write_text("\n".join(lines) + "\n")
    # The same in the form that Molecule's default driver reads; JSON is YAML.
    door = {"address": "127.0.0.1", "user": "root", "identity_file": key}
    instances = [{"instance": guest.name, "port": str(guest.port), **door} for guest in machines]
    (directory / "instances.json").write_text(json.dumps(instances))
    return fleet


def _overlay(base: Path, disk: Path) -> None:
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(base), str(disk)], check=True)


def _wait_for(guest: Machine, limit: float) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if not guest.pid:
            raise LabError(f"{guest.name} ended; its console is in {guest.serial}")
        try:
            if ssh(guest, f"date -s @{time.time():.0f}", timeout=30).returncode == 0:
                return
        except subprocess.TimeoutExpired:
            say(f"{guest.name} is slow to answer")
        time.sleep(1)
    raise LabError(f"{guest.name} did not answer within {limit:.0f} s; its console is in {guest.serial}")


def power(fleet: Fleet, guest: Machine, wish: str) -> None:
    """``off`` cuts a machine's power, ``on`` boots it, ``pause`` lets it hang, ``resume`` go on; no wait."""
    if wish == "off":
        machine.stop(guest)
    elif wish == "on":
        machine.start(guest, image.ensure(), fleet.segment)
    else:
        machine.tell(guest, {"pause": "stop", "resume": "cont"}[wish])
