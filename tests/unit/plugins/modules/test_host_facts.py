from __future__ import annotations

import json
from unittest.mock import create_autospec

from ansible_collections.holdfast.volumes.plugins.module_utils import access_state
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState, System
from ansible_collections.holdfast.volumes.plugins.modules import host_facts

NOTHING_MORE = {"files": [], "services": []}


def test_one_look_has_facts_packages_and_traces():
    system = create_autospec(System, instance=True)
    files = {"/etc/os-release": 'ID=debian\nVERSION_ID="13"\n', "/sys/fs/selinux/enforce": "1"}
    system.read.side_effect = files.get
    system.listdir.return_value = []
    system.stat.side_effect = lambda path: FileState("directory", 0o700, 0, 0) if path == "/srv/volumes" else None
    system.check.side_effect = lambda words: "ii  nfs-common\n" if words[0] == "dpkg-query" else ""
    found = host_facts.run(system, {"mount_parent": "/srv/volumes", "sets": None, "access": True, **NOTHING_MORE})
    assert found["settled"] == []
    assert found["access"]["selinux"] == "enforcing"
    assert found["ansible_facts"]["os_family"] == "Debian"
    assert found["ansible_facts"]["selinux"]["mode"] == "enforcing"
    assert found["packages"] == ["nfs-common"]
    assert found["mounts"] == ["/srv/volumes"]
    assert found["containers"] is found["exports"] is found["policy"] is False
    system.write.assert_not_called()


def test_one_look_says_what_needs_nothing_by_the_family_of_the_host():
    system = create_autospec(System, instance=True)
    system.read.side_effect = {"/etc/os-release": "ID=debian\n"}.get
    system.listdir.return_value, system.stat.return_value, system.check.return_value = [], None, ""
    rule = {"target": "/srv/x", "type": "container_file_t"}
    contexts = {"Debian": {"file_contexts": []}, "RedHat": {"file_contexts": [rule, rule]}}
    sets = {"contexts": contexts, "exports": {"exports": "wrong"}}
    found = host_facts.run(system, {"mount_parent": "/srv", "sets": json.dumps(sets), "access": False, **NOTHING_MORE})
    assert (found["settled"], "access" in found) == (["contexts"], False)


def test_the_table_of_the_server_is_asked_for_once():
    system = create_autospec(System, instance=True)
    system.read.return_value, system.listdir.return_value = None, []
    there = {access_state.RULESET: FileState("file", 0o600, 0, 0)}
    system.stat.side_effect = there.get
    system.check.side_effect = lambda words, *rest: (
        "Id=nfs-firewall-holdfast.service\nActiveState=active\nUnitFileState=enabled\n"
        if words[0] == "systemctl"
        else ""
    )
    system.run.return_value = Completed(0, json.dumps({"nftables": []}), "")
    found = host_facts.run(system, {"mount_parent": "/srv", "sets": None, "access": True, **NOTHING_MORE})
    assert (found["running"], found["access"]["firewall"]) == (["nfs-firewall-holdfast.service"], [])
    assert [call.args[0][0] for call in system.run.mock_calls].count("nft") == 1
