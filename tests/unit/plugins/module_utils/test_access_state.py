# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import access_state, firewalld
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState, HostError, System

TABLE = {
    "nftables": [
        {"metainfo": {"version": "1.1.3"}},
        {"table": {"family": "inet", "name": "holdfast_nfs"}},
        {"set": {"name": "clients4", "elem": ["10.77.0.21", {"prefix": {"addr": "10.0.0.0", "len": 8}}]}},
        {"set": {"name": "clients6", "elem": [{"elem": {"val": "2001:db8::1"}}, {"range": ["10.1.0.1", "10.1.0.3"]}]}},
        {"set": {"name": "empty"}},
    ]
}


@pytest.fixture
def system():
    system = create_autospec(System, instance=True)
    system.read.side_effect = {"/sys/fs/selinux/enforce": "0"}.get
    system.stat.side_effect = {
        "/run/docker.sock": FileState("other", 0o660, 0, 9),
        access_state.RULESET: FileState("file", 0o600, 0, 0),
    }.get
    system.run.return_value = Completed(0, json.dumps(TABLE), "")
    return system


ADDRESSES = ["10.0.0.0/8", "10.1.0.1-10.1.0.3", "10.77.0.21", "2001:db8::1"]


def test_one_look_has_all(system):
    assert access_state.read(system, access_state.read_table(system)) == {
        "selinux": "permissive",
        "sockets": [{"path": "/run/docker.sock", "mode": "0660", "owner": 0, "group": 9}],
        "firewall": ADDRESSES,
        "opened": [],
    }
    assert len(system.run.mock_calls) == 1


def test_without_the_table_or_the_program_there_is_no_firewall(system):
    system.run.return_value = Completed(1, "", "No such file or directory")
    assert access_state.read_table(system) is None
    system.has.return_value = False
    assert access_state.read_table(system) is None
    assert access_state.read(system, None)["firewall"] is None


def test_a_host_that_no_role_made_a_server_is_not_asked(system):
    system.stat.side_effect = lambda path: None
    assert access_state.read(system, access_state.read_table(system))["firewall"] is None
    system.run.assert_not_called()
    system.check.assert_not_called()


def test_where_firewalld_is_the_firewall_it_answers(system, monkeypatch):
    rules = firewalld.Rules(["10.0.0.1"], ["port 2049/tcp in the zone public"])
    monkeypatch.setattr(firewalld, "read", lambda system: rules)
    told = access_state.read(system, None)
    assert (told["firewall"], told["opened"]) == (rules.clients, rules.others)
    assert access_state.read(system, ADDRESSES)["firewall"] == ADDRESSES


def test_an_answer_of_another_shape_is_an_error():
    with pytest.raises(HostError, match="nobody understands"):
        access_state.parse_sets("[]")
