# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who acts for a swarm, who may not join it, and what its nodes shall be, from the variables of its hosts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

MARK = "/etc/holdfast/swarm"
# Where a role, or the playbook before it, has kept what it found on a host.
_LOOKS = ("__docker_swarm_look", "__site_found")

Item = Mapping[str, Any]


def find_managers(members: Iterable[Item]) -> list[str]:
    """The managers among members, by name."""
    return [one["name"] for one in members if one.get("role") == "manager"]


def find_leader(members: Iterable[Item], hostvars: Mapping[str, Any], hosts: Collection[str]) -> str:
    """The manager who acts for all: one of the ``hosts`` of this run that is in the swarm, else the first of them.

    The first forms a swarm, so every manager must be in the run then: another may have one already. "" is nobody.
    """
    managers = find_managers(members)
    here = [name for name in managers if name in hosts]
    inside = [name for name in here if _find_look(hostvars[name]).get("swarm")]
    return inside[0] if inside else managers[0] if managers and here == managers else ""


def _find_look(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    looks: list[Mapping[str, Any]] = [variables.get(name) or {} for name in _LOOKS]
    return next((look for look in looks if "swarm" in look), {})


def find_members(hostvars: Mapping[str, Any]) -> list[Item]:
    """The members of the swarm as any host knows them; a host that is none knows of none."""
    return next((list(found) for host in hostvars if (found := hostvars[host].get("docker_swarm_members"))), [])


def plan_nodes(
    members: Iterable[Item],
    hostvars: Mapping[str, Any],
    hosts: Collection[str],
    drained: Collection[str] = (),
    fenced: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The nodes as swarm_services takes them.

    A host that is not in this run, or failed before, keeps the labels that it has: nobody saw what is mounted there.
    """
    return [
        {
            **one,
            **(
                {"labels": list(hostvars[one["name"]].get("docker_swarm_labels") or ())} if one["name"] in hosts else {}
            ),
            "availability": "drain" if one["name"] in drained else "active",
            "fenced": one["name"] in fenced,
        }
        for one in members
    ]


def find_refusals(member: Item, found: Mapping[str, Any], firewall: str, leader: str) -> list[str]:
    """Why a host cannot be a member of the swarm, by what was ``found`` on it; each with the way out."""
    inside, address = found["swarm"], member["address"]
    refusals = []
    if inside and MARK not in found["files"]:
        refusals.append("it is in a swarm that nobody here formed; `docker swarm leave` there, or leave the host out")
    elif inside and inside != address:
        refusals.append(f"its swarm knows it as {inside}, and it is {address} now; `docker swarm leave --force` there")
    if not inside and not leader:
        refusals.append("no manager of this run can let it in; run without --limit, or have every manager in the run")
    if firewall == "nftables" and found["firewalld"]:
        refusals.append(
            "firewalld runs there, and drops what others let through; open its service docker-swarm to the members, "
            "and set docker_swarm_firewall: none"
        )
    return refusals
