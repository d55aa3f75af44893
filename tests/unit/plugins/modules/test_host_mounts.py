# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""host_mounts and host_mounts_info on a host in memory."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.settled import find_settled
from ansible_collections.holdfast.volumes.plugins.modules import host_mounts, host_mounts_info

OPTIONS = [
    "nfsvers=4.2",
    "hard",
    "nosharecache",
    'context="system_u:object_r:container_file_t:s0:c1,c2"',
    "nodev",
    "rw",
]
FIRST = [
    *("create /srv/holdfast", "guard content", "guard db", "write content", "write db"),
    *("enable content", "enable db", "reload systemd", "mount content", "mount db"),
]


def item(name, **other):
    return {
        "name": name,
        "path": f"/srv/holdfast/{name}",
        "source": f"10.77.0.11:/srv/volumes/{name}",
        "fstype": "nfs4",
        "options": OPTIONS,
        "identity": "",
        **other,
    }


def params(*mounts, **other):
    limits = {"parent": "/srv/holdfast", "retire": False, "allow_disruption": False, "timeout": 10, "start_timeout": 90}
    return {"mounts": list(mounts), **limits, **other}


BOTH = params(item("content"), item("db"))


def converge(system, wanted, check_mode=False):
    """Run and demand that there was nothing to complain of."""
    result, errors = host_mounts.run(system, wanted, check_mode)
    assert errors == []
    return result


@pytest.fixture
def system(mount_host):
    return mount_host


@pytest.fixture
def converged(system):
    converge(system, BOTH)
    system.log.clear()
    return system


def states(result):
    return {mount["name"]: (mount["state"], mount["verdict"]) for mount in result["mounts"]}


def test_a_bare_host_gets_everything_in_one_go(system):
    result = converge(system, BOTH)
    assert result["steps"] == FIRST
    assert states(result) == {"content": ("mounted", "mount"), "db": ("mounted", "mount")}
    assert [line for line in system.log if line.startswith("systemctl")] == [
        "systemctl enable srv-holdfast-content.mount srv-holdfast-db.mount",
        "systemctl daemon-reload",
        "systemctl start srv-holdfast-content.mount srv-holdfast-db.mount",
    ]
    assert system.directories["/srv/holdfast"] == FileState("directory", 0o700, 0, 0)


def test_the_parent_goes_with_the_last_mount(converged):
    assert converge(converged, params())["steps"][-1] == "sweep /srv/holdfast"
    assert "/srv/holdfast" not in converged.directories
    assert converge(converged, params())["steps"] == []


def test_a_parent_with_something_in_it_stays(converged):
    converged.files["/srv/holdfast/notes"] = "of somebody"
    assert "sweep /srv/holdfast" not in converge(converged, params())["steps"]
    assert "/srv/holdfast" in converged.directories
    assert converge(converged, params())["steps"] == []


def test_a_parent_that_others_made_stays(system):
    system.directories["/srv/holdfast"] = FileState("directory", 0o755, 0, 0)
    assert converge(system, params())["steps"] == []


def test_the_second_run_changes_nothing(converged):
    result = converge(converged, BOTH)
    assert (result["changed"], result["steps"], converged.log) == (False, [], [])
    assert result["diff"]["before"] == result["diff"]["after"]


def test_mounts_are_settled_when_a_run_would_do_nothing_and_complain_of_nothing(system):
    sets = {"mounts": BOTH}
    assert find_settled(system, sets) == []
    converge(system, BOTH)
    system.log.clear()
    assert find_settled(system, sets) == ["mounts"]
    assert find_settled(system, {"mounts": params(item("content"))}) == []
    assert find_settled(system, {"mounts": params(item("content"), item("d b"))}) == []
    system.down.add("10.77.0.11")
    assert find_settled(system, sets) == []
    assert system.log == []


def test_files_under_a_mount_are_no_settled_state(converged):
    converged.bare["/srv/holdfast/content"] = {"names": ["lost"], "guarded": True}
    assert find_settled(converged, {"mounts": BOTH}) == []


def test_check_mode_says_what_a_run_does_and_does_nothing(system):
    predicted = converge(system, BOTH, check_mode=True)
    assert (system.log, predicted["steps"]) == ([], FIRST)
    assert predicted["diff"] == converge(system, BOTH)["diff"]


def test_the_number_of_commands_does_not_grow_with_the_mounts(system):
    converge(system, params(*(item(f"v{number}") for number in range(200))))
    assert len([line for line in system.log if line.startswith("systemctl")]) == 3


@pytest.mark.parametrize("kill_at", range(12))
@pytest.mark.parametrize("wanted", [BOTH, params(item("db", options=["soft"]), item("new")), params()])
def test_a_run_that_is_killed_is_completed_by_the_next(system, killed, kill_at, wanted):
    if wanted is not BOTH:
        converge(system, BOTH)
    system.kill_at = len(system.log) + kill_at
    try:
        converge(system, wanted)
    except killed:
        system.kill_at = None
        converge(system, wanted)
    system.kill_at = None
    assert converge(system, wanted)["steps"] == []
    names = {mount["path"] for mount in wanted["mounts"]}
    assert (set(system.live), set(system.bare), len(system.files), len(system.links)) == (
        names,
        names,
        *[len(names)] * 2,
    )
    # systemd itself forgets a unit whose file went before the run was killed
    assert system.loaded.keys() >= {mount_units.find_name(path) for path in names}


def test_what_is_no_longer_wanted_is_unmounted_and_then_forgotten(converged):
    result = converge(converged, params(item("content"), retire=True))
    assert result["steps"] == ["unmount db", "remove db", "reload systemd"]
    assert states(result) == {"db": ("absent", "unmount")}
    assert converged.log == [
        "systemctl stop srv-holdfast-db.mount",
        "systemctl disable srv-holdfast-db.mount",
        "rmdir db",
        "remove /etc/systemd/system/srv-holdfast-db.mount",
        "systemctl daemon-reload",
    ]


def test_retire_leaves_what_is_wanted_as_it_is(converged):
    assert (
        converge(converged, params(item("content", source="h:/x"), item("db"), item("new"), retire=True))["steps"] == []
    )


def test_a_busy_mount_is_not_forgotten(converged):
    converged.busy = {"/srv/holdfast/db"}
    result, errors = host_mounts.run(converged, params(item("content")), False)
    assert errors == ["/srv/holdfast/db is still mounted, so its unit was kept: target is busy"]
    assert "/etc/systemd/system/srv-holdfast-db.mount" in converged.files
    assert states(result)["db"] == ("mounted", "unmount")


def test_users_are_named_and_kept(converged):
    converged.holders = [{"path": "/srv/holdfast/db", "pid": 12, "comm": "postgres", "unit": "holdfast-db.service"}]
    converged.bound = {"srv-holdfast-db.mount": ["holdfast-db.service", "holdfast-ops.service"]}
    wanted = params(item("content"), item("db", source="10.77.0.12:/srv/volumes/db"))
    for check_mode in (True, False):
        result, errors = host_mounts.run(converged, wanted, check_mode)
        assert errors == [
            "/srv/holdfast/db must be unmounted (nfs4 10.77.0.11:/srv/volumes/db instead of 10.77.0.12:/srv/volumes/db)"
            " and is in use by postgres (pid 12, holdfast-db.service), holdfast-ops.service; stop them, or set "
            "allow_disruption to true"
        ]
        assert (converged.log, result["changed"]) == ([], False)


def test_disruption_can_be_allowed(converged):
    converged.holders = [{"path": "/srv/holdfast/db", "pid": 12, "comm": "postgres", "unit": ""}]
    wanted = params(item("content"), item("db", source="10.77.0.12:/srv/volumes/db"), allow_disruption=True)
    assert converge(converged, wanted)["steps"] == ["unmount db", "write db", "reload systemd", "mount db"]
    assert converged.server("/srv/holdfast/db") == "10.77.0.12"


def test_a_remount_unmounts_nothing(converged):
    wanted = params(item("content"), item("db", options=[*OPTIONS[:-1], "ro"]))
    assert converge(converged, wanted)["steps"] == ["write db", "reload systemd", "remount db"]
    assert converge(converged, wanted)["steps"] == []


def test_a_server_that_is_away_fails_its_mount_and_no_other(system):
    system.down = {"10.77.0.12"}
    wanted = params(item("content"), item("db", source="10.77.0.12:/db"))
    result, errors = host_mounts.run(system, wanted, False)
    assert states(result) == {"content": ("mounted", "mount"), "db": ("absent", "mount")}
    assert errors == [
        "/srv/holdfast/db is not mounted: 10.77.0.12:/db did not answer within 92 s. "
        "The unit srv-holdfast-db.mount keeps waiting and mounts it when the server is back"
    ]
    system.down = set()
    assert converge(system, wanted)["steps"] == ["mount db"]


def test_a_start_that_waits_for_the_wrong_server_is_stopped_first(system):
    system.down = {"10.77.0.12"}
    host_mounts.run(system, params(item("db", source="10.77.0.12:/db")), False)
    assert converge(system, params(item("db")))["steps"] == ["unmount db", "write db", "reload systemd", "mount db"]
    assert system.waiting == set()


def test_a_mount_that_the_server_refuses_is_an_error_with_its_words(system):
    system.refused = {"10.77.0.11:/srv/volumes/db"}
    errors = host_mounts.run(system, BOTH, False)[1]
    assert errors == [
        "/srv/holdfast/db could not be mounted from 10.77.0.11:/srv/volumes/db: mount.nfs4: access denied by server"
    ]


def test_a_mounted_server_that_is_away_is_said_and_nothing_is_done(converged):
    converged.down = {"10.77.0.11"}
    result, errors = host_mounts.run(converged, params(item("content"), item("db", options=["soft"])), False)
    assert states(result) == {"content": ("unreachable", "no-op"), "db": ("unreachable", "no-op")}
    assert [error.split(" ")[0] for error in errors] == ["/srv/holdfast/content", "/srv/holdfast/db"]
    assert converged.log == []


def test_a_stale_mount_is_mounted_again(converged):
    converged.stale = {"10.77.0.11"}
    wanted = params(item("content", source="new:/content"), item("db", source="new:/db"))
    result = converge(converged, wanted)
    assert converged.log[:2] == ["force /srv/holdfast/content", "force /srv/holdfast/db"]
    assert states(result)["db"] == ("mounted", "replace")


def test_a_dead_mount_that_is_no_longer_wanted_goes_by_force(converged):
    converged.down = {"10.77.0.11"}
    result = converge(converged, params())
    assert converged.live == {}
    assert "by force" in result["warnings"][0]


def test_files_on_the_bare_directory_are_never_mounted_over(system):
    system.bare["/srv/holdfast/db"] = {"names": ["base", "pg_wal"], "guarded": False}
    system.directories["/srv/holdfast"] = FileState("directory", 0o700, 0, 0)
    result, errors = host_mounts.run(system, BOTH, False)
    assert errors[0].startswith("/srv/holdfast/db is not mounted and holds 'base', 'pg_wal': mounting would hide them")
    assert states(result) == {"content": ("mounted", "mount"), "db": ("shadowed", "mount")}
    assert result["shadowed"] == {"/srv/holdfast/db": ["base", "pg_wal"]}


def test_files_under_a_mount_are_reported_and_left(converged):
    converged.bare["/srv/holdfast/db"] = {"names": ["base"], "guarded": False}
    result = converge(converged, BOTH)
    assert (states(result)["db"], result["shadowed"]) == (("shadowed", "no-op"), {"/srv/holdfast/db": ["base"]})
    result = converge(converged, params(item("content")))
    assert result["warnings"] == ["/srv/holdfast/db was left: it holds base"]


def test_another_volume_behind_the_mount_is_an_error(converged):
    converged.identities = {"/srv/holdfast/content": "other", "/srv/holdfast/db": "mine"}
    result, errors = host_mounts.run(
        converged, params(item("content", identity="mine"), item("db", identity="mine")), False
    )
    assert states(result) == {"content": ("wrong_identity", "no-op"), "db": ("mounted", "no-op")}
    assert "has identity other, wanted is mine" in errors[0]


def test_a_unit_file_of_another_is_refused(system):
    system.files["/etc/systemd/system/srv-holdfast-db.mount"] = "[Mount]\nWhere=/srv/holdfast/db\n"
    errors = host_mounts.run(system, BOTH, False)[1]
    assert errors == ["/etc/systemd/system/srv-holdfast-db.mount is not ours; remove it, or choose another path"]
    assert set(system.live) == {"/srv/holdfast/content"}


def test_a_mount_by_hand_that_is_as_wanted_is_kept(system):
    system.directories["/srv/holdfast"] = FileState("directory", 0o755, 0, 0)
    system.bare["/srv/holdfast/db"] = {"names": [], "guarded": True}
    system.mount(host_mounts.desired(BOTH).mounts["/srv/holdfast/db"].unit)
    assert converge(system, params(item("db")))["steps"] == [
        *("create /srv/holdfast", "write db", "enable db", "reload systemd"),
    ]


def test_a_parent_that_is_no_directory_is_refused(system):
    system.links.add("/srv/holdfast")
    with pytest.raises(HostError, match="/srv/holdfast is no directory but a link"):
        host_mounts.run(system, BOTH, False)


def test_an_empty_list_on_a_host_without_us_asks_systemd_nothing(system):
    system.run = None
    assert converge(system, params())["steps"] == []


def test_all_bad_input_is_said_at_once_and_before_any_change(system):
    with pytest.raises(HostError) as error:
        host_mounts.run(system, params(item("a b"), item("c", source="x"), item("c", fstype="ext4")), False)
    assert all(text in str(error.value) for text in ("'a b'", "'x' is not HOST:/PATH", "'ext4'", "given 2 times"))
    assert system.log == []


def through_helper(name, *options, source="fs-1234abcd:/"):
    words = ["nfsvers=4.1", "noresvport", *OPTIONS[1:], "tls", "region=eu-west-1", *options]
    return item(name, fstype="efs", source=source, options=words)


def test_a_mount_of_amazon_efs_utils_is_known_by_what_is_behind_its_tunnel(system):
    wanted = params(through_helper("content"), through_helper("db", "accesspoint=fsap-5678ef90"))
    result = converge(system, wanted)
    assert [mount["source"] for mount in result["mounts"]] == ["fs-1234abcd:/", "fs-1234abcd:/:fsap-5678ef90"]
    assert converge(system, wanted)["steps"] == []
    found = host_mounts_info.read(system, 10)["mounts"]
    assert [(mount["state"], mount["source"]) for mount in found] == [
        ("mounted", "fs-1234abcd:/"),
        ("mounted", "fs-1234abcd:/:fsap-5678ef90"),
    ]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (
            through_helper("content", source="fs-99999999:/"),
            "nfs4 fs-1234abcd:/:fsap-5678ef90 instead of fs-99999999:/",
        ),
        (
            through_helper("content", "accesspoint=fsap-99999999"),
            "nfs4 fs-1234abcd:/:fsap-5678ef90 instead of fs-1234abcd:/:fsap-99999999",
        ),
        (through_helper("content", "accesspoint=fsap-5678ef90", "iam"), "iam changed"),
        (item("content"), "nfs4 fs-1234abcd:/:fsap-5678ef90 instead of 10.77.0.11:/srv/volumes/content"),
    ],
)
def test_a_tunnel_to_something_else_is_replaced(system, other, reason):
    converge(system, params(through_helper("content", "accesspoint=fsap-5678ef90")))
    result = converge(system, params(other))
    assert [(mount["verdict"], mount["reason"]) for mount in result["mounts"]] == [("replace", reason)]
    assert converge(system, params(other))["steps"] == []


def test_a_local_mount_without_a_record_of_its_tunnel_is_not_taken_for_the_file_system(system):
    converge(system, params(through_helper("content")))
    system.files = {path: text for path, text in system.files.items() if not path.startswith("/run/efs")}
    result, errors = host_mounts.run(system, params(through_helper("content")), True)
    assert (states(result), errors) == ({"content": ("wrong_source", "replace")}, [])
    assert result["mounts"][0]["reason"] == "nfs4 127.0.0.1:/ instead of fs-1234abcd:/"


def test_host_mounts_info_says_what_is_there(converged):
    converged.holders = [{"path": "/srv/holdfast/db", "pid": 12, "comm": "postgres", "unit": "holdfast-db.service"}]
    converged.identities = {"/srv/holdfast/db": "mine"}
    converged.bare["/srv/holdfast/content"] = {"names": ["lost"], "guarded": False}
    found = host_mounts_info.read(converged, 10)
    content, db = found["mounts"]
    assert (content["state"], content["guarded"], found["shadowed"]) == (
        *("shadowed", False),
        {"/srv/holdfast/content": ["lost"]},
    )
    assert (db["state"], db["unit"], db["active"], db["enabled"]) == (
        "mounted",
        "srv-holdfast-db.mount",
        "active",
        True,
    )
    assert db["holders"] == [{"pid": 12, "comm": "postgres", "unit": "holdfast-db.service"}]
    assert (db["identity"], content["identity"]) == ("mine", None)
    assert (db["options"]["vers"], db["options"]["recovery"]) == ("4.2", "hard")
    assert converged.log == []


def test_host_mounts_info_never_hangs_on_a_dead_server(converged):
    converged.down = {"10.77.0.11"}
    assert {mount["state"] for mount in host_mounts_info.read(converged, 10)["mounts"]} == {"unreachable"}
