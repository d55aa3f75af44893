"""What a run cost is taken from real processes and a real ansible-playbook."""

from __future__ import annotations

import sys

import pytest

from benchmarks import contestants, measure
from lab import fleet
from lab.fleet import Fleet
from lab.machine import Machine
from lab.paths import LabError


def test_usage_counts_descendants(tmp_path):
    work = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(96 << 20); sum(range(4000000))'])"
    )
    usage = measure.run([sys.executable, "-c", work], tmp_path / "log")
    assert usage.memory_kib > 96 << 10
    assert usage.cpu_seconds > 0
    assert usage.seconds > 0


def test_a_failure_is_told_with_the_end_of_the_output(tmp_path):
    with pytest.raises(LabError, match=r"(?s)false.*what it said"):
        measure.run(["sh", "-c", "echo false what it said; exit 3"], tmp_path / "log")


def test_a_playbook_is_counted_task_by_task(tmp_path, monkeypatch):
    monkeypatch.setattr(fleet, "RUN", tmp_path)
    found = Fleet("test", 1, (Machine("nfs1", str(tmp_path), 1), Machine("app1", str(tmp_path), 2)))
    found.directory.mkdir()
    host = "{ansible_connection: local, ansible_python_interpreter: '{{ ansible_playbook_python }}'}"
    found.inventory.write_text(f"all: {{hosts: {{nfs1: {host}, app1: {host}}}}}")
    usage, play = measure.play(contestants.pings(found, tmp_path, 2), tmp_path, tmp_path / "log")
    assert (play.tasks, play.changed, play.modules) == (2, 0, 4)
    assert play.commands >= play.modules
    assert [row["name"] for row in play.profile] == ["Ping 1", "Ping 2"]
    for row in play.profile:
        assert {host: one["status"] for host, one in row["hosts"].items()} == {"nfs1": "ok", "app1": "ok"}
        assert {one["host"] for one in row["modules"]} == {"nfs1", "app1"}
    assert usage.memory_kib > 0
    assert list((tmp_path / "cp").iterdir()) == []


def test_a_task_that_is_skipped_everywhere_does_not_count():
    lines = [
        '{"kind": "task", "task": "a", "name": "One", "action": "ping"}',
        '{"kind": "module", "task": "a", "host": "app1", "name": "ping", "seconds": 1.5}',
        '{"kind": "command", "task": "a"}',
        '{"kind": "result", "task": "a", "host": "app1", "status": "changed", "seconds": 2}',
        '{"kind": "result", "task": "a", "host": "nfs1", "status": "skipped", "seconds": 0}',
        '{"kind": "task", "task": "b", "name": "Two", "action": "ping"}',
        '{"kind": "result", "task": "b", "host": "app1", "status": "skipped", "seconds": 0}',
    ]
    play = measure.read_record("\n".join(lines))
    assert (play.tasks, play.changed, play.modules, play.commands) == (1, 1, 1, 1)
