# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import copy

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import audit, directories

EXPORT = {"path": "/srv/volumes/logs", "clients": [{"host": "10.0.0.1", "options": ["rw", "all_squash"]}]}
PATH = "/srv/volumes/logs"
DIRECTORY = {"kind": "directory", "owner": 1000, "group": 1000, "mode": "0750", "identity": "x"}
CATALOGUE = {
    "stores": {"main": {"type": "nfs_server", "host": "nfs1"}},
    "volumes": {"logs": {"store": "main", "path": "/srv/volumes/logs", "level": "s0:c1,c2"}},
    "apps": {"web": {"level": "s0:c1,c2"}},
    "bindings": [{"app": "web", "volume": "logs", "hosts": ["app1"], "read_only": False}],
}
QUIET = {"changed": False, "steps": []}
ACCESS = {"selinux": "enforcing", "sockets": [], "firewall": None, "opened": []}


def would(before, after=None):
    """What volume_directories says in check mode."""
    after = after or DIRECTORY
    return {"changed": before != after, "steps": [], "diff": {"before": {PATH: before}, "after": {PATH: after}}}


def access(**other):
    return {"access": {**ACCESS, "firewall": ["10.0.0.1"], **other}}


def look(host, **other):
    """A host on which everything is as it should be, but for what is given."""
    return {
        "host": host,
        "address": {"nfs1": "10.0.0.9", "app1": "10.0.0.1", "app2": "10.0.0.2"}[host],
        "access": ACCESS,
        "exports": {"loaded": []},
        "directories": {"diff": {"before": {}, "after": {}}},
        "mounts": {"mounts": []},
        "contexts": QUIET,
        "units": QUIET,
        "denials": {"denials": [], "denials_reason": ""},
        "lockdown": QUIET,
        "wanted_exports": [],
        "restricted": False,
        "clients": [],
        **other,
    }


def server(**other):
    given = {
        "wanted_exports": [EXPORT],
        "exports": {"loaded": [EXPORT]},
        "directories": would(DIRECTORY),
        **access(),
        "restricted": True,
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
        (access(selinux="permissive"), "selinux", "is permissive"),
        (access(firewall=None), "firewall", "rules are not loaded"),
        (access(firewall=[]), "firewall", "by nobody, not by 10.0.0.1"),
        (access(opened=["service nfs in the zone public"]), "firewall", "too, by service nfs in the zone public"),
        ({"directories": {"msg": "no disk"}}, "directories", "no disk"),
        ({"exports": {"loaded": []}}, "exports", "not served, or with other options: /srv/volumes/logs 10.0.0.1("),
        (
            {"exports": loaded({"host": "*", "options": ["ro"]}, path="/srv")},
            "exports",
            "in the catalogue: /srv *(",
        ),
        ({"exports": {"msg": "cannot read"}}, "exports", "cannot read"),
        ({"directories": would(None)}, "directories", "/srv/volumes/logs is absent, not a directory"),
        ({"mounts": {"msg": "no systemd"}}, "mounts", "no systemd"),
        ({"units": {"changed": True, "steps": ["start web"]}}, "units", "site.yml would have to: start web"),
        ({"contexts": {"msg": "no store"}}, "contexts", "no store"),
        ({"denials": {"msg": "no log"}}, "denials", "no log"),
    ],
)
def test_what_is_other_than_wanted_is_a_finding(seen, area, text):
    (finding,) = audit.find_findings(server(**seen), CATALOGUE)
    assert (finding["host"], finding["area"]) == ("nfs1", area)
    assert text in finding["text"]


@pytest.mark.parametrize(("key", "value"), [("mode", "0777"), ("owner", 0), ("group", 0), ("identity", "")])
def test_a_directory_that_differs_is_told_with_both_values(key, value):
    said = "none" if value == "" else value
    (finding,) = audit.find_findings(server(directories=would({**DIRECTORY, key: value})), CATALOGUE)
    assert finding["text"] == f"/srv/volumes/logs has {key} {said}, not {DIRECTORY[key]}"


def test_directories_are_judged_by_the_plan_of_their_module():
    wanted = [directories.Directory("logs", PATH, 1000, 1000, 0o750, "x")]
    found = {"/": directories.Found("directory", 0, 0, 0o755), "/srv": None, "/srv/volumes": None}
    for current in (directories.Found("directory", 0, 1000, 0o755, None), None):
        change = directories.plan({**found, PATH: current}, wanted).result()
        told = [finding["text"] for finding in audit.find_findings(server(directories=change), CATALOGUE)]
        assert told == (
            [f"{PATH} has {words}" for words in ("owner 0, not 1000", "mode 0755, not 0750", "identity none, not x")]
            if current
            else [f"{PATH} is absent, not a directory"]
        )


def test_a_denial_is_a_finding_in_the_words_of_the_catalogue():
    denial = {
        "time": 1732384000.1,
        "comm": "cat",
        "path": "",
        "tclass": "dir",
        "permissions": ["search"],
        "scontext": "u:r:container_t:s0:c3,c4",
        "tcontext": "u:object_r:container_file_t:s0:c1,c2",
        "permissive": False,
        "count": 1,
    }
    (finding,) = audit.find_findings(look("app1", denials={"denials": [denial], "denials_reason": ""}), CATALOGUE)
    assert finding["area"] == "denials"
    assert "search of a directory of the volume logs, once" in finding["text"]


def test_where_denials_leave_no_trail_it_is_noted_and_no_finding():
    none = {"denials": None, "denials_reason": "auditd does not run"}
    record = audit.make_record([*FLEET[:2], look("app2", denials=none)], CATALOGUE)
    assert record["holds"]
    assert record["notes"] == [{"host": "app2", "area": "denials", "text": "auditd does not run"}]
    skipped = audit.make_record([*FLEET[:2], look("app2", denials={"skipped": True})], CATALOGUE)
    assert (skipped["holds"], skipped["notes"]) == (True, [])


def test_an_export_that_stands_there_by_another_name_of_its_host_is_told_once():
    wanted = {"path": "/srv/volumes/logs", "clients": [{"host": "app1", "options": ["rw"]}]}
    served = {"loaded": [{"path": "/srv/volumes/logs", "clients": [{"host": "app1.example", "options": ["ro"]}]}]}
    (finding,) = audit.find_findings(server(wanted_exports=[wanted], exports=served), CATALOGUE)
    assert finding["text"].startswith("not served, or with other options: /srv/volumes/logs app1(")


def test_an_address_of_version_6_is_no_name():
    wanted = {"path": "/srv/volumes/logs", "clients": [{"host": "fe80::1", "options": ["rw"]}]}
    served = {"loaded": [{"path": "/srv/volumes/logs", "clients": [{"host": "fe80::2", "options": ["rw"]}]}]}
    found = [
        finding["text"] for finding in audit.find_findings(server(wanted_exports=[wanted], exports=served), CATALOGUE)
    ]
    assert [text.split(":")[0] for text in found] == [
        "not served, or with other options",
        "served, and not in the catalogue",
    ]


def test_a_mount_is_told_with_its_state_and_reason():
    mount = {"path": "/m", "state": "wrong_options", "verdict": "replace", "reason": "context changed"}
    fine = {"path": "/n", "state": "mounted", "verdict": "no-op", "reason": ""}
    (finding,) = audit.find_findings(
        look("app1", mounts={"failed": True, "msg": "all", "mounts": [mount, fine]}), CATALOGUE
    )
    assert finding["text"] == "/m is wrong_options: context changed"


def test_a_socket_that_all_may_use_is_a_finding_and_one_of_a_group_is_not():
    sockets = [{"path": "/run/docker.sock", "mode": mode, "owner": 0, "group": 9} for mode in ("0660", "0666")]
    (finding,) = audit.find_findings(look("app1", **access(sockets=sockets)), CATALOGUE)
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


def test_what_is_open_past_the_containers_is_found_and_what_was_not_asked_is_not():
    refused = {"failed": True, "msg": "twin can log in and has the user id 1000"}
    open_ = {"changed": True, "steps": ["close /run/docker.sock"]}
    found = [
        finding for one in (refused, open_, {"skipped": True}, QUIET) for finding in judge(look("app1", lockdown=one))
    ]
    assert found == [
        ("lockdown", "twin can log in and has the user id 1000"),
        ("lockdown", "site.yml would have to: close /run/docker.sock"),
    ]
    assert judge(look("app1", lockdown={"failed": True})) == [
        ("lockdown", "it could not be asked: the module said nothing")
    ]


def judge(one):
    return [(finding["area"], finding["text"]) for finding in audit.find_findings(one, CATALOGUE)]
