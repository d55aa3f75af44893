from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import (
    Operation,
    Unit,
    find_operation,
    find_problems,
    parse_operation,
    plan,
)

READS = [{"volume": "logs", "target": "/logs", "read_only": True}]
WRITES = [*READS, {"volume": "site", "target": "/www", "read_only": False}]
PLANNED = {"app": "web_ops", "run": ["report"], "fetch": ["/tmp/r"]}
PLANS = {
    "app1": {"units": [{"name": "web", "start": "boot", "mounts": WRITES}], "operations": []},
    "app2": {
        "units": [
            {"name": "web_ops", "start": "on_demand", "mounts": READS},
            {"name": "job", "start": "on_demand", "mounts": WRITES},
        ],
        "operations": [PLANNED],
    },
}
CHOICE = "started on demand here: job, web_ops"
UNIT = Unit("web_ops", "podman", True, "15m", True, "inactive", "", "success")


def problems(hosts=("app1", "app2"), plans=None, **wanted):
    return find_problems(plans or PLANS, hosts, {"app": "web_ops", **wanted})


def test_a_planned_operation_needs_no_words():
    assert problems() == []
    assert problems(run="cat /a", fetch=["/b"]) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"app": ""}, f"no app is named: add -e app=NAME; {CHOICE}"),
        ({"app": "webops"}, f'no host has an app "webops" in its plan; {CHOICE}'),
        (
            {"app": "web"},
            f"web starts at boot, and operations do not enter what is in production; {CHOICE}",
        ),
        (
            {"hosts": ["app1"]},
            "web_ops is placed on app2, and none of these is in this run; widen --limit",
        ),
        (
            {"app": "job", "run": ["x"]},
            "job may write to site, and operations only read; bind it with :ro, or, for a job that shall write, add "
            "-e holdfast_ops_writes=true",
        ),
        (
            {"app": "job", "writes": True},
            "job has no operation of its own: give the app `ops: {run: [...], fetch: [...]}` in the catalogue, or say "
            'here what is run: -e \'{"holdfast_ops_run": ["program", "word"]}\'',
        ),
        ({"run": "cat 'x"}, "run cannot be split into words (No closing quotation); close the quotes or write a list"),
        ({"fetch": ["r"]}, "fetch: 'r' is no path; write the absolute one of a file in the container"),
    ],
)
def test_what_stands_against_an_operation(wanted, expected):
    assert problems(**wanted) == [expected]


def test_a_job_that_shall_write_is_run_when_that_is_said():
    assert problems(app="job", run=["x"], writes=True) == []


def test_a_fleet_with_nothing_on_demand_says_so():
    assert "none; say start: on_demand" in problems(plans={"app1": PLANS["app1"]})[0]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {"run": ["report"], "fetch": ["/tmp/r"]}),
        ({"run": "other"}, {"run": "other", "fetch": []}),
        ({"fetch": ["/b"]}, {"run": ["report"], "fetch": ["/b"]}),
        ({"app": "job"}, {"run": [], "fetch": []}),
    ],
)
def test_what_is_said_goes_before_what_is_planned(wanted, expected):
    assert find_operation([PLANNED], {"app": "web_ops", **wanted}) == expected


@pytest.mark.parametrize(
    ("run", "fetch", "complaint"),
    [
        ([], [], "run is empty"),
        (" ", [], "run is empty"),
        ([""], [], "run is empty"),
        (["a\0b"], [], "run: a word holds NUL"),
        ("a", ["/tmp/../etc/shadow"], "fetch: '/tmp/../etc/shadow' is no path"),
        ("a", ["/a/r", "/b/r"], "2 files are called r"),
        ("a", ["/a/stdout.txt"], "stdout.txt is what the standard output is kept as"),
    ],
)
def test_what_cannot_be_run_or_fetched(run, fetch, complaint):
    with pytest.raises(HostError, match="web_ops: nothing was started: ") as caught:
        parse_operation("web_ops", run, fetch)
    assert complaint in str(caught.value)


def test_a_line_is_split_as_a_shell_would_and_a_list_is_not():
    assert parse_operation("a", "sh -c 'x y'", []).run == ("sh", "-c", "x y")
    assert parse_operation("a", ["sh -c", 1], []).run == ("sh -c", "1")


def test_the_steps_end_where_they_began():
    change = plan({"web_ops": UNIT}, Operation("web_ops", ("report", "a b"), ("/tmp/r",)))
    assert change.result() == {
        "changed": True,
        "diff": {"before": "holdfast-web_ops.service: inactive\n", "after": "holdfast-web_ops.service: inactive\n"},
        "steps": [
            "start holdfast-web_ops.service",
            "run report 'a b'",
            "fetch /tmp/r",
            "stop holdfast-web_ops.service",
        ],
    }


def test_one_that_ended_badly_can_be_operated_again():
    assert plan({"web_ops": Unit(**{**vars(UNIT), "active_state": "failed"})}, Operation("web_ops", ("x",)))


@pytest.mark.parametrize(
    ("units", "complaint"),
    [
        ({}, "this host has no unit holdfast-web_ops.service; run holdfast.volumes.site first"),
        ({"known": False}, "run holdfast.volumes.site first"),
        ({"on_demand": False}, "it starts at boot"),
        (
            {"active_state": "active", "since": "Mon 12:00"},
            "it is active already, since Mon 12:00: somebody's operation is under way, or an interrupted one, "
            "which ends by itself within 15m; wait, or end it with systemctl stop holdfast-web_ops.service",
        ),
        ({"active_state": "deactivating"}, "it is deactivating already, since just now"),
    ],
)
def test_what_the_host_cannot_do_now(units, complaint):
    found = {"web_ops": Unit(**{**vars(UNIT), **units})} if units else {}
    with pytest.raises(HostError, match="nothing was started") as caught:
        plan(found, Operation("web_ops", ("x",)))
    assert complaint in str(caught.value)
