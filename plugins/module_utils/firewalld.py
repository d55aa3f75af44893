# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom firewalld lets reach the NFS server: by the collection's address sets, and by what else is in its zones.

It is asked what is in force, not what is written down. See firewall-cmd(1), firewalld.richlanguage(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System

RUNNING = "/sys/fs/cgroup/system.slice/firewalld.service"
SETS = ("holdfast-nfs4", "holdfast-nfs6")
SET_FILES = tuple(f"/etc/firewalld/ipsets/{name}.xml" for name in SETS)
PORT = 2049
SERVICES = ("nfs", "nfs3")
# Docker makes this zone for the bridges of its own containers, which the exports do not name.
_OF_ENGINES = ("docker",)
# public (default, active)
_HEAD = re.compile(r"(\S+)(?: \((.*)\))?")

Zone = Mapping[str, list[str]]


@dataclass(frozen=True)
class Rules:
    """``clients`` are the addresses of those of our sets that a rule lets in; ``others`` say what else does."""

    clients: list[str]
    others: list[str]


def read(system: System) -> Rules | None:
    """What is in force; None where firewalld does not run, or where no role made it a server's."""
    if system.stat(RUNNING) is None or not any(map(system.stat, SET_FILES)):
        return None
    default = system.check(["firewall-cmd", "--get-default-zone"]).strip()
    zones = parse_zones(system.check(["firewall-cmd", "--list-all-zones"]), default)
    # An error is the answer where a set is not loaded.
    sets = {name: system.run(["firewall-cmd", f"--info-ipset={name}"]).out for name in SETS}
    return judge(zones, {name: parse_set(text) for name, text in sets.items()})


def parse_zones(text: str, default: str) -> dict[str, Zone]:
    """The zones that take packets of an interface, each {key: words}, rich rules being one word each."""
    zones: dict[str, Zone] = {}
    for block in re.split(r"\n\s*\n", text.strip()):
        head, dummy, body = block.strip().partition("\n")
        found = _HEAD.fullmatch(head.strip())
        entries = _parse_entries(body)
        # The default zone takes what no other does.
        if found and (found[1] == default or entries.get("interfaces")):
            zones[found[1]] = entries
    return zones


def parse_set(text: str) -> list[str]:
    """The addresses of what ``firewall-cmd --info-ipset`` prints, [] of an error."""
    #   entries: 10.77.0.21 10.77.0.22
    return _parse_entries(text).get("entries", [])


def _parse_entries(text: str) -> dict[str, list[str]]:
    entries: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        found = re.fullmatch(r"  (\w[\w -]*):(.*)", line)
        if found:
            key = found[1]
            entries[key] = found[2].split()
        elif key == "rich rules" and line.strip():
            entries[key].append(line.strip())
    return entries


def judge(zones: Mapping[str, Zone], sets: Mapping[str, list[str]]) -> Rules:
    """Who gets in by ``zones``, of whom the addresses of ``sets`` are known."""
    let_in = {
        name for zone in zones.values() for rule in zone.get("rich rules", []) for name in sets if _lets_in(rule, name)
    }
    clients = sorted(address for name in let_in for address in sets[name])
    others = [
        f"{what} in the zone {name}"
        for name, zone in sorted(zones.items())
        if name not in _OF_ENGINES
        for what in _find_openings(zone, sets)
    ]
    return Rules(clients, others)


def _lets_in(rule: str, name: str) -> bool:
    return f'source ipset="{name}"' in rule and _is_about_server(rule) and rule.endswith(" accept")


def _find_openings(zone: Zone, sets: Mapping[str, list[str]]) -> Iterator[str]:
    if zone.get("target") == ["ACCEPT"]:
        yield "the target ACCEPT"
    yield from (f"service {name}" for name in zone.get("services", []) if name in SERVICES)
    yield from (f"port {port}" for port in zone.get("ports", []) if _has_port(port))
    for rule in zone.get("rich rules", []):
        if _is_about_server(rule) and " accept" in rule and not any(_lets_in(rule, name) for name in sets):
            yield f"the rule {rule}"


def _is_about_server(rule: str) -> bool:
    # rule family="ipv4" source address="10.0.0.9" port port="2049" protocol="tcp" accept
    service, port = re.search(r'service name="([^"]+)"', rule), re.search(r' port port="([^"]+)" protocol="tcp"', rule)
    element = re.search(r" (service|port|protocol|icmp-block|icmp-type|masquerade|forward-port|source-port) ", rule)
    if service or port:
        return bool((service and service[1] in SERVICES) or (port and _has_port(f"{port[1]}/tcp")))
    # Without an element a rule is about every port.
    return element is None


def _has_port(text: str) -> bool:
    # 2049/tcp, 2000-3000/tcp
    found = re.fullmatch(r"(\d+)(?:-(\d+))?/tcp", text)
    return found is not None and int(found[1]) <= PORT <= int(found[2] or found[1])
