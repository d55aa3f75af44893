"""Secrets of container units, on a host that keeps its state in memory."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from ansible.module_utils import basic
from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_image
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import INPUT
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import GATE
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import KEY, find_place
from ansible_collections.holdfast.volumes.plugins.modules import container_units, container_units_info
from ansible_collections.holdfast.volumes.tests.unit.plugins.modules.secret_host import SECRETS, SecretHost
from ansible_collections.holdfast.volumes.tests.unit.plugins.modules.test_container_units import (
    API,
    API_FILE,
    MACHINE,
    WEB,
    Trees,
    instances,
    restarted,
    run,
    services,
)

WORD = "hunter2 hunter2"
PASSWORD = {"name": "orders-password", "value": WORD, "variables": ["ORDERS_PASSWORD_FILE"]}
PODMAN = {**WEB, "user": "70:71", "secrets": [PASSWORD]}
DOCKER = {**API, "environment": {}, "user": "1000", "secrets": [PASSWORD]}
NSPAWN = {**MACHINE, "environment": {}, "secrets": [PASSWORD]}
NAME = "holdfast-web.orders-password"
FILE = f"{SECRETS}/api/orders-password"


def rotated(unit, value="another password"):
    return {**unit, "secrets": [{**PASSWORD, "value": value}]}


@pytest.fixture
def host(monkeypatch):
    host = SecretHost()
    monkeypatch.setattr(nspawn_image, "root_tree", Trees(host))
    return host


def test_a_secret_is_made_before_its_unit_and_a_second_run_changes_nothing(host):
    assert run(host, PODMAN, DOCKER, NSPAWN)["changed"]
    assert host.kept[NAME][1] == WORD
    assert {path: (host.owners[path], host.modes[path]) for path in host.files if path.startswith(f"{SECRETS}/")} == {
        FILE: (1000, 0o400),
        f"{SECRETS}/box/orders-password": (1000, 0o400),
    }
    assert (host.modes[SECRETS], host.modes[f"{SECRETS}/api"], host.modes[KEY]) == (0o700, 0o700, 0o600)
    assert host.commands.index(["write", FILE]) < host.commands.index(["write", API_FILE])
    assert not run(host, PODMAN, DOCKER, NSPAWN)["changed"]


def test_check_mode_predicts_the_run_and_keeps_nothing(host):
    predicted = run(host, PODMAN, DOCKER, NSPAWN, check_mode=True)
    assert (host.files, host.kept) == ({}, {})
    assert predicted == run(host, PODMAN, DOCKER, NSPAWN)


def test_a_value_is_in_no_result_no_unit_and_on_no_command_line(host):
    result = run(host, PODMAN, DOCKER, NSPAWN)
    shown = [result, host.commands, container_units.hide({"units": [PODMAN, DOCKER]}), container_units_info.run(host)]
    assert WORD not in json.dumps(shown)
    assert {path for path, text in host.files.items() if WORD in text} == {FILE, f"{SECRETS}/box/orders-password"}
    assert INPUT not in host.files
    assert WORD not in str(host.kept[NAME][0])


# What quoting in a URL, in Python, JSON and a unit file each change in another way; the first letters stay in all.
TRACE = "Canary"
CANARY = f"{TRACE} 'one'\\two\"/%"
PARTS = [{"text": "mysql://"}, {"secret": CANARY, "encode": True}, {"text": "@db"}]


@pytest.fixture
def call(host, monkeypatch, capsys):
    """Runs the module as Ansible does; gives its whole output and what it logged."""
    logged = []
    monkeypatch.setattr(basic, "has_journal", False)
    monkeypatch.setattr(basic.AnsibleModule, "_log_to_syslog", lambda self, text: logged.append(text))
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(container_units, "System", lambda: host)

    def run_main(*units, **options):
        about = {"_ansible_diff": True, "_ansible_verbosity": 4, **options}
        arguments = {"ANSIBLE_MODULE_ARGS": {"units": list(units), **about}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        with pytest.raises(SystemExit):
            container_units.main()
        return json.loads(capsys.readouterr().out), "\n".join(logged)

    return run_main


def carriers():
    """A unit of each engine with the word in everything that may hold one."""
    secrets = [
        {**PASSWORD, "value": CANARY},
        {"name": "orders-url", "parts": PARTS, "variables": ["ORDERS_URL_FILE"]},
    ]
    return [{**unit, "environment": {"TOKEN": CANARY}, "secrets": secrets} for unit in (PODMAN, DOCKER, NSPAWN)]


def has_trace(*shown):
    return TRACE in json.dumps(shown)


@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_that_ansible_is_told_or_that_is_logged_has_a_value(call, check_mode):
    result, logged = call(*carriers(), _ansible_check_mode=check_mode)
    assert result["changed"]
    assert "diff" in result
    assert "units=NOT_LOGGING_PARAMETER" in logged
    assert not has_trace(result, logged)
    again, logged = call(*carriers(), _ansible_check_mode=check_mode)
    assert again["changed"] is check_mode
    assert not has_trace(again, logged)


def test_only_the_places_of_the_documentation_have_a_value(call, host):
    call(*carriers())
    having = {path for path, text in host.files.items() if has_trace(text)}
    assert {path: (host.modes[path], host.owners[path]) for path in having} == {
        "/etc/holdfast/env/api.env": (0o600, 0),
        "/etc/holdfast/env/web.env": (0o600, 0),
        "/etc/systemd/nspawn/holdfast-box.nspawn": (0o600, 0),
        **{
            f"{SECRETS}/{app}/{name}": (0o400, 1000)
            for app in ("api", "box")
            for name in ("orders-password", "orders-url")
        },
    }
    assert not has_trace(host.commands, [labels for labels, dummy in host.kept.values()])
    assert not has_trace(container_units_info.run(host))


@pytest.mark.parametrize("form", [CANARY, quote(CANARY, safe="")])
def test_what_a_container_said_of_it_before_it_failed_is_masked(call, host, form):
    host.secret_create = lambda *words: Completed(125, "", f"Error: cannot connect to mysql://{form}@db\n")
    result, logged = call(*carriers())
    assert "cannot connect to mysql://" in result["msg"]
    assert not has_trace(result, logged)


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": f"TOKEN={CANARY}"},
        {"environment": [CANARY]},
        {"environment": {f"TOKEN={CANARY}": ""}},
        {"environment": {"TOKEN": f"{CANARY}\n"}},
        {"secrets": CANARY},
        {"secrets": [CANARY]},
        {"secrets": [{**PASSWORD, "value": f"{CANARY}\n"}]},
        {"secrets": [{**PASSWORD, "value": [CANARY]}]},
        {"secrets": [{**PASSWORD, "value": CANARY, "colour": CANARY}]},
        {"secrets": [{"name": "url", "parts": CANARY}]},
        {"secrets": [{"name": "url", "parts": [CANARY]}]},
        {"secrets": [{"name": "url", "parts": [{"secret": CANARY, "encode": CANARY}]}]},
    ],
)
def test_input_that_is_refused_is_not_repeated(call, wrong):
    result, logged = call({**PODMAN, **wrong})
    if result.get("failed"):
        assert result["msg"]
    assert not has_trace(result, logged)


def test_what_names_have_in_them_is_not_masked():
    units = [{**PODMAN, "secrets": [{**PASSWORD, "value": "web"}, {**PASSWORD, "value": "hunter2"}]}]
    assert container_units.find_hidden(units) == {"hunter2"}
    assert container_units.find_hidden([{**PODMAN, "environment": {"PORT": 8080, "ROW": 12345678}}]) == {
        "12345678",
        WORD,
        quote(WORD, safe=""),
    }


def test_the_environment_names_the_files(host):
    run(host, PODMAN, DOCKER, NSPAWN)
    line = "ORDERS_PASSWORD_FILE=/run/secrets/orders-password"
    assert line in host.files["/etc/holdfast/env/web.env"]
    assert line in host.files["/etc/holdfast/env/api.env"]
    settings = host.files["/etc/systemd/nspawn/holdfast-box.nspawn"]
    assert f"BindReadOnly={SECRETS}/box/orders-password:/run/secrets/orders-password\n" in settings


@pytest.mark.parametrize(("unit", "service"), [(PODMAN, "web"), (DOCKER, "api"), (NSPAWN, "box")])
def test_another_value_restarts_its_unit_once_and_no_other(host, unit, service):
    other = {**WEB, "name": "other"}
    run(host, unit, other)
    steps = run(host, rotated(unit), other)["steps"]
    place = NAME if unit is PODMAN else f"{SECRETS}/{service}/orders-password"
    assert [step for step in steps if not step.startswith("provide")] == [
        f"keep secret {place}",
        f"restart holdfast-{service}.service",
    ]
    assert host.called("restart") == [["systemctl", "restart", "--no-block", "--", f"holdfast-{service}.service"]]
    assert not run(host, rotated(unit), other)["changed"]


def test_a_secret_that_somebody_changed_is_mended(host):
    run(host, PODMAN, DOCKER)
    host.kept[NAME] = ({}, "by hand")
    host.files[FILE] = "by hand"
    assert {f"keep secret {NAME}", f"keep secret {FILE}"} <= set(run(host, PODMAN, DOCKER)["steps"])
    assert (host.kept[NAME][1], host.files[FILE]) == (WORD, WORD)
    host.owners[FILE] = 0
    assert run(host, PODMAN, DOCKER)["changed"]
    host.modes[FILE] = 0o444
    assert run(host, PODMAN, DOCKER)["changed"]
    assert (host.owners[FILE], host.modes[FILE]) == (1000, 0o400)


def test_a_secret_goes_after_its_unit_moved_on(host):
    run(host, PODMAN, DOCKER)
    bare = [{key: value for key, value in unit.items() if key != "secrets"} for unit in (PODMAN, DOCKER)]
    assert "secret" not in str(run(host, *bare, retire=True)["steps"])
    steps = run(host, *bare)["steps"]
    assert steps[-3:] == [f"forget secret {FILE}", f"forget secret {NAME}", f"forget secret {KEY}"]
    assert host.commands.index(host.called("restart")[0]) < host.commands.index(["remove", FILE])
    assert (host.kept, host.directories & {SECRETS, f"{SECRETS}/api"}) == ({}, set())
    assert not run(host, *bare)["changed"]


@pytest.mark.parametrize("retire", [True, False])
def test_a_retired_unit_takes_its_secrets_along(host, retire):
    run(host, PODMAN, DOCKER)
    run(host, DOCKER, retire=retire)
    assert (host.kept, set(host.files) & {FILE}) == ({}, {FILE})
    run(host, retire=True)
    run(host)
    assert not host.files
    assert SECRETS not in host.directories
    host.commands.clear()
    assert not run(host)["changed"]
    assert host.commands == []


def test_secrets_of_others_are_left_alone(host):
    run(host, PODMAN)
    host.kept["holdfast-else.where"] = ({}, "not ours")
    host.kept["other"] = ({}, "not ours")
    run(host)
    assert set(host.kept) == {"holdfast-else.where", "other"}


@pytest.mark.parametrize("interrupted", ["create", "write", "daemon-reload", "restart", "rm"])
def test_a_run_killed_anywhere_is_completed_by_the_next(host, interrupted, monkeypatch):
    gone = {**PODMAN, "name": "gone"}
    run(host, PODMAN, DOCKER, gone)
    changed = [{**rotated(PODMAN), "user": "72"}, rotated(DOCKER)]
    whole = SecretHost.run

    def killed(self, argv, timeout=60.0, stdin=""):
        if interrupted in argv or (interrupted == "write" and len(self.called("write", FILE)) > 0):
            raise KeyboardInterrupt
        return whole(self, argv, timeout, stdin)

    monkeypatch.setattr(SecretHost, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        run(host, *changed)
    assert INPUT not in host.files
    monkeypatch.setattr(SecretHost, "run", whole)
    run(host, *changed)
    assert (host.kept[NAME][1], host.files[FILE]) == ("another password", "another password")
    assert set(host.kept) == {NAME}
    assert interrupted == "rm" or host.called("restart", "holdfast-web.service", "holdfast-api.service")
    assert not run(host, *changed)["changed"]


def test_what_a_killed_run_left_of_a_secret_is_found(host):
    run(host, DOCKER)
    unfinished = [INPUT, "/var/lib/containers/.holdfast-a1b2c3d4", f"{SECRETS}/api/.holdfast-a1b2c3d4"]
    for path in unfinished:
        host.write(path, WORD, 0o600)
    assert run(host, DOCKER)["steps"] == [f"forget secret {path}" for path in sorted(unfinished)]
    assert not set(unfinished) & set(host.files)


def test_an_empty_directory_of_secrets_is_used_or_goes(host):
    host.make_directory(SECRETS, 0o700)
    host.make_directory(f"{SECRETS}/api", 0o700)
    assert f"forget secret {SECRETS}/api" not in run(host, DOCKER)["steps"]
    host.make_directory(f"{SECRETS}/old", 0o700)
    assert run(host, DOCKER)["steps"] == [f"forget secret {SECRETS}/old"]


def test_an_app_that_changes_its_engine_takes_its_secret_along(host):
    run(host, {**PODMAN, "name": "api"})
    run(host, DOCKER)
    assert (host.kept, host.files[FILE]) == ({}, WORD)
    assert KEY not in host.files
    assert not run(host, DOCKER)["changed"]


def test_what_podman_says_against_a_secret_is_told_without_it(host):
    host.secret_create = lambda *words: Completed(125, "", "Error: no space left on device\n")
    with pytest.raises(HostError, match=r"podman secret create failed \(125\): Error: no space left") as caught:
        run(host, PODMAN)
    assert WORD not in str(caught.value)
    assert INPUT not in host.files


def test_info_tells_the_names_alone(host):
    run(host, PODMAN, DOCKER, NSPAWN, {**WEB, "name": "none"})
    told = {unit["name"]: unit["secrets"] for unit in container_units_info.run(host)}
    names = ["orders-password"]
    assert told == {"web": names, "api": names, "box": names, "none": []}


@pytest.mark.parametrize("engine", ["podman", "docker", "nspawn"])
def test_instances_take_a_new_value_one_after_the_other_each_with_its_own_copy(host, engine):
    about = {**MACHINE, "environment": {}} if engine == "nspawn" else {"engine": engine, "user": "70"}
    about = {key: value for key, value in about.items() if key != "name"}
    old, new = (instances(2, **about, secrets=[{**PASSWORD, "value": value}]) for value in (WORD, "another password"))
    run(host, *old)
    predicted = run(host, *new, check_mode=True)
    assert run(host, *new) == predicted
    places = [find_place(engine, name, "orders-password") for name in ("web", "web-2")]
    told = [step for step in predicted["steps"] if not step.startswith("provide")]
    assert told == [
        *(f"keep secret {places[0]}", "reload systemd", "restart holdfast-web.service"),
        *(f"keep secret {places[1]}", "reload systemd", "restart holdfast-web-2.service"),
    ]
    assert restarted(host) == services(1, 2)
    assert not run(host, *new)["changed"]


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_a_value_that_makes_an_instance_sick_is_kept_from_the_others(host, engine):
    old, new, mended = (
        instances(3, engine=engine, user="70", secrets=[{**PASSWORD, "value": value}])
        for value in (WORD, "a wrong password", "another password")
    )
    run(host, *old)
    host.sick = {8001}
    with pytest.raises(HostError, match="web is not replaced any further: holdfast-web-2.service, holdfast-web-3.serv"):
        run(host, *new)
    assert held(host) == ["a wrong password", WORD, WORD]
    with pytest.raises(HostError):
        run(host, *new)
    assert restarted(host) == services(1)
    host.sick = set()
    run(host, *mended)
    assert restarted(host) == services(1, 2, 3)
    assert held(host) == ["another password"] * 3
    assert not run(host, *mended)["changed"]


def held(host):
    """What instances have for their secret, in order."""
    kept = {place: value for place, (dummy, value) in host.kept.items()}
    kept |= {path: text for path, text in host.files.items() if path.startswith(f"{SECRETS}/")}
    return [kept[place] for place in sorted(kept, key=lambda place: (len(place), place))]


def test_a_secret_that_no_instance_needs_any_more_goes_when_the_last_has_moved_on(host):
    old, bare = instances(2, user="70", secrets=[PASSWORD]), instances(2, user="70")
    run(host, *old)
    host.sick = {8001}
    with pytest.raises(HostError):
        run(host, *bare)
    assert len(host.kept) == 2
    host.sick = set()
    run(host, *bare)
    assert host.kept == {}
    assert host.commands.index(host.called("restart")[-1]) < host.commands.index(host.called("rm")[0])


def test_a_host_that_its_last_container_leaves_has_no_secret_and_no_trace_of_one(host):
    run(host, PODMAN, DOCKER)
    host.files[GATE] = "#!/usr/bin/python3"
    predicted = run(host, check_mode=True)
    assert run(host) == predicted
    assert predicted["steps"][-7:] == [
        f"forget secret {FILE}",
        f"forget secret {NAME}",
        f"forget secret {KEY}",
        "sweep /etc/holdfast/env",
        f"sweep {SECRETS}",
        "sweep /etc/holdfast",
        f"sweep {GATE}",
    ]
    assert (host.files, host.kept, host.directories) == ({}, {}, set())
    assert not run(host)["changed"]


def test_an_empty_directory_of_secrets_is_swept_with_the_last_container(host):
    run(host, API)
    host.make_directory(SECRETS, 0o700)
    assert f"sweep {SECRETS}" in run(host)["steps"]
    assert host.directories == set()
