"""What it costs to make the same end state: by loops of the neighbours' modules, by this collection, by hand.

Each turn starts from the same saved fleet and takes four steps: first converge, nothing to change, one volume added,
one removed. After each the end state is read from the guests; one that is not as wanted, or not the others', ends the
run.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.fleet import Fleet
from lab.paths import CACHE, PROJECT, LabError, say

from . import contestants, guests, measure, report, volumes
from .results import Results, now, read, select
from .volumes import CLIENT, SERVER, Wanted

HOSTS = [SERVER, CLIENT]
# What sefcontext and semanage need; the saved fleet has everything else that somebody would install.
PACKAGES = {CLIENT: ["policycoreutils-python-utils"]}
FILES = PROJECT / "benchmarks"
# Whose files are to the letter those of the script: its first converge stands in for one that is not measured.
LIKE_BY_HAND = ("neighbours",)
OF_SERVER = ("directories", "exports", "versions")


def main() -> None:
    """Run what the command line asks for; print the table, and where the results are."""
    arguments = _parse()
    guests.guard(lambda: _run(arguments))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.converge", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 50, 200], help="numbers of volumes")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each contestant at each size")
    parser.add_argument("--limit", type=float, default=1800, help="seconds that all repeats of one step may take")
    parser.add_argument("--steps", nargs="+", choices=report.STEPS, default=[*report.STEPS], help="of every turn")
    parser.add_argument("--contestants", nargs="+", choices=contestants.CONTESTANTS, default=[*contestants.CONTESTANTS])
    parser.add_argument("--profile", action="store_true", help="print the time of every task")
    parser.add_argument("--compare", type=Path, help="results of another run to print these beside")
    parser.add_argument("--results", type=Path, help="file of results; what it has already is not run again")
    arguments = parser.parse_args()
    if max(arguments.sizes) > volumes.MOST:
        parser.error(f"at most {volumes.MOST} volumes: the policy has no more categories")
    return arguments


def _run(arguments: argparse.Namespace) -> None:
    path = arguments.results or CACHE / "benchmarks" / f"converge-{now().replace(':', '')}.json"
    settings = {
        key: getattr(arguments, key) for key in ("sizes", "repeats", "limit", "steps", "contestants", "profile")
    }
    results = Results(path, "converge", settings)
    work = path.parent / f"{path.stem}-work"
    work.mkdir(parents=True, exist_ok=True)
    guests.warn_of_others()
    state = guests.prepare(HOSTS, PACKAGES)
    for size in arguments.sizes:
        for turn in range(arguments.repeats):
            for name in arguments.contestants:
                Turn(results, state, work, name, size, turn).run()
    if arguments.profile:
        print(report.render_profile(results.data))
    print(report.render_converge(results.data))
    if arguments.compare:
        print(report.render_comparison(results.data, read(arguments.compare, "converge")))
    say(f"results: {path}")


@dataclass(frozen=True)
class Turn:
    """One contestant at one size, once: a fleet from the saved ``state``, and the four steps on it."""

    results: Results
    state: str
    directory: Path
    name: str
    size: int
    number: int

    @property
    def where(self) -> dict[str, Any]:
        return {"contestant": self.name, "size": self.size, "turn": self.number}

    @property
    def work(self) -> Path:
        return self.directory / self.name

    def run(self) -> None:
        """Take the steps that fit into the limit, unless the results have this turn already."""
        steps = volumes.steps(self.size)
        if select(self.results.data, "seconds", **self.where).values:
            return
        asked = self.results.data["settings"]["steps"]
        due = [step for step in steps if step in asked and self._fits(step)]
        if "added" not in due:
            due = [step for step in due if step != "removed"]  # what was not added cannot be removed
        if not due or ("first" not in due and self.name not in LIKE_BY_HAND):
            return
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        found = guests.start(HOSTS, self.state)
        if "first" not in due:
            say(f"{self.name}, {self.size} volumes, turn {self.number + 1}: made by hand, as that would take too long")
            measure.run(contestants.by_hand(found, steps["first"], self.work), self.work / "by_hand.log")
        for step in due:
            self._take(found, step, steps[step], by_hand="first" not in due)
        guests.stop()

    def _fits(self, step: str) -> bool:
        cell = {"contestant": self.name, "size": self.size, "step": step}
        expected, spent = expect(self.results.data, **cell)
        limit = self.results.data["settings"]["limit"]
        if spent + expected <= limit:
            return True
        self.results.miss(**cell, turn=self.number, reason=f"over the limit of {limit:.0f} s")
        return False

    def _take(self, found: Fleet, step: str, wanted: Wanted, by_hand: bool) -> None:
        say(f"{self.name}, {self.size} volumes, turn {self.number + 1}: {step}")
        argv = contestants.CONTESTANTS[self.name](found, wanted, self.work)
        log = self.work / f"{step}.log"
        if argv[0] == "ansible-playbook":
            usage, play = measure.play(argv, self.work, log)
        else:
            usage, play = measure.run(argv, log), measure.Play()
        if by_hand and step == "nothing" and play.changed:
            raise LabError(f"{self.name} changed {play.changed} things of what was made by hand; see {log}")
        state = read_state(found)
        problems = volumes.find_differences(state, wanted) or self._find_disagreements(step, state)
        if problems:
            raise LabError(f"{self.name} did not make the end state ({step}): {'; '.join(problems)}; see {log}")
        self._add(usage, play, step=step)
        if self.name == "collection" and step == "nothing":
            argv = contestants.pings(found, self.work, play.tasks)
            self._add(*measure.play(argv, self.work, self.work / "pings.log"), step=step, contestant="pings")

    def _find_disagreements(self, step: str, state: dict[str, Any]) -> list[str]:
        """What is other than the first that took this step left it, which a later session compares with, too."""
        kept = self.directory / f"state-{self.size}-{step}.json"
        if not kept.exists():
            kept.write_text(json.dumps({"by": self.name, "state": state}))
        first = json.loads(kept.read_text())
        return [f"other than by {first['by']}, {text}" for text in volumes.find_disagreements(state, first["state"])]

    def _add(self, usage: measure.Usage, play: measure.Play, **where: Any) -> None:
        sample = {**self.where, **where, **asdict(usage), **asdict(play)}
        if not self.results.data["settings"]["profile"]:
            del sample["profile"]
        self.results.add(**sample)


def expect(data: dict[str, Any], contestant: str, size: int, step: str) -> tuple[float, float]:
    """(seconds that one more sample may take, seconds that its cell has taken): by the longest sample of the cell, else
    by that of the next smaller size in proportion, else nothing is known and it is run."""
    spent = select(data, "seconds", contestant=contestant, size=size, step=step).values
    if spent:
        return max(spent), sum(spent)
    for smaller in sorted((other for other in data["settings"]["sizes"] if other < size), reverse=True):
        found = select(data, "seconds", contestant=contestant, size=smaller, step=step).values
        if found:
            return max(found) * size / smaller, 0.0
    return 0.0, 0.0


def read_state(found: Fleet) -> dict[str, Any]:
    """The end state on the guests, each kind from the one that it belongs to."""
    server, client = (guests.ask(found, host, FILES / "guest/state.py") for host in HOSTS)
    return {kind: (server if kind in OF_SERVER else client)[kind] for kind in server}


if __name__ == "__main__":
    main()
