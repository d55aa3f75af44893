"""Who makes the same end state: each writes what it needs into a directory and returns the command that makes it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from lab import fleet
from lab.fleet import Fleet
from lab.paths import PROJECT

from . import volumes
from .volumes import CLIENT, CLIENT_ADDRESS, PODMAN_CONTEXT, POLICY_MODULE, SERVER, SERVER_ADDRESS, SETYPE, Wanted

FILES = PROJECT / "benchmarks"
# What the script runs must not read the script as its input.
RUN = 'f=$(mktemp) && cat > "$f" && sh "$f" < /dev/null; rc=$?; rm -f "$f"; exit $rc'
POLICY_MODULE_FILE = PROJECT / f"roles/selinux/files/{POLICY_MODULE}.cil"


def neighbours(found: Fleet, wanted: Wanted, work: Path) -> list[str]:
    """Loops over modules of ansible.builtin, ansible.posix and community.general."""
    contexts = [{"target": one.target, "ftype": "a", "setype": SETYPE, "level": one.level} for one in wanted.volumes]
    variables = {
        "volumes": [volume.record() for volume in wanted.volumes],
        "gone": [volume.record() for volume in wanted.gone],
        "contexts": [PODMAN_CONTEXT, *contexts],
        "client_address": CLIENT_ADDRESS,
        "policy_module": POLICY_MODULE,
        "policy_module_file": str(POLICY_MODULE_FILE),
    }
    path = work / "variables.json"
    path.write_text(json.dumps(variables))
    return ["ansible-playbook", "-i", str(found.inventory), "-e", f"@{path}", str(FILES / "neighbours/site.yml")]


def collection(found: Fleet, wanted: Wanted, work: Path) -> list[str]:
    """holdfast.volumes.site with a catalogue."""
    inventory = work / "inventory"
    for path, content in render_inventory(wanted).items():
        (inventory / path).parent.mkdir(parents=True, exist_ok=True)
        (inventory / path).write_text(yaml.safe_dump(content, sort_keys=False))
    return ["ansible-playbook", "-i", str(found.inventory), "-i", str(inventory), "holdfast.volumes.site"]


def render_inventory(wanted: Wanted) -> dict[str, Any]:
    """The files of an inventory directory by name.

    An app binds the volumes, since nothing is mounted that no app binds; neither it nor an engine is installed, and
    there is no firewall, as the others make none. The file contexts are given to the role itself: the collection needs
    none for a volume on NFS, whose mount option says the context.
    """
    catalogue = {
        "plugin": "holdfast.volumes.catalogue",
        "stores": {"main": {"type": "nfs_server", "host": SERVER, "path": volumes.STORE}},
        "volumes": {
            volume.name: {"store": "main", "owner": volume.owner, "mode": volume.mode, "level": volume.level}
            for volume in wanted.volumes
        },
        "apps": {
            "app": {
                "engine": "podman",
                "image": "none",
                "hosts": CLIENT,
                "volumes": [f"{volume.name}:/{volume.name}" for volume in wanted.volumes],
            }
        },
    }
    contexts = [{"target": one.target, "type": SETYPE, "level": one.level} for one in wanted.volumes]
    addresses = {SERVER: {"holdfast_address": SERVER_ADDRESS}, CLIENT: {"holdfast_address": CLIENT_ADDRESS}}
    return {
        "hosts.yml": {"all": {"hosts": addresses}},
        "volumes.holdfast.yml": catalogue,
        f"host_vars/{SERVER}.yml": {"nfs_server_firewall": "none"},
        f"host_vars/{CLIENT}.yml": {
            "selinux_file_contexts": contexts,
            "container_host_engines": [],
            "container_units_units": [],
        },
    }


def by_hand(found: Fleet, wanted: Wanted, work: Path) -> list[str]:
    """A shell script for each host, one after the other through ssh."""
    lines = [f"{one.name} {one.owner} {one.mode} {one.level}\n" for one in wanted.volumes]
    here = [
        f"client={CLIENT_ADDRESS} server={SERVER_ADDRESS}\n",
        _render_function("volumes", "".join(lines)),
        _render_function("policy", POLICY_MODULE_FILE.read_text()),
    ]
    commands = ["set -e"]
    for host, name in ((SERVER, "server.sh"), (CLIENT, "client.sh")):
        path = work / name
        path.write_text("".join([*here, (FILES / "by_hand" / name).read_text()]))
        commands.append(f"{shlex.join([*fleet.ssh_words(found.machine(host)), RUN])} < {shlex.quote(str(path))}")
    return ["sh", "-c", "\n".join(commands)]


def _render_function(name: str, text: str) -> str:
    return f"{name}() {{\ncat <<'end of {name}'\n{text}end of {name}\n}}\n"


def pings(found: Fleet, work: Path, count: int) -> list[str]:
    """As many tasks that do nothing, on both hosts."""
    tasks = [{"name": f"Ping {number}", "ansible.builtin.ping": {}} for number in range(1, count + 1)]
    hosts = f"{SERVER},{CLIENT}"
    path = work / "pings.yml"
    play = {"name": "Do nothing", "hosts": hosts, "gather_facts": False, "tasks": tasks}
    path.write_text(yaml.safe_dump([play], sort_keys=False))
    return ["ansible-playbook", "-i", str(found.inventory), str(path)]


CONTESTANTS: dict[str, Callable[[Fleet, Wanted, Path], list[str]]] = {
    "neighbours": neighbours,
    "collection": collection,
    "by_hand": by_hand,
}
TITLES = {
    "neighbours": "loops of the neighbours' modules",
    "collection": "this collection",
    "by_hand": "a script by hand",
    "pings": "as many pings as tasks",
}
