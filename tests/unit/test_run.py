"""Which scenarios tests/run.py begins, in what order, and what it leaves out where time is limited."""

from __future__ import annotations

import importlib.util
import sys
from collections import deque
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[1] / "run.py"


@pytest.fixture(name="run", scope="module")
def load_run():
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("holdfast_tests_run", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="end")
def make_end(run):
    """Tell a clock how a scenario ended."""

    def end(clock, name, took, passed=True):
        clock.note(run.Result(name, passed, "", took))

    return end


def check(run, name):
    return run.Check(name, [], Path(), {})


def test_every_scenario_has_its_usual_time_and_no_other_has(run):
    there = {path.parent.name for path in FILE.parents[1].glob("molecule/*/molecule.yml")}
    assert set(run.TYPICAL) == there - set(run.APART)
    assert set(run.OLDEST) <= there


def test_expects_the_usual_seconds_where_nothing_is_known(run, tmp_path):
    assert run.Clock(tmp_path / "kept").expect("pull_mode") == run.TYPICAL["pull_mode"]


def test_expects_the_pace_of_what_ran_for_what_did_not(run, end, tmp_path):
    clock = run.Clock(tmp_path / "kept")
    end(clock, "pull_mode", 3 * run.TYPICAL["pull_mode"])
    assert clock.expect("pull_mode") == 3 * run.TYPICAL["pull_mode"]
    assert clock.expect("efs_store") == 3 * run.TYPICAL["efs_store"]


def test_learns_nothing_from_what_failed_or_is_no_scenario(run, end, tmp_path):
    clock = run.Clock(tmp_path / "kept")
    end(clock, "pull_mode", 1, passed=False)
    end(clock, "sanity", 9000)
    assert clock.expect("efs_store") == run.TYPICAL["efs_store"]


def test_takes_everything_without_a_limit(run, tmp_path):
    clock = run.Clock(tmp_path / "kept")
    queue = deque(check(run, name) for name in run.TYPICAL)
    assert [one.name for one in run.take_all(queue, clock)] == list(run.TYPICAL)
    assert clock.left == []


def test_takes_what_fits_and_tells_the_rest(run, tmp_path, capsys):
    clock = run.Clock(tmp_path / "kept", limit=300)
    queue = deque(check(run, name) for name in ("machines", "pull_mode", "catalogue_errors"))
    assert [one.name for one in run.take_all(queue, clock)] == ["machines", "catalogue_errors"]
    assert clock.left == ["pull_mode"]
    assert "pull_mode" in capsys.readouterr().out


def test_begins_the_next_run_with_what_was_left_out(run, end, tmp_path):
    clock = run.Clock(tmp_path / "kept", limit=300)
    list(run.take_all(deque([check(run, "server_down"), check(run, "efs_store")]), clock))
    end(clock, "server_down", 100)
    after = run.Clock(tmp_path / "kept")
    assert sorted(("external_resources", "server_down", "efs_store"), key=after.rank)[0] == "efs_store"
    end(after, "lint", 10)
    assert run.Clock(tmp_path / "kept").first == ["efs_store"]
    end(after, "efs_store", 10)
    assert run.Clock(tmp_path / "kept").first == []


def test_begins_with_long_ones_where_all_fit_and_with_short_ones_where_they_do_not(run, tmp_path):
    def order(limit):
        return sorted(run.TYPICAL, key=run.Clock(tmp_path / "kept", limit).rank)

    usual = sum(run.TYPICAL.values()) / 2
    assert order(None)[0] == order(usual)[0] == max(run.TYPICAL, key=run.TYPICAL.get)
    assert order(usual - 1)[0] == min(run.TYPICAL, key=run.TYPICAL.get)
