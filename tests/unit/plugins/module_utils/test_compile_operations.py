# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import subprocess

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_operations import WAYS, compile_operations
from ansible_collections.holdfast.volumes.plugins.module_utils.compiler import TARGETS
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan

OPS = {"run": ["sh", "-c", "report 'all' > /tmp/a.html"], "fetch": ["/tmp/a.html"]}
# Each engine's clients, as functions of the shell that note how they were called.
CLIENTS = ("docker", "kubectl", "nomad", "podman")
ANSWERS = {"nomad job dispatch": "Dispatched Job ID = web_ops/dispatch-1", "nomad job allocs": "a1 run running"}


def run(engine, tmp_path, **changes):
    """What the commands of an engine call, word by word, when a shell reads them."""
    text = compile_operations(engine, load_plan(**changes), "shop")["operations.txt"]
    folder = tmp_path / "bin"
    folder.mkdir()
    answers = "\n".join(f'case "nomad $1 $2" in "{call}") echo "{answer}";; esac' for call, answer in ANSWERS.items())
    for client in CLIENTS:
        lines = [f"#!/bin/sh\n{{ printf '%s|' {client} \"$@\"; echo; }} >> {tmp_path}/calls"]
        lines += [answers] if client == "nomad" else []
        lines += ['case "$1 $2" in "ps --quiet") echo task1;; esac'] if client == "docker" else []
        (folder / client).write_text("\n".join(lines) + "\n")
        (folder / client).chmod(0o755)
    done = subprocess.run(
        ["sh", "-eu", "-c", text],
        cwd=tmp_path,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    return [call.rstrip("|").split("|") for call in calls]


@pytest.mark.parametrize("engine", WAYS)
def test_an_operation_is_run_word_by_word_and_its_files_are_fetched(engine, tmp_path):
    calls = run(engine, tmp_path, web_ops={"ops": OPS})
    entered = [call for call in calls if "exec" in call]
    assert [call[-3:] for call in entered[:1]] == [OPS["run"]]
    assert [call[-2:] for call in entered[1:]] == [["cat", "/tmp/a.html"]]
    assert (tmp_path / "a.html").exists()


@pytest.mark.parametrize(
    ("engine", "first", "last"),
    [
        ("kubernetes", ["patch", "job", "web-ops", "--patch", '{"spec": {"suspend": false}}'], "true}}"),
        ("kube-play", ["podman", "kube", "play", "web-ops.yaml"], "web-ops.yaml"),
        ("compose", ["up", "--detach", "web_ops"], "web_ops"),
        ("swarm", ["docker", "service", "scale", "web_ops=1"], "web_ops=0"),
        ("nomad", ["nomad", "job", "dispatch", "-detach", "web_ops"], "web_ops/dispatch-1"),
    ],
)
def test_an_app_is_brought_up_before_and_put_away_afterwards(engine, first, last, tmp_path):
    calls = run(engine, tmp_path, web_ops={"ops": OPS})
    assert calls[0][-len(first) :] == first
    assert calls[-1][-1].endswith(last)


def test_an_operation_waits_until_its_container_is_there(tmp_path):
    calls = run("kubernetes", tmp_path)
    assert "wait" in calls[1] and "--for=jsonpath={.status.ready}=1" in calls[1] and "job/web-ops" in calls[1]
    assert {tuple(call[1:3]) for call in calls} == {("--namespace", "shop")}


def test_a_container_is_entered_by_the_name_that_its_engine_gives_it(tmp_path):
    assert ["podman", "exec", "web-ops-web-ops", "report"] in run("kube-play", tmp_path)


def test_what_was_dispatched_is_what_is_entered_and_stopped(tmp_path):
    calls = run("nomad", tmp_path)
    assert calls[-2][-2:] == ["web_ops/dispatch-1", "report"]


@pytest.mark.parametrize("engine", TARGETS)
def test_only_engines_with_a_way_into_a_container_have_operations(engine):
    assert bool(compile_operations(engine, load_plan(), "default")) == (engine in WAYS)


@pytest.mark.parametrize("engine", WAYS)
def test_without_operations_there_is_no_file(engine):
    assert compile_operations(engine, load_plan(web_ops={"ops": None}), "default") == {}


def test_an_app_that_no_orchestrator_runs_has_none():
    changes = {"static": {"start": "on_demand", "ops": {"run": ["look"], "fetch": []}, "volumes": ["site:/srv:ro"]}}
    text = compile_operations("nomad", load_plan(**changes), "default")["operations.txt"]
    assert "static" not in text
