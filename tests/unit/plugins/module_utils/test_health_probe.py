"""Checks of containers: requests to real servers on loopback, the rest on a machine that is only played."""

from __future__ import annotations

import http.server
import os
import socket
import threading
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_runtime, health_probe
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.health_checks import parse
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, ProbeTimeout, System

RECORD = {"State": {"Running": True, "Pid": 8}}


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({"/up": 204, "/moved": 302}.get(self.path, 503))
        self.end_headers()

    def log_message(self, *dummy_args):
        pass


@pytest.fixture
def port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def system():
    return create_autospec(System, instance=True)


@pytest.mark.parametrize(("path", "answer"), [("/up", ""), ("/moved", ""), ("/broken", "status 503")])
def test_a_request_is_judged_by_its_status(port, path, answer):
    assert health_probe.fetch(port, path, 5) == answer


def test_a_server_that_does_not_speak_http_is_not_healthy():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert health_probe.fetch(server.getsockname()[1], "/", 5)


def test_a_server_that_says_nothing_has_a_limit():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert health_probe.fetch(server.getsockname()[1], "/", 0.1) == "timed out"


def test_a_connection_is_enough(port, closed_port):
    assert health_probe.connect(port, 5) == ""
    assert "refused" in health_probe.connect(closed_port, 5)
    assert "refused" in health_probe.fetch(closed_port, "/", 5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a network namespace")
def test_the_check_is_made_in_the_network_of_the_process(port):
    assert System().probe(health_probe.request, os.getpid(), port, "/up", 5, timeout=9) == ""
    assert System().probe(health_probe.request, os.getpid(), port, "", 5, timeout=9) == ""


def test_a_process_that_is_gone_is_an_answer():
    told = health_probe.ask(System(), "docker", "c", {"State": {"Pid": 2**22 + 1}}, parse({"tcp": 1}))
    assert "No such file" in told


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (Completed(0, "accepting connections\n", ""), ""),
        (Completed(2, "", "first\nno response\n"), "it ended with 2: no response"),
        (Completed(1, "", ""), "it ended with 1"),
    ],
)
def test_a_command_runs_in_the_container(system, done, told):
    system.run.return_value = done
    check = parse({"command": ["pg_isready", "-q"], "timeout": 7})
    assert health_probe.ask(system, "docker", "holdfast-db", RECORD, check) == told
    system.run.assert_called_once_with(["docker", "exec", "holdfast-db", "pg_isready", "-q"], 7)


@pytest.mark.parametrize(
    ("error", "told"), [(ProbeTimeout("x"), "no answer within 5 s"), (HostError("it burns"), "it burns")]
)
def test_what_goes_wrong_is_told(system, error, told):
    system.probe.side_effect = error
    assert health_probe.ask(system, "podman", "c", RECORD, parse({"tcp": 80})) == told


def await_healthy(system, monkeypatch, answers, records):
    """Ask two units; ``answers`` are those of the container's network, ``records`` those of the engine, in order."""
    units = parse_units(
        [
            {"name": name, "engine": "docker", "image": "x", "health": {"tcp": 80, "start_period": 9, "interval": 3}}
            for name in ("a", "b")
        ]
    )
    system.probe.side_effect = answers
    system.poll.side_effect = lambda question, timeout, interval: (
        (timeout, interval) == (9, 3) and any(question() for dummy in range(3))
    )
    monkeypatch.setattr(container_runtime, "inspect", lambda *args: dict.fromkeys(records, RECORD))
    return health_probe.await_healthy(system, units)


def test_units_are_asked_until_they_are_healthy(system, monkeypatch):
    assert await_healthy(system, monkeypatch, ["", "refused", ""], ["holdfast-a", "holdfast-b"]) == {}
    assert system.probe.call_count == 3


def test_a_unit_that_stays_sick_is_told_with_its_check(system, monkeypatch):
    told = await_healthy(system, monkeypatch, ["no", "no", "no"], ["holdfast-a"])
    assert told == {
        "holdfast-a.service": "holdfast-a.service is up, but not healthy after 9 s: a connection to port 80: no",
        "holdfast-b.service": "holdfast-b.service is up, but not healthy after 9 s: a connection to port 80: its "
        "container does not run any more",
    }


def await_one(system, monkeypatch, answers):
    """Ask one unit, whose engine gives ``answers``, an error to be raised or the records, and whose app is healthy."""
    (unit,) = parse_units([{"name": "a", "engine": "docker", "image": "x", "health": {"tcp": 80}}])
    given = iter(answers)

    def inspect(system, engine, containers, timeout):
        answer = next(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    system.probe.return_value = ""
    system.poll.side_effect = lambda question, timeout, interval: any(question() for dummy in answers)
    monkeypatch.setattr(container_runtime, "inspect", inspect)
    return health_probe.await_healthy(system, [unit])


SILENT = ProbeTimeout("docker inspect did not end within 15 s and was killed")


def test_an_engine_that_does_not_answer_is_asked_again(system, monkeypatch):
    assert await_one(system, monkeypatch, [SILENT, HostError("busy"), {"holdfast-a": RECORD}]) == {}


def test_an_engine_that_never_answers_is_named_at_the_limit_of_the_check(system, monkeypatch):
    assert await_one(system, monkeypatch, [SILENT, SILENT]) == {
        "holdfast-a.service": "holdfast-a.service is up, but not healthy after 60 s: a connection to port 80: "
        "docker inspect did not end within 15 s and was killed"
    }


def test_one_question_to_an_engine_does_not_use_up_the_time_of_the_check(system):
    (unit,) = parse_units([{"name": "a", "engine": "docker", "image": "x", "health": {"tcp": 80}}])
    system.run.return_value = Completed(1, "[]", "")
    system.poll.side_effect = lambda question, timeout, interval: question()
    health_probe.await_healthy(system, [unit])
    ((dummy_words, limit),) = [call.args for call in system.run.call_args_list]
    assert limit < unit.health.start_period / 2


def test_nothing_to_check_asks_nothing(system):
    units = parse_units([{"name": "a", "engine": "docker", "image": "x"}])
    assert health_probe.await_healthy(system, units[:0]) == {}
    system.poll.assert_not_called()
