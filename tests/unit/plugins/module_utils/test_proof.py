from __future__ import annotations

import copy

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import proof

CATALOGUE = {
    "stores": {"main": {"type": "nfs_server"}, "disk": {"type": "directory"}},
    "volumes": {
        "content": {"store": "main", "path": "/srv/volumes/content"},
        "data": {"store": "disk", "path": "/srv/local/data"},
        "deep": {"store": "disk", "path": "/srv/local/data/deep"},
    },
}
SERVED = [{"name": "content", "path": "/srv/volumes/content"}]


def mount(source, target="/data", read_only=False):
    return {"source": source, "target": target, "read_only": read_only}


def container(app, *mounts, engine="docker", pid=42, container_id="old"):
    return {"app": app, "engine": engine, "pid": pid, "container_id": container_id, "mounts": list(mounts)}


def seen(name="r-app1-1", app="web", container_id="new", **changes):
    return {
        "app": app,
        "engine": "docker",
        "target": "/data",
        "name": name,
        "volume": "content",
        "present": True,
        "content": "hold fast",
        "sha256": "abc",
        "owner": 1000,
        "group": 1000,
        "mode": "0644",
        "label": "system_u:object_r:container_file_t:s0:c1,c2",
        "error": "",
        "read_as": {"container_id": container_id},
        **changes,
    }


def held(**of_reader):
    """Evidence of a proof in which all is well but for the changes of what app2 read."""
    gone = {"app": "", "present": True, "name": "r-app1-1", "sha256": "abc"}
    return [
        {
            "host": "nfs1",
            "gone": {"witnesses": [gone], "containers": []},
            "left": {"witnesses": [{**gone, "present": False}]},
        },
        {
            "host": "app1",
            "before": {"containers": [container("web")]},
            "written": {"witnesses": [seen(container_id="old")]},
            "left": {"witnesses": []},
        },
        {"host": "app2", "read": {"witnesses": [seen(**of_reader)]}, "left": {"witnesses": []}},
    ]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("/srv/holdfast/content", "content"),
        ("/srv/holdfast/content/site", "content/site"),
        ("/srv/local/data", "data"),
        ("/srv/local/data/below", "data/below"),
        ("/srv/local/data/deep/below", "deep/below"),
        ("/srv/local/database", ""),
        ("/srv/volumes/content", ""),
        ("/etc/localtime", ""),
        ("/srv/holdfast", ""),
    ],
)
def test_a_bound_directory_tells_its_volume(source, place):
    assert proof.find_place(source, CATALOGUE) == place


def test_without_a_catalogue_the_parent_of_the_mounts_tells():
    assert proof.find_place("/mounts/content", {}, "/mounts") == "content"


@pytest.mark.parametrize(
    ("name", "place"),
    [("holdfast-content", "content"), ("holdfast-content.ro", "content"), ("holdfast-gone", ""), ("b1", "")],
)
def test_a_volume_that_the_engine_mounts_is_known_by_its_name(name, place):
    bound = {**mount("/var/lib/docker/volumes/x/_data"), "name": name}
    assert proof.find_mount_place(bound, CATALOGUE) == place
    assert proof.find_mount_place(mount("/srv/holdfast/content/site"), CATALOGUE) == "content/site"
    planned = proof.plan_writers([container("web", bound)], "app1", "run1", CATALOGUE)
    assert [one["volume"] for one in planned] == ([place] if place else [])


def test_without_a_catalogue_the_name_alone_tells():
    assert proof.find_mount_place({**mount("/x"), "name": "holdfast-content"}, {}) == "content"


@pytest.mark.parametrize(
    ("label", "holds"),
    [
        ("system_u:object_r:nfs_t:s0", True),
        ("system_u:object_r:container_file_t:s0:c1,c2", True),
        ("system_u:object_r:container_file_t:s0", False),
    ],
)
def test_the_one_label_of_plain_nfs_is_no_level_of_a_volume(label, holds):
    (row,) = proof.judge_witnesses(held(label=label), 1.0)
    assert row["holds"] is holds


def test_a_witness_is_written_through_every_writable_binding_of_what_runs():
    containers = [
        container("web", mount("/srv/holdfast/content"), mount("/srv/holdfast/logs", "/logs"), mount("/etc/x", "/x")),
        container("ops", mount("/srv/holdfast/logs", "/logs", read_only=True)),
        container("stopped", mount("/srv/holdfast/content"), pid=0),
    ]
    planned = proof.plan_writers(containers, "app1", "run1", CATALOGUE)
    assert [(one["app"], one["target"], one["volume"]) for one in planned] == [
        ("web", "/data", "content"),
        ("web", "/logs", "logs"),
    ]
    assert len({one["name"] for one in planned}) == 2
    assert all(one["name"].startswith("run1-app1-") for one in planned)


def test_a_witness_is_demanded_back_through_every_container_that_sees_its_place():
    evidence = [{"host": "app1", "written": {"witnesses": [seen("whole"), seen("site", volume="content/site")]}}]
    containers = [
        container("all", mount("/srv/holdfast/content")),
        container("site", mount("/srv/holdfast/content/site", "/html/", read_only=True)),
        container("other", mount("/srv/holdfast/content/site2")),
        container("stopped", mount("/srv/holdfast/content"), pid=0),
    ]
    planned = proof.plan_readers(evidence, containers, CATALOGUE)
    assert [(one["app"], one["name"], one["target"], one["attempt_write"]) for one in planned] == [
        ("all", "whole", "/data", False),
        ("all", "site", "/data/site", False),
        ("site", "site", "/html/", True),
    ]


def test_a_server_holds_the_witnesses_of_all_and_a_disk_its_own():
    evidence = [
        {"host": "app1", "written": {"witnesses": [seen("a", volume="content/site"), seen("b", volume="data")]}},
        {"host": "app2", "written": {"witnesses": [seen("c", volume="data")]}},
    ]
    own = [{"name": "data", "path": "/srv/local/data"}]
    assert proof.plan_at_rest(evidence, "nfs1", SERVED, []) == [
        {"target": "/srv/volumes/content/site", "name": "a", "volume": "content/site"}
    ]
    assert [one["name"] for one in proof.plan_at_rest(evidence, "app2", [], own)] == ["c"]


def test_each_witness_is_taken_away_once_by_one_that_may_write():
    evidence = [
        {"host": "app1", "read": {"witnesses": [seen(app="ops", writable=False)]}},
        {"host": "app2", "read": {"witnesses": [seen(app="web"), seen(app="web2")]}},
        {"host": "app3", "read": {"witnesses": [seen(app="web3")]}},
    ]
    planned = {host: proof.plan_removals(evidence, host) for host in ("app1", "app2", "app3")}
    assert [one["app"] for one in planned["app2"]] == ["web"]
    assert planned["app1"] == planned["app3"] == []


def test_apps_that_should_run_and_do_not_are_waited_for():
    units = [{"name": "web", "start": "boot"}, {"name": "ops", "start": "on_demand"}, {"name": "db"}]
    assert proof.find_waiting([container("web"), container("db", pid=0)], units) == ["db"]


def test_a_row_says_who_wrote_and_who_read():
    (row,) = proof.judge_witnesses(held(), 42.0)
    assert row["holds"]
    assert row["reason"] == ""
    assert (row["wrote"]["host"], row["read"]["host"], row["at_rest"]) == ("app1", "app2", ["nfs1"])
    assert (row["owner"], row["mode"], row["level"], row["seconds"]) == ("1000:1000", "0644", "s0:c1,c2", 42.0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"present": False}, "the witness is gone"),
        ({"present": False, "error": "Permission denied"}, "Permission denied"),
        ({"content": "else"}, "the content differs"),
        ({"owner": 0}, "owner 1000 became 0"),
        ({"group": 0}, "group 1000 became 0"),
        ({"mode": "0600"}, "mode 0644 became 0600"),
        ({"label": "system_u:object_r:container_file_t:s0"}, "level s0:c1,c2 became s0"),
        ({"label": ""}, "level s0:c1,c2 became none"),
        ({"container_id": "old"}, "the old container answered"),
        ({"writable": True}, "a read-only binding let a write through"),
    ],
)
def test_every_difference_counts(changes, reason):
    (row,) = proof.judge_witnesses(held(**changes), None)
    assert not row["holds"]
    assert reason in row["reason"]


def test_a_refused_write_through_a_read_only_binding_is_right():
    (row,) = proof.judge_witnesses(held(writable=False, write_error="EROFS"), None)
    assert (row["holds"], row["write_refused"]) == (True, "EROFS")


def test_a_witness_that_nobody_can_read_does_not_hold():
    evidence = held()
    del evidence[2]["read"]
    (row,) = proof.judge_witnesses(evidence, None)
    assert (row["holds"], row["read"], row["reason"]) == (False, None, "no container binds the volume now")


def test_what_the_server_lost_or_kept_counts():
    lost, kept = held(), held()
    lost[0]["gone"]["witnesses"][0].pop("sha256")
    kept[0]["left"]["witnesses"][0]["present"] = True
    assert "nfs1 did not hold it" in proof.judge_witnesses(lost, None)[0]["reason"]
    assert "away from nfs1" in proof.judge_witnesses(kept, None)[0]["reason"]


def test_a_host_is_clean_or_says_what_is_left():
    evidence = copy.deepcopy(held())
    evidence[0] |= {"facts": {"distribution": "Debian", "distribution_version": "13", "selinux": {"mode": "enforcing"}}}
    evidence[1] |= {
        "gone": {"containers": [container("web")]},
        "units": {"units": [{"name": "web"}]},
        "mounts": {"mounts": [{"name": "content"}]},
    }
    del evidence[2]["left"]
    clean, dirty, lost = proof.judge_hosts(evidence)
    assert (clean["holds"], clean["system"], clean["selinux"]) == (True, "Debian 13", "enforcing")
    assert dirty["reason"] == "containers left: web; units left: web; mounts left: content"
    assert dirty["torn_down"] == ["web"]
    assert "did not finish" in lost["reason"]


def test_phases_are_those_whose_ends_are_known():
    marks = {"started": 10.0, "written": "12.5", "torn_down": 20}
    assert proof.find_phases(marks) == [{"name": "write", "seconds": 2.5}, {"name": "tear down", "seconds": 7.5}]


def test_every_instance_of_an_app_writes_and_reads_for_itself():
    mount = {"source": "/srv/holdfast/site", "target": "/www", "read_only": False}
    ran = [{"app": name, "engine": "podman", "pid": 7, "mounts": [mount]} for name in ("web", "web-2")]
    written = proof.plan_writers(ran, "app1", "r", {})
    assert [(one["app"], one["name"]) for one in written] == [("web", "r-app1-1"), ("web-2", "r-app1-2")]
    evidence = [{"host": "app1", "written": {"witnesses": written}}]
    readers = proof.plan_readers(evidence, ran, {})
    assert [(one["app"], one["name"]) for one in readers] == [
        (app, name) for app in ("web", "web-2") for name in ("r-app1-1", "r-app1-2")
    ]
    units = [{"name": "web"}, {"name": "web-2"}, {"name": "web-3"}]
    assert proof.find_waiting(ran, units) == ["web-3"]
