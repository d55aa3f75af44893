# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import audit

EXPORT = {"path": "/srv/volumes/logs", "clients": [{"host": "10.0.0.1", "options": ["rw", "all_squash"]}]}
DIRECTORY = {"path": "/srv/volumes/logs", "owner": 1000, "group": 1000, "mode": "0750", "identity": "x"}
CATALOGUE = {
    "stores": {"main": {"type": "nfs_server", "host": "nfs1"}},
    "volumes": {"logs": {"store": "main", "path": "/srv/volumes/logs"}},
    "bindings": [{"app": "web", "volume": "logs", "hosts": ["app1"], "read_only": False}],
}
QUIET = {"changed": False, "steps": []}


def look(host, **other):
    """A host on which everything is as it should be, but for what is given."""
    return {
        "host": host,
        "address": {"nfs1": "10.0.0.9", "app1": "10.0.0.1", "app2": "10.0.0.2"}[host],
        "access": {"selinux": "enforcing", "sockets": [], "firewall": None},
        "exports": {"loaded": []},
        "directories": {"directories": []},
        "mounts": {"mounts": []},
        "contexts": QUIET,
        "units": QUIET,
        "wanted_exports": [],
        "wanted_directories": [],
        "clients": None,
        **other,
    }


def server(**other):
    found = {**DIRECTORY, "kind": "directory"}
    access = {"selinux": "enforcing", "sockets": [], "firewall": ["10.0.0.1"]}
    given = {
        "wanted_exports": [EXPORT],
        "exports": {"loaded": [EXPORT]},
        "wanted_directories": [DIRECTORY],
        "directories": {"directories": [found]},
        "access": access,
        "clients": ["10.0.0.1"],
    }
    return look("nfs1", **copy.deepcopy({**given, **other}))


FLEET = [server(), look("app1"), look("app2")]


def test_a_fleet_that_is_as_the_catalogue_says_holds():
    record = audit.make_record(FLEET, CATALOGUE)
    assert record["holds"]
    assert record["findings"] == []
    assert [(row["host"], row["said"], row["found"]) for row in record["access"]] == [
        ("app1", "write", "write"),
        ("app2", "none", "none"),
        ("nfs1", "write", "write"),
    ]


def test_no_host_is_no_audit():
    assert not audit.make_record([], CATALOGUE)["holds"]


def loaded(*clients, path="/srv/volumes/logs"):
    return {"loaded": [EXPORT, {"path": path, "clients": list(clients)}]}


@pytest.mark.parametrize(
    ("seen", "area", "text"),
    [
        ({"access": {"selinux": "permissive", "sockets": [], "firewall": ["10.0.0.1"]}}, "selinux", "is permissive"),
        ({"access": {"selinux": "enforcing", "sockets": [], "firewall": None}}, "firewall", "is not loaded"),
        ({"access": {"selinux": "enforcing", "sockets": [], "firewall": []}}, "firewall", "by nobody, not by 10.0.0.1"),
        ({"directories": {"msg": "no disk"}}, "directories", "no disk"),
        ({"exports": {"loaded": []}}, "exports", "not served, or with other options: /srv/volumes/logs 10.0.0.1("),
        (
            {"exports": loaded({"host": "*", "options": ["ro"]}, path="/srv")},
            "exports",
            "in the catalogue: /srv *(",
        ),
        ({"exports": {"msg": "cannot read"}}, "exports", "cannot read"),
        ({"directories": {"directories": []}}, "directories", "/srv/volumes/logs is absent, not a directory"),
        ({"mounts": {"msg": "no systemd"}}, "mounts", "no systemd"),
        ({"units": {"changed": True, "steps": ["start web"]}}, "units", "site.yml would have to: start web"),
        ({"contexts": {"msg": "no store"}}, "contexts", "no store"),
    ],
)
def test_what_is_other_than_wanted_is_a_finding(seen, area, text):
    (finding,) = audit.find_findings(server(**seen))
    assert (finding["host"], finding["area"]) == ("nfs1", area)
    assert text in finding["text"]


@pytest.mark.parametrize(("key", "value"), [("mode", "0777"), ("owner", 0), ("group", 0), ("identity", "")])
def test_a_directory_that_differs_is_told_with_both_values(key, value):
    found, said = {**DIRECTORY, "kind": "directory", key: value}, "none" if value == "" else value
    (finding,) = audit.find_findings(server(directories={"directories": [found]}))
    assert finding["text"] == f"/srv/volumes/logs has {key} {said}, not {DIRECTORY[key]}"


def test_an_export_that_stands_there_by_another_name_of_its_host_is_told_once():
    wanted = {"path": "/srv/volumes/logs", "clients": [{"host": "app1", "options": ["rw"]}]}
    served = {"loaded": [{"path": "/srv/volumes/logs", "clients": [{"host": "app1.example", "options": ["ro"]}]}]}
    (finding,) = audit.find_findings(server(wanted_exports=[wanted], exports=served))
    assert finding["text"].startswith("not served, or with other options: /srv/volumes/logs app1(")


def test_an_address_of_version_6_is_no_name():
    wanted = {"path": "/srv/volumes/logs", "clients": [{"host": "fe80::1", "options": ["rw"]}]}
    served = {"loaded": [{"path": "/srv/volumes/logs", "clients": [{"host": "fe80::2", "options": ["rw"]}]}]}
    found = [finding["text"] for finding in audit.find_findings(server(wanted_exports=[wanted], exports=served))]
    assert [text.split(":")[0] for text in found] == [
        "not served, or with other options",
        "served, and not in the catalogue",
    ]


def test_a_mount_is_told_with_its_state_and_reason():
    mount = {"path": "/m", "state": "wrong_options", "verdict": "replace", "reason": "context changed"}
    fine = {"path": "/n", "state": "mounted", "verdict": "no-op", "reason": ""}
    (finding,) = audit.find_findings(look("app1", mounts={"failed": True, "msg": "all", "mounts": [mount, fine]}))
    assert finding["text"] == "/m is wrong_options: context changed"


def test_a_socket_that_all_may_use_is_a_finding_and_one_of_a_group_is_not():
    sockets = [{"path": "/run/docker.sock", "mode": mode, "owner": 0, "group": 9} for mode in ("0660", "0666")]
    access = {"selinux": "enforcing", "sockets": sockets, "firewall": None}
    (finding,) = audit.find_findings(look("app1", access=access))
    assert finding["text"].startswith("/run/docker.sock has mode 0666")


def test_a_host_that_could_not_be_asked_is_a_finding():
    record = audit.make_record([*FLEET[:2], {"host": "app2"}], CATALOGUE)
    assert [(one["host"], one["area"]) for one in record["findings"]] == [("app2", "host")]


@pytest.mark.parametrize(
    ("client", "path", "found"),
    [
        ("10.0.0.2", "/srv/volumes/logs", "read"),
        ("10.0.0.0/24", "/srv/volumes", "read"),
        ("*", "/srv", "read"),
        ("10.0.1.0/24", "/srv/volumes/logs", "none"),
        ("10.0.0.2", "/srv/volumes/log", "none"),
        ("app2", "/srv/volumes/logs", "none"),
    ],
)
def test_access_is_what_the_kernel_serves_also_by_a_directory_above(client, path, found):
    fleet = [server(exports=loaded({"host": client, "options": ["ro"]}, path=path)), look("app1"), look("app2")]
    rows = {row["host"]: row for row in audit.make_record(fleet, CATALOGUE)["access"]}
    assert (rows["app2"]["found"], rows["app2"]["agrees"]) == (found, found == "none")


def test_without_an_answer_of_the_server_access_is_unknown():
    rows = audit.find_rows([{"host": "nfs1"}, look("app1")], CATALOGUE)
    assert [(row["host"], row["found"]) for row in rows] == [("nfs1", "write"), ("app1", "unknown")]
