# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who gets at a host's volumes past the containers: SELinux, the sockets of engines, the firewall of the NFS server."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import firewalld
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_store import read_mode

DOCKER_SOCKET = "/run/docker.sock"
DOCKER_CONFIGURATION = "/etc/docker/daemon.json"
# Whoever may write to one of these may start a container on any path of the host.
SOCKETS = (
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    DOCKER_SOCKET,
    "/run/podman/podman.sock",
)
# Those that a unit of systemd makes, and which.
CONTROLLED = {DOCKER_SOCKET: "docker.socket", "/run/podman/podman.sock": "podman.socket"}
RULESET = "/etc/holdfast/nfs-firewall.nft"
TABLE = "holdfast_nfs"


def read(system: System, table: list[str] | None) -> dict[str, Any]:
    """{selinux: mode; sockets: [{path, mode, owner, group}]; firewall: addresses that reach the server, or None where
    no rule of ours is in force; opened: what else of firewalld lets others reach it}; ``table`` is as read_table has
    it, which is asked but once."""
    rules = firewalld.read(system) if table is None else None
    return {
        "selinux": read_mode(system),
        "sockets": read_sockets(system),
        "firewall": rules.clients if rules else table,
        "opened": rules.others if rules else [],
    }


def read_sockets(system: System) -> list[dict[str, Any]]:
    """Those that are there."""
    states = {path: system.stat(path) for path in SOCKETS}
    return [
        {"path": path, "mode": f"{state.mode:04o}", "owner": state.owner, "group": state.group}
        for path, state in states.items()
        if state is not None
    ]


def read_table(system: System) -> list[str] | None:
    """The addresses in the sets of the collection's table of nftables, as the kernel has them; None without it, or
    where no role wrote it."""
    if system.stat(RULESET) is None or not system.has("nft"):
        return None
    done = system.run(["nft", "--json", "list", "table", "inet", TABLE])
    return None if done.rc else parse_sets(done.out)


def parse_sets(text: str) -> list[str]:
    """Addresses and networks of all sets in what ``nft --json list table`` prints; HostError for anything else."""
    try:
        items = json.loads(text)["nftables"]
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(f"nft --json list table inet {TABLE} answered what nobody understands: {text[:200]}") from error
    # {"set": {"name": "clients4", "elem": ["10.77.0.21", {"prefix": {"addr": "10.0.0.0", "len": 8}}]}}
    elements = [element for item in items for element in item.get("set", {}).get("elem", [])]
    return sorted(_render_element(element) for element in elements)


def _render_element(element: Any) -> str:
    if not isinstance(element, dict):
        return str(element)
    if "elem" in element:
        return _render_element(element["elem"]["val"])
    if "prefix" in element:
        return f"{element['prefix']['addr']}/{element['prefix']['len']}"
    return "-".join(map(str, element.get("range", ["unknown"])))
