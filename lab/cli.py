"""The lab's commands: ``python3 -m lab COMMAND``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import containers, converge, demo, fleet, image, prepare, registry
from .paths import LabError, locked, say


def main() -> None:
    """Parse the command line, run one command, and turn expected errors into one line."""
    arguments = _parser().parse_args()
    try:
        sys.exit(arguments.run(arguments) or 0)
    except LabError as error:
        say(f"error: {error}")
        sys.exit(1)
    except subprocess.CalledProcessError as error:
        say(f"error: {error}")
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="Real machines for the demo and the scenarios.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        added.set_defaults(run=run)
        added.add_argument("--fleet", default="lab", help="name of the fleet (default: lab)")
        return added

    environment = command("venv", _venv, "make a Python environment")
    environment.add_argument("directory", type=Path)
    environment.add_argument("requirements", type=Path)
    command("demo", _demo, "boot, converge, prove, and show the certificate")
    command("prepare", _prepare, "install programs and build the images")
    start = command("up", _up, "start a fleet")
    start.add_argument("--state", default="booted", help="bare, booted, ready or converged (default: booted)")
    start.add_argument("hosts", nargs="*", default=list(converge.TRIO))
    command("down", _down, "end a fleet and remove what it left")
    command("clean", _clean, "end every fleet")
    command("list", _list, "show the running fleets")
    save = command("save", _save, "keep a running fleet as a state")
    save.add_argument("state")
    enter = command("ssh", _ssh, "log in to a machine, or run a command there")
    enter.add_argument("host")
    enter.add_argument("words", nargs=argparse.REMAINDER)
    command("inventory", _inventory, "print the path of the fleet's inventory file")
    switch = command("power", _power, "cut a machine's power, boot it, let it hang, let it go on")
    switch.add_argument("wish", choices=["off", "on", "pause", "resume"])
    switch.add_argument("hosts", nargs="+")
    return parser


def _venv(arguments: argparse.Namespace) -> None:
    prepare.virtual_environment(arguments.directory, arguments.requirements)


def _demo(arguments: argparse.Namespace) -> None:
    demo.run(arguments.fleet)


def _prepare(arguments: argparse.Namespace) -> None:
    with locked("prepare"):
        prepare.install()
        image.ensure()
        containers.ensure()


def _up(arguments: argparse.Namespace) -> None:
    _prepare(arguments)
    state = arguments.state
    if state in ("ready", "converged"):
        state = converge.ensure(arguments.hosts, state)
    print(fleet.up(arguments.fleet, arguments.hosts, state).inventory)


def _down(arguments: argparse.Namespace) -> None:
    fleet.down(arguments.fleet)


def _clean(arguments: argparse.Namespace) -> None:
    for found in fleet.running():
        fleet.down(found.name)
    registry.stop()


def _list(arguments: argparse.Namespace) -> None:
    for found in fleet.running():
        for guest in found.machines:
            print(f"{found.name} {guest.name} {guest.address} ssh:{guest.port} {'up' if guest.pid else 'down'}")


def _save(arguments: argparse.Namespace) -> None:
    fleet.save(_known(arguments.fleet), arguments.state)


def _ssh(arguments: argparse.Namespace) -> int:
    words = [*fleet.ssh_words(_known(arguments.fleet).machine(arguments.host)), *arguments.words]
    os.execvp(words[0], words)


def _inventory(arguments: argparse.Namespace) -> None:
    print(_known(arguments.fleet).inventory)


def _power(arguments: argparse.Namespace) -> None:
    known = _known(arguments.fleet)
    for host in arguments.hosts:
        fleet.power(known, known.machine(host), arguments.wish)


def _known(name: str) -> fleet.Fleet:
    found = fleet.find(name)
    if found is None:
        raise LabError(f"no fleet {name} is running; start it with: python3 -m lab up --fleet {name}")
    return found
