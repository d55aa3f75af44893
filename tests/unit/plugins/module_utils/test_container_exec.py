from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_exec
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, System
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container

SCENE = Path(__file__).parent / "data/container_exec_scene.py"


def inside(*commands, **order):
    """[rc, out, err] of each command, run in a container with namespaces and ids of its own."""
    order = {"uid": 1000, "gid": 1001, "capabilities": 0, "environment": {}, "timeout": 20, **order}
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    done = subprocess.run(
        [
            *prefix,
            "env",
            f"PYTHONPATH={os.pathsep.join(path for path in sys.path if path)}",
            sys.executable,
            str(SCENE),
        ],
        input=json.dumps({**order, "commands": commands}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_command_runs_as_the_first_process_does():
    ids, host, first, variables = inside(
        ["sh", "-c", "echo $(id -u):$(id -g):$(id -G)"],
        ["hostname"],
        ["cat", "/proc/1/comm"],
        ["sh", "-c", 'echo "$GREETING, $PATH"'],
        environment={"GREETING": "hold fast"},
    )
    assert ids == [0, "1000:1001:1001\n", ""]
    assert host[1] == "inside\n"
    assert first[1] == "sh\n"
    assert variables[1].startswith("hold fast, /usr/local/bin:")


def test_root_in_the_container_gets_no_capability_back_by_starting_a_program():
    ((dummy_rc, out, dummy_err),) = inside(["sh", "-c", "cat /proc/$$/status"], uid=0, gid=0)
    fields = dict(line.split(":\t", 1) for line in out.splitlines() if ":\t" in line)
    assert (fields["CapEff"], fields["CapPrm"], fields["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")


def test_both_outputs_and_the_exit_status_are_told():
    failed, killed, missing = inside(
        ["sh", "-c", "echo said; echo complained >&2; exit 3"], ["sh", "-c", "kill -9 $$"], ["no-such-program"]
    )
    assert failed == [3, "said\n", "complained\n"]
    assert killed[0] == 137
    assert missing == [127, "", "cannot run no-such-program: No such file or directory\n"]


def test_what_is_said_beyond_the_limit_is_thrown_away_and_the_command_ends_all_the_same():
    ((rc, out, dummy_err),) = inside(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo; exit 4"])
    assert (rc, len(out)) == (4, container_exec.OUTPUT_LIMIT)


def test_a_command_that_does_not_end_is_killed_at_the_limit():
    (answer,) = inside(["sleep", "300"], timeout=0.5)
    assert "within 0.5 s" in answer["refused"]


def test_nothing_waits_for_input():
    assert inside(["cat"]) == [[0, "", ""]]


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_engines_run_it_by_their_own_exec(engine, monkeypatch):
    calls = []
    said = "x" * (container_exec.OUTPUT_LIMIT + 1)
    monkeypatch.setattr(container_exec, "call", lambda *args: calls.append(args) or Completed(2, said, "no"))
    system = create_autospec(System, instance=True)
    done = container_exec.execute(system, Container("web", engine, "1", 812, "x", ()), ["report", "a b"], 90)
    assert calls == [(system, engine, ["exec", "holdfast-web", "report", "a b"], 90)]
    assert (done.rc, len(done.out), done.err) == (2, container_exec.OUTPUT_LIMIT, "no")


def test_the_environment_of_a_process():
    assert container_exec.parse_environment("A=1\0B=x=y\0broken\0") == {"A": "1", "B": "x=y"}
