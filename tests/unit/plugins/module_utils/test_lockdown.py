# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import lockdown
from ansible_collections.holdfast.volumes.plugins.module_utils.access_state import SOCKETS
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.lockdown import Access, Current
from ansible_collections.holdfast.volumes.plugins.module_utils.strangers import Stranger

DOCKER, STORE = "/run/docker.sock", "/srv/volumes"
OPEN = {STORE: Access(0o755, 0, 0), DOCKER: Access(0o660, 0, 994), "/run/podman/podman.sock": Access(0o660, 0, 0)}
NO_FILES = dict.fromkeys(lockdown.FILES)


def want(**given):
    options = {
        "parents": [],
        "close_sockets": False,
        "allow_swap": True,
        "servers": [],
        "owners": {},
        "accounts": [],
        "containers": [],
    }
    return lockdown.desired({**options, **given})


def all_of_it(**given):
    parents = [{"path": STORE, "served": True}]
    return want(
        **{"parents": parents, "close_sockets": True, "allow_swap": False, "owners": {"1000": ["app web"]}, **given}
    )


def current(**given):
    return Current(**{"files": NO_FILES, "access": OPEN, **given})


def closed(**given):
    """A host as a run leaves it."""
    wanted = all_of_it()
    access = {**OPEN, STORE: lockdown.LED_THROUGH, DOCKER: lockdown.SOCKET}
    before = {STORE: OPEN[STORE], DOCKER: OPEN[DOCKER]}
    return current(**{"files": dict(wanted.files), "access": access, "before": before, **given})


def steps(change):
    return [f"{step.action} {step.name}" for step in change.steps]


def test_what_is_open_is_closed_and_noted_first():
    change = lockdown.plan(current(), all_of_it())
    assert steps(change) == [
        f"record {lockdown.RECORD}",
        *(f"write {path}" for path in lockdown.FILES),
        "reload systemd",
        "limit running containers",
        f"close {STORE}",
        f"close {DOCKER}",
    ]
    noted = {STORE: OPEN[STORE], DOCKER: OPEN[DOCKER]}
    assert change.steps[0].args == {"first": noted, "last": noted}
    assert change.after["access"] == {
        "/run/docker.sock": "0600 0 0",
        "/run/podman/podman.sock": "0660 0 0",
        "/srv/volumes": "0710 0 65534",
    }


def test_a_second_run_has_nothing_to_do():
    assert not lockdown.plan(closed(), all_of_it())


def test_a_run_that_was_killed_before_systemd_knew_is_completed():
    assert steps(lockdown.plan(closed(pending=True), all_of_it())) == [
        f"record {lockdown.RECORD}",
        "reload systemd",
        "limit running containers",
    ]


def test_what_is_wanted_no_longer_is_given_back_and_forgotten():
    change = lockdown.plan(closed(), want())
    assert steps(change) == [
        f"record {lockdown.RECORD}",
        *(f"remove {path}" for path in lockdown.FILES),
        "reload systemd",
        "limit running containers",
        f"give back {STORE}",
        f"give back {DOCKER}",
    ]
    assert change.steps[0].args == {"first": closed().before, "last": None}
    assert change.steps[-1].args == {"access": OPEN[DOCKER]}
    assert change.after == {"files": {}, "access": lockdown.render_access(OPEN)}


def test_a_part_alone_is_given_back():
    change = lockdown.plan(closed(), all_of_it(parents=[]))
    assert steps(change) == [f"record {lockdown.RECORD}", f"give back {STORE}"]
    assert change.steps[0].args["last"] == {DOCKER: OPEN[DOCKER]}


def test_what_somebody_opened_again_is_closed_and_its_first_state_kept():
    found = closed(access={**closed().access, STORE: Access(0o777, 0, 0)})
    change = lockdown.plan(found, all_of_it())
    assert steps(change) == [f"record {lockdown.RECORD}", f"close {STORE}"]
    assert change.steps[0].args["last"][STORE] == OPEN[STORE]


def test_a_host_that_has_nothing_and_shall_have_nothing_needs_nothing():
    assert not lockdown.plan(current(access={}), want())
    assert steps(lockdown.plan(current(before={}), want())) == [f"record {lockdown.RECORD}"]


def test_a_directory_that_a_run_makes_is_predicted_to_be_closed():
    change = lockdown.plan(current(access={}), all_of_it())
    assert f"close {STORE}" in steps(change)
    assert change.steps[0].args["last"] == {}


def test_a_local_store_is_roots_alone():
    (step,) = [
        s for s in lockdown.plan(current(), want(parents=[{"path": STORE, "served": False}])).steps if s.name == STORE
    ]
    assert step.args["access"] == Access(0o700, 0, 0)


def test_drop_ins_of_others_stay_and_refuse_only_where_they_are_in_the_way():
    path = lockdown.FILES[0]
    foreign = current(files={**NO_FILES, path: "[Socket]\n"})
    with pytest.raises(HostError, match=f"{path} is not the collection's; move it away"):
        lockdown.plan(foreign, all_of_it())
    assert not lockdown.plan(foreign, want())


def test_every_account_that_only_a_person_can_close_is_named_at_once():
    found = current(
        logins=(("alice", 1000), ("bob", 1001), ("twin", 1000)), members={"disk": ["carol", "root"]}, listens=True
    )
    with pytest.raises(HostError) as refused:
        lockdown.plan(found, all_of_it())
    text = str(refused.value)
    assert "alice can log in and has the user id 1000, that of app web" in text
    assert "twin can log in" in text
    assert "carol is in the group disk, which reads and writes every disk" in text
    assert "Docker listens on the network" in text
    assert "bob" not in text
    assert "root is" not in text


def test_a_container_of_other_origin_is_named_with_what_it_has():
    found = current(strangers=(Stranger("agent", 812, ("the capabilities SYS_ADMIN", "data of 10.0.0.1:/a")),))
    with pytest.raises(HostError, match="the container agent .process 812. is not the collection's and has the capab"):
        lockdown.plan(found, all_of_it())
    assert lockdown.plan(found, all_of_it(containers=["agent"]))
    assert lockdown.find_problems(found, want()) == []


def test_accounts_that_were_accepted_are_no_problem():
    found = current(logins=(("alice", 1000),), members={"disk": ["carol"]})
    assert lockdown.plan(found, all_of_it(accounts=["alice", "carol"]))


def test_a_host_without_data_is_not_asked_who_is_in_which_group():
    assert lockdown.find_problems(current(members={"disk": ["carol"]}, listens=True), want()) == []


@pytest.mark.parametrize(
    ("access", "open_"),
    [
        (Access(0o660, 0, 0), False),
        (Access(0o600, 0, 994), False),
        (Access(0o660, 0, 994), True),
        (Access(0o666, 0, 0), True),
        (Access(0o600, 1000, 0), True),
    ],
)
def test_a_socket_is_open_when_another_than_root_may_use_it(access, open_):
    assert lockdown.is_open(access) is open_
    containerd = SOCKETS[0]
    problems = lockdown.find_problems(current(access={containerd: access}), all_of_it())
    assert [containerd in problem for problem in problems] == [True] * open_


def test_a_link_in_place_of_a_directory_is_refused():
    with pytest.raises(HostError, match="/srv/volumes is no directory of its own"):
        lockdown.plan(current(links=(STORE,)), all_of_it())


@pytest.mark.parametrize("path", ["/srv", "/", "/var/lib", "srv/x", "/srv/../etc", "/srv/x/"])
def test_directories_that_others_need_are_not_closed(path):
    with pytest.raises(HostError, match="has volumes in it and belongs to the operating system|must be absolute"):
        want(parents=[{"path": path, "served": False}])


def test_an_owner_is_a_number():
    with pytest.raises(HostError, match="owners: 'www-data' is no user id"):
        want(owners={"www-data": ["volume site"]})


def test_what_runs_already_gets_limits_only_when_they_change():
    only_sockets = lockdown.plan(current(), all_of_it(allow_swap=True, parents=[]))
    assert "reload systemd" in steps(only_sockets)
    assert "limit running containers" not in steps(only_sockets)
    limit = lockdown.plan(current(), want(allow_swap=False, servers=["10.0.0.1"])).steps[-1]
    assert limit.args["properties"] == ["MemorySwapMax=0", "IPAddressDeny=", "IPAddressDeny=10.0.0.1"]
    assert want().properties == ["MemorySwapMax=infinity", "IPAddressDeny="]


def test_containers_are_kept_from_servers_that_have_addresses():
    files = want(servers=["fd00::1", "10.77.0.11"]).files
    assert len(files) == 2
    assert all(text.endswith("]\nIPAddressDeny=10.77.0.11\nIPAddressDeny=fd00::1\n") for text in files.values())
    with pytest.raises(HostError, match=r"servers: filer.example.com is no address.*host_lockdown_servers"):
        want(servers=["filer.example.com"])


def test_the_record_is_read_as_it_was_written():
    text = json.dumps(lockdown.render_record(OPEN, pending=True))
    assert lockdown.parse_record(json.loads(text)) == (OPEN, True)


def test_drop_ins_are_for_units_whatever_the_catalogue_has():
    files = all_of_it().files
    assert [path.split("/")[-2] for path in files] == [
        "docker.socket.d",
        "podman.socket.d",
        "docker-.scope.d",
        "holdfast-.service.d",
    ]
    assert "[Scope]\nMemorySwapMax=0\n" in files["/etc/systemd/system/docker-.scope.d/zz-holdfast.conf"]
    assert "SocketGroup=root\nSocketMode=0600\n" in files["/etc/systemd/system/docker.socket.d/zz-holdfast.conf"]
