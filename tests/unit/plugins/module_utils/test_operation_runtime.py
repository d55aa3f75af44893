from __future__ import annotations

import base64
import os
import signal
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_exec,
    container_runtime,
    container_view,
    operation_runtime,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_plan import render_files
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    Completed,
    HostError,
    ProbeTimeout,
    System,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import Operation, Unit
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Identity

SERVICE = "holdfast-web_ops.service"
UNIT = Unit("web_ops", "podman", True, "15m", True, "inactive", "", "success")
OPERATION = Operation("web_ops", ("report", "/tmp/r"), ("/tmp/r",))
RECORD = {
    "Id": "3f2a",
    "Name": "holdfast-web_ops",
    "State": {"Running": True, "Pid": 812},
    "Config": {"Image": "goaccess:1"},
    "Mounts": [],
}


class Host(System):
    """A host whose systemd starts and stops one unit; ``log`` has what was done to it."""

    def __init__(self):
        self.files, self.log, self.said = {}, [], []
        self.active, self.loaded, self.result, self.starts, self.stops = "inactive", "loaded", "success", True, True

    def read(self, path):
        return self.files.get(path)

    def listdir(self, path):
        return sorted(os.path.basename(name) for name in self.files if os.path.dirname(name) == path)

    def has(self, program):
        return True

    def poll(self, question, timeout, interval=1.0):
        return any(question() for dummy in range(3))

    def run(self, argv, timeout=60.0, stdin=""):
        if argv[0] == "journalctl":
            return Completed(0, "holdfast-gate: /srv/holdfast/logs: nothing is mounted here\n", "")
        verb = argv[1]
        if verb == "show":
            return Completed(0, "\n\n".join(self.show(unit) for unit in argv if unit.endswith(".service")), "")
        self.log.append(verb)
        if verb == "start":
            self.active = "active" if self.starts else "failed"
        elif verb == "reset-failed" or (verb == "stop" and self.stops and self.active != "failed"):
            self.active = "inactive"
        return Completed(0, "", "")

    def show(self, unit):
        return (
            f"Id={unit}\nLoadState={self.loaded}\nActiveState={self.active}\nSubState=running\nJob=0\n"
            f"Result={self.result}\nStateChangeTimestamp=Mon 12:00"
        )


@pytest.fixture
def host(monkeypatch):
    system = Host()

    def inspect(dummy_system, dummy_engine, names):
        return {names[0]: RECORD} if system.active == "active" else {}

    def execute(dummy_system, container, words, timeout):
        system.log.append(f"run {' '.join(words)} in {container.pid}, at most {timeout:g} s")
        return Completed(0, "done\n", "")

    def visit(pid, dummy_identity, jobs, dummy_timeout):
        return [{"value": base64.b64encode(f"{pid} {job['path']} {job['limit']}".encode()).decode()} for job in jobs]

    def remove(dummy_system, engine, names):
        system.log.append(f"remove {engine} {' '.join(names)}")

    monkeypatch.setattr(container_runtime, "inspect", inspect)
    monkeypatch.setattr(container_runtime, "remove", remove)
    monkeypatch.setattr(container_exec, "execute", execute)
    monkeypatch.setattr(container_view, "visit", visit)
    monkeypatch.setattr(container_view, "read_identity", lambda *args: Identity(1000, 1001, (), 0, "u:r:t:s0:c1,c2"))
    return system


AWAY = ["stop", "remove podman holdfast-web_ops"]


def operate(host):
    return operation_runtime.operate(host, UNIT, OPERATION, 120, 4096)


def refusal(host):
    with pytest.raises(HostError) as caught:
        operate(host)
    return str(caught.value)


def test_an_operation_from_beginning_to_end(host):
    outcome = operate(host)
    assert host.log == ["start", "run report /tmp/r in 812, at most 960 s", *AWAY]
    (file,) = outcome.pop("files")
    assert base64.b64decode(file.pop("content")) == b"812 /tmp/r 4096"
    assert (file["path"], file["size"]) == ("/tmp/r", 15)
    assert len(file["sha256"]) == 64
    about = {"container_id": "3f2a", "image": "goaccess:1", "uid": 1000, "gid": 1001, "label": "u:r:t:s0:c1,c2"}
    assert outcome == {"rc": 0, "stdout": "done\n", "stderr": "", "read_as": about}


def test_a_command_that_fails_is_quoted_and_the_app_put_away(host, monkeypatch):
    monkeypatch.setattr(container_exec, "execute", lambda *args: Completed(2, "", "no access log\n"))
    assert refusal(host) == "web_ops: report ended with 2: no access log"
    assert host.log == ["start", *AWAY]


def test_a_file_that_is_not_there_is_named_and_the_app_put_away(host, monkeypatch):
    monkeypatch.setattr(container_view, "visit", lambda *args: [{"errno": "ENOENT", "message": "No such file"}])
    assert refusal(host) == "web_ops: cannot fetch /tmp/r: No such file"
    assert host.log[-2:] == AWAY


def test_an_app_that_does_not_come_up_is_explained_by_its_journal(host):
    host.starts = False
    assert refusal(host) == (
        f"web_ops: {SERVICE} did not come up within 120 s: holdfast-gate: /srv/holdfast/logs: nothing is mounted here"
    )
    assert host.log == ["start", *AWAY, "reset-failed"]


def test_docker_that_is_too_busy_to_answer_is_asked_again(host, monkeypatch):
    answers = iter([ProbeTimeout("busy"), {"holdfast-web_ops": RECORD}])

    def inspect(*args):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(container_runtime, "inspect", inspect)
    assert operate(host)["rc"] == 0


def test_one_that_was_ended_by_its_limit_says_so(host, monkeypatch):
    def execute(*args):
        host.active, host.result = "failed", "timeout"
        return Completed(137, "", "")

    monkeypatch.setattr(container_exec, "execute", execute)
    assert refusal(host) == (
        "web_ops: report ended with 137: it said nothing (it had run for 15m, its max_run_time; give it more in the "
        "catalogue)"
    )
    assert host.log == ["start", *AWAY, "reset-failed"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_puts_the_app_away(host, monkeypatch, number):
    monkeypatch.setattr(container_exec, "execute", lambda *args: os.kill(os.getpid(), number))
    assert refusal(host) == f"web_ops: interrupted by {number.name}"
    assert host.log == ["start", *AWAY]


def test_being_told_to_end_while_it_is_put_away_does_not_leave_it(host, monkeypatch):
    removals = []

    def remove(*args):
        removals.append(args)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(container_runtime, "remove", remove)
    assert operate(host)["rc"] == 0
    assert len(removals) == 2


def test_an_error_of_ours_puts_the_app_away_too(host, monkeypatch):
    monkeypatch.setattr(container_exec, "execute", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        operate(host)
    assert host.log == ["start", *AWAY]


def test_what_cannot_be_put_away_is_told_beside_the_rest(host, monkeypatch):
    host.stops = False
    assert refusal(host) == (
        f"web_ops: it could not be put away: its service is active; see systemctl status {SERVICE}"
    )
    monkeypatch.setattr(container_exec, "execute", lambda *args: Completed(1, "", "no"))
    assert refusal(host).startswith("web_ops: report ended with 1: no; it could not be put away: ")


def test_units_are_read_from_their_files(host):
    common = {"image": "r/x", "image_archive": "/x.tar", "command": ["x"]}
    host.files = render_files(
        parse_units(
            [
                {"name": "web", "engine": "docker", **common},
                {"name": "web_ops", "engine": "podman", "start": "on_demand", "max_run_time": "15m", **common},
                {"name": "box", "engine": "nspawn", "start": "on_demand", **common},
            ]
        )
    )
    units = operation_runtime.read(host)
    assert {name: (unit.engine, unit.on_demand, unit.max_run_time) for name, unit in units.items()} == {
        "box": ("nspawn", True, "1h"),
        "web": ("docker", False, ""),
        "web_ops": ("podman", True, "15m"),
    }
    assert (units["box"].known, units["box"].since, units["box"].service) == (True, "Mon 12:00", "holdfast-box.service")


def test_a_host_without_units_has_none():
    system = create_autospec(System, instance=True)
    system.listdir.return_value = []
    system.read.return_value = None
    system.check.return_value = ""
    assert operation_runtime.read(system) == {}
