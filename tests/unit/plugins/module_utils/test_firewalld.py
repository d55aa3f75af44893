# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import firewalld
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState, System

DATA = Path(__file__).parent / "data/firewalld"
ROLE = yaml.safe_load((Path(__file__).resolve().parents[4] / "roles/nfs_server/vars/main.yml").read_text())
RULES = [family["rule"] for family in ROLE["__nfs_server_families"]]
CLIENTS = ["10.77.0.21", "10.77.0.22"]
SETS = {"holdfast-nfs4": CLIENTS, "holdfast-nfs6": ["2001:db8::/64"]}


def text(name):
    """What firewall-offline-cmd of firewalld 1.3.3 printed, in the words that firewall-cmd has too."""
    return (DATA / name).read_text()


def zone(*rules, **keys):
    return {"rich rules": list(rules), **{key: [value] for key, value in keys.items()}}


def host(**asked):
    system = create_autospec(System, instance=True)
    there = {firewalld.RUNNING: "directory", firewalld.SET_FILES[0]: "file", **asked}
    system.stat.side_effect = lambda path: FileState(there[path], 0o644, 0, 0) if there.get(path) else None
    answers = {"--get-default-zone": "public\n", "--list-all-zones": text("zones.txt")}
    system.check.side_effect = lambda words: answers[words[1]]
    sets = {"--info-ipset=holdfast-nfs4": text("set4.txt"), "--info-ipset=holdfast-nfs6": text("set6.txt")}
    system.run.side_effect = lambda words: Completed(0, sets[words[1]], "")
    return system


def test_a_server_that_the_role_built_lets_in_its_clients_and_nobody_else():
    assert firewalld.read(host()) == firewalld.Rules(CLIENTS, [])


@pytest.mark.parametrize("path", [firewalld.RUNNING, firewalld.SET_FILES[0]])
def test_where_it_does_not_run_or_no_role_made_it_a_servers_nobody_is_asked(path):
    system = host(**{path: ""})
    assert firewalld.read(system) is None
    system.check.assert_not_called()


def test_only_zones_that_take_packets_count():
    zones = firewalld.parse_zones(text("zones.txt"), "public")
    assert list(zones) == ["public"]
    assert sorted(zones["public"]["rich rules"]) == sorted(RULES)
    assert list(firewalld.parse_zones(text("zones.txt"), "trusted")) == ["public", "trusted"]


def test_what_somebody_opened_in_a_zone_is_told_beside_the_clients():
    zones = firewalld.parse_zones(text("opened.txt"), "public")
    rule = 'rule family="ipv4" source address="10.0.0.9" port port="2049" protocol="tcp" log accept'
    assert firewalld.judge(zones, SETS) == firewalld.Rules(
        [*CLIENTS, "2001:db8::/64"],
        [f"{what} in the zone public" for what in ("service nfs", "port 2000-3000/tcp", f"the rule {rule}")],
    )


@pytest.mark.parametrize("about", ["", " (active)", " (default, active)"])
def test_what_versions_say_beside_the_name_of_a_zone_is_left_out(about):
    # "active" is what 1.3 and 2 say, "default" what 2 may say before it.
    told = text("zones.txt").replace("public (active)", f"public{about}")
    assert list(firewalld.parse_zones(told, "public")) == ["public"]


def test_a_set_that_is_not_loaded_is_empty():
    assert firewalld.parse_set("Error: INVALID_IPSET: holdfast-nfs4") == []
    assert firewalld.parse_set(text("set6.txt")) == []


def test_the_addresses_of_a_set_reach_the_server_only_by_its_rule():
    assert firewalld.judge({"public": zone()}, SETS).clients == []
    assert firewalld.judge({"public": zone(RULES[0])}, SETS).clients == CLIENTS
    assert firewalld.judge({"public": zone(*RULES)}, SETS).clients == [*CLIENTS, "2001:db8::/64"]
    assert firewalld.judge({"public": zone(RULES[0].replace("accept", "drop"))}, SETS) == firewalld.Rules([], [])


ADDRESS = 'rule family="ipv4" source address="10.0.0.9"'


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (zone(target="ACCEPT"), "the target ACCEPT"),
        (zone(services="nfs"), "service nfs"),
        (zone(services="nfs3"), "service nfs3"),
        (zone(ports="2049/tcp"), "port 2049/tcp"),
        (zone(ports="2000-3000/tcp"), "port 2000-3000/tcp"),
        (zone(f"{ADDRESS} accept"), f"the rule {ADDRESS} accept"),
        (zone(f'{ADDRESS} service name="nfs" accept'), f'the rule {ADDRESS} service name="nfs" accept'),
        (
            zone(f'{ADDRESS} port port="2049" protocol="tcp" log accept'),
            f'the rule {ADDRESS} port port="2049" protocol="tcp" log accept',
        ),
        (zone(RULES[0].replace("source", "source NOT")), f"the rule {RULES[0].replace('source', 'source NOT')}"),
    ],
)
def test_what_else_opens_the_port_is_told(found, told):
    assert firewalld.judge({"public": found, "docker": zone(target="ACCEPT")}, SETS).others == [
        f"{told} in the zone public"
    ]


@pytest.mark.parametrize(
    "found",
    [
        zone(target="default", services="ssh", ports="111/tcp"),
        zone(ports="2049/udp"),
        zone(ports="2050-3000/tcp"),
        zone(f"{ADDRESS} drop"),
        zone(f'{ADDRESS} service name="ssh" accept'),
        zone(f'{ADDRESS} port port="80" protocol="tcp" accept'),
        zone(f'{ADDRESS} protocol value="icmp" accept'),
    ],
)
def test_what_is_about_other_ports_is_not(found):
    assert firewalld.judge({"public": found}, SETS) == firewalld.Rules([], [])
