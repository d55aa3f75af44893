"""Files of results, and the tables from them: nothing that was not measured looks as if it were."""

from __future__ import annotations

import json

import pytest

from benchmarks import converge, publish, report, report_data, results

SESSION = {"began": "2026-01-01T00:00Z", "ended": "2026-01-01T01:00Z", "commit": "abc"}
MACHINE = {
    "processor": "P",
    "processors": 2,
    "memory_gib": 8,
    "kernel": "6.1",
    "guests": "G",
    "qemu": 10,
    "acceleration": "tcg",
    "ansible_core": "2.19",
    "ansible": "12",
    "python": "3.11",
}


def data_of(samples, **settings):
    settings = {
        "sizes": [10, 50, 200],
        "repeats": 2,
        "limit": 100,
        "contestants": ["neighbours", "collection"],
        **settings,
    }
    filled = [{"session": 0, "other_fleets": 0, "cpu_seconds": 1, "memory_kib": 2048, **one} for one in samples]
    session = {**SESSION, "machine": MACHINE}
    return {"settings": settings, "samples": filled, "missing": [], "sessions": [session], "benchmark": "converge"}


def sample(contestant, size, step, seconds, turn=0, **more):
    return {"contestant": contestant, "size": size, "step": step, "turn": turn, "seconds": seconds, **more}


TWICE = [sample("neighbours", 50, "first", 700, 0), sample("neighbours", 50, "first", 800, 1)]


def test_a_cell_says_how_often_it_was_run():
    data = data_of(TWICE)
    whole = results.select(data, "seconds", contestant="neighbours", size=50, step="first")
    assert report.render_cell(whole) == "750 ±7 %"
    assert report.render_cell(results.Cell((750.0,), 3)) == "750 (once)"
    assert report.render_cell(results.Cell((1.0, 1.0), 3)) == "1 ±0 % (2 of 3)"
    assert report.render_cell(results.Cell((), 3)) == "not run"


@pytest.mark.parametrize(("seconds", "verdict"), [(50, "met"), (51, "missed")])
def test_a_goal_is_met_or_missed_by_its_medians(seconds, verdict):
    data = data_of([*TWICE, sample("collection", 50, "first", seconds)])
    text = report.render_converge(data)
    (line,) = (line for line in text.splitlines() if ">= 15" in line)
    assert line.split("|")[-2].strip() == verdict


def test_a_goal_without_its_figures_is_unknown():
    (line,) = (line for line in report.render_converge(data_of(TWICE)).splitlines() if ">= 15" in line)
    assert "unknown" in line
    assert "met" not in line


def test_what_was_not_run_is_in_its_place_and_below():
    data = data_of(TWICE)
    data["missing"].append(
        {"contestant": "neighbours", "size": 200, "step": "first", "turn": 0, "reason": "over the limit"}
    )
    text = report.render_converge(data)
    assert "first converge, 200 volumes, loops of the neighbours' modules: over the limit" in text
    (row,) = (
        line for line in text.splitlines() if line.startswith("| loops of the neighbours' modules ") and "750" in line
    )
    assert [cell.strip() for cell in row.split("|")[2:5]] == ["not run", "750 ±7 %", "not run"]


def test_samples_taken_beside_other_guests_are_counted():
    data = data_of([{**TWICE[0], "other_fleets": 1}, TWICE[1]])
    assert "1 of 2 samples were taken while other guests ran" in report.render_about(data)


def test_one_more_sample_is_expected_to_take_what_the_last_took_or_its_share_of_a_smaller_size():
    data = data_of([sample("neighbours", 10, "first", 150), *TWICE])
    assert converge.expect(data, "neighbours", 50, "first") == (800, 1500)
    assert converge.expect(data, "neighbours", 200, "first") == (3200, 0)
    assert converge.expect(data, "collection", 200, "first") == (0, 0)


def test_results_are_kept_and_added_to(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "describe_machine", lambda: MACHINE)
    path = tmp_path / "results.json"
    for turn in range(2):
        kept = results.Results(path, "converge", {"sizes": [10], "repeats": 2})
        kept.add(**sample("collection", 10, "first", 5.0 + turn, turn))
    data = results.read(path, "converge")
    assert [one["session"] for one in data["samples"]] == [0, 1]
    assert results.select(data, "seconds", contestant="collection").median == 5.5
    with pytest.raises(ValueError, match="choose another file"):
        results.read(path, "data_path")


def test_a_comparison_has_what_both_have():
    then, now = (
        data_of([sample("collection", 50, "nothing", 40)]),
        data_of([sample("collection", 50, "nothing", 30), *TWICE]),
    )
    rows = [line for line in report.render_comparison(now, then).splitlines() if line.startswith("| ") and "%" in line]
    assert len(rows) == 1
    assert "-25 %" in rows[0]


def test_a_container_is_compared_with_the_bare_mount_of_its_own_turn():
    values = {"bare": (100.0, 50.0, 80.0), "podman": (98.0, 50.0, 60.0)}
    samples = [
        {"part": "containers", "place": place, "turn": turn, "write_mib": value}
        for place, taken in values.items()
        for turn, value in enumerate(taken)
    ]
    assert report_data.find_ratio(samples, "write_mib", "podman") == pytest.approx(0.98)
    assert report_data.find_ratio(samples[:3], "write_mib", "podman") is None


def test_a_part_that_was_not_run_has_no_table():
    figures = {"module_seconds": 4.0, "seconds": 9.0}
    data = data_of([{"part": "exports", "step": "loaded", "turn": 0, "exports": 10000, **figures}], container_repeats=8)
    assert report_data.render_part(data, "boot") == []
    text = report_data.render(data)
    assert "10,000 exports on one server" in text
    assert "power on" not in text
    assert "4.0 (once)" in text


def test_tables_go_between_the_marks_of_a_page():
    page = "before\n<!-- converge: begin -->\nold\n<!-- converge: end -->\nafter\n"
    filled = publish.replace(page, "converge", "| new |\n")
    assert "old" not in filled
    assert filled.startswith("before\n")
    assert filled.endswith("after\n")
    assert publish.replace(filled, "converge", "| new |") == filled
    with pytest.raises(ValueError, match="put them where the tables belong"):
        publish.replace("no marks", "converge", "")


@pytest.mark.parametrize(("name", "dummy_page", "dummy_render"), publish.PAGES.values())
def test_every_page_has_its_marks(name, dummy_page, dummy_render):
    text = (publish.DOCS / dummy_page).read_text(encoding="utf-8")
    assert publish.replace(text, name, "") != ""


def test_a_record_is_json_to_the_last_line(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "describe_machine", lambda: MACHINE)
    kept = results.Results(tmp_path / "one.json", "converge", {})
    kept.miss(contestant="neighbours", size=200, step="first", reason="over the limit")
    assert json.loads((tmp_path / "one.json").read_text())["missing"][0]["size"] == 200


STEPS = ("first", "nothing", "added", "removed")


class Stage:
    """Stands in for guests: notes what would be done there, and how long each step says that it took."""

    def __init__(self, monkeypatch, tmp_path, seconds, steps=STEPS):
        self.done = []
        monkeypatch.setattr(results, "describe_machine", lambda: MACHINE)
        monkeypatch.setattr(converge.guests, "start", lambda hosts, state: self.done.append("start"))
        monkeypatch.setattr(converge.guests, "stop", lambda: self.done.append("stop"))
        monkeypatch.setattr(converge.contestants, "by_hand", lambda *dummy: ["by hand"])
        monkeypatch.setattr(converge.measure, "run", lambda argv, log: self.done.append(argv[0]))
        settings = {"sizes": [10, 50], "repeats": 2, "limit": 100, "steps": steps, "profile": False}
        self.results = results.Results(tmp_path / "results.json", "converge", settings)

        def take(turn, found, step, wanted, by_hand):
            self.done.append(step)
            turn.results.add(**turn.where, step=step, seconds=seconds[step] * turn.size)

        monkeypatch.setattr(converge.Turn, "_take", take)

    def run(self, name, size, number=0):
        self.done.clear()
        converge.Turn(self.results, "state", self.results.path.parent, name, size, number).run()
        return self.done


def test_a_turn_takes_every_step_once(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, tmp_path, dict.fromkeys(STEPS, 1))
    assert stage.run("collection", 10) == ["start", *STEPS, "stop"]
    assert stage.run("collection", 10) == []
    assert stage.run("collection", 10, 1) == ["start", *STEPS, "stop"]


def test_a_turn_takes_the_steps_that_were_asked_for_in_their_order(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, tmp_path, dict.fromkeys(STEPS, 1), ["nothing", "removed", "first"])
    assert stage.run("collection", 10) == ["start", "first", "nothing", "stop"]


def test_a_step_that_would_go_over_the_limit_is_not_run_and_that_is_on_record(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, tmp_path, {"first": 1, "nothing": 3, "added": 1, "removed": 1})
    stage.run("collection", 10)
    assert stage.run("collection", 50) == ["start", "first", "added", "removed", "stop"]
    assert [(one["size"], one["step"]) for one in stage.results.data["missing"]] == [(50, "nothing")]


def test_what_was_not_added_is_not_removed(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, tmp_path, {"first": 1, "nothing": 1, "added": 3, "removed": 1})
    stage.run("collection", 10)
    assert stage.run("collection", 50) == ["start", "first", "nothing", "stop"]


def test_the_script_stands_in_for_a_first_converge_of_the_loops_that_would_take_too_long(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, tmp_path, {"first": 3, "nothing": 1, "added": 1, "removed": 1})
    for name in ("neighbours", "collection"):
        stage.run(name, 10)
    assert stage.run("neighbours", 50) == ["start", "by hand", "nothing", "added", "removed", "stop"]
    assert stage.run("collection", 50) == []
