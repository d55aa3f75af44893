"""Every test, in suites: tests/run.py [-v] SUITE ...

Each check is one line of the report, with its output only when it failed (or with -v), then "N passed, N failed".
Two scenarios run at a time, one worker beginning with those on a fleet that site.yml has made, the other with the rest,
the long ones first; a third worker runs everything else in the time that they leave. Some scenarios take the oldest
ansible-core that the collection allows, the others and everything else the newest.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from threading import Lock
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

PROJECT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("HOLDFAST_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "holdfast")
TESTS = CACHE.expanduser() / "tests"
DURATIONS = TESTS / "durations.json"
TREE = TESTS / "tree"
COPY = TREE / "ansible_collections" / "holdfast" / "volumes"
PACKAGE = "ansible_collections.holdfast.volumes"
HOME = TESTS / "home"
BIN = TESTS / "bin"
PROGRAMS = Path(sys.executable).parent
TARGET_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
# Seconds that each scenario takes, two at a time on two cores of an Intel Xeon: the first four and selinux_enforced as
# measured, the others by estimate. Long ones come first, and where time is limited these tell what fits, by the pace of
# this machine.
TYPICAL = {
    "external_resources": 1017,
    "from_bare_host": 997,
    "pull_mode": 943,
    "rolling_replacement": 757,
    "docker_nfs_volumes": 550,
    "operations_view": 500,
    "efs_store": 450,
    "tls_transport": 400,
    "data_survives_teardown": 390,
    "host_lockdown": 380,
    "kerberos_transport": 370,
    "apps_are_isolated": 300,
    "host_reboot": 250,
    "audit_finds_drift": 200,
    "who_can_matches_the_kernel": 150,
    "every_engine": 130,
    "server_down": 120,
    "selinux_enforced": 91,
    "catalogue_errors": 60,
}
# The suite orchestrators: half an hour on two emulated cores, half of that for Docker engines that keep a quorum.
APART = ("swarm_keeps_data", "kube_play_keeps_data", "adopt_describes_a_fleet")
# The scenarios that take the ansible-core of tests/oldest.txt; the others take that of requirements-dev.txt.
OLDEST = (
    "apps_are_isolated",
    "audit_finds_drift",
    "docker_nfs_volumes",
    "efs_store",
    "external_resources",
    "from_bare_host",
    "host_lockdown",
    "host_reboot",
    "kerberos_transport",
    "operations_view",
    "pull_mode",
    "rolling_replacement",
    "selinux_enforced",
    "server_down",
    "tls_transport",
    "who_can_matches_the_kernel",
)
OLDEST_TAKES = ((3, 10), (3, 12))  # the Pythons of a controller that ansible-core 2.16 supports
PLAYBOOKS = ("site", "prove", "teardown", "audit", "ops", "pull", "efs", "compile", "apply", "adopt")


@dataclass(frozen=True)
class Check:
    """One line of the report: a command, where it runs and with what environment beside the caller's.

    ``remark`` is what the line says behind the name.
    """

    name: str
    argv: list[str]
    cwd: Path
    env: dict[str, str]
    remark: str = ""

    def run(self, verbose: bool) -> Result:
        begin = time.monotonic()
        path = os.pathsep.join([str(BIN), str(PROGRAMS), os.environ["PATH"]])
        done = subprocess.run(
            self.argv,
            cwd=self.cwd,
            env={**os.environ, "PATH": path, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=None if verbose else subprocess.PIPE,
            stderr=None if verbose else subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        passed = done.returncode == 0
        took = time.monotonic() - begin
        line = f"{self.name + self.remark:<39} {'ok' if passed else 'FAILED'} ({took:.0f} s)"
        print(line if passed else f"{line}\n$ {' '.join(self.argv)}\n{done.stdout or ''}", flush=True)
        return Result(self.name, passed, "" if passed else reason(done.stdout or ""), took)


@dataclass(frozen=True)
class Result:
    """How a check ended after how many seconds, and of one that failed the part of its output that says why."""

    name: str
    passed: bool
    why: str
    took: float


def reason(output: str) -> str:
    """What Ansible says of the tasks that failed, each with its indented lines; of other programs the last lines."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines()
    told = []
    inside = False
    for line in lines:
        inside = line.startswith(("fatal:", "failed:", "[ERROR]")) or (inside and line[:1] in ("", " "))
        if inside:
            told.append(line)
    return "\n".join(told or lines[-30:])[-4000:]


# The copy: ansible-test and mypy want the path ansible_collections/<namespace>/<name>, and committed files only.


def copy_tree() -> None:
    """Lay the committed files out as an installed collection, keeping what ansible-test cached below tests/output."""
    kept = TESTS / "output"
    if (COPY / "tests" / "output").exists():
        shutil.rmtree(kept, ignore_errors=True)
        (COPY / "tests" / "output").rename(kept)
    shutil.rmtree(TREE, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, COPY / name, follow_symlinks=False)
    if kept.exists():
        kept.rename(COPY / "tests" / "output")


# What ansible-test needs: it drops the environment's pip settings and downloads a bootstrap script. Both are given
# in a home directory of its own, so nothing is written outside the cache.


def prepare_home() -> None:
    """Give ansible-test a home that holds this machine's pip settings and the bootstrap script under its name."""
    version = get_venv_packages(SimpleNamespace(version=f"{sys.version_info[0]}.{sys.version_info[1]}"))["pip"]
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "tests" / "bootstrap_pip.py", script)
    settings = HOME / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        pip_settings().write(file)


def pip_settings() -> configparser.RawConfigParser:
    """What ``pip config list`` says, as a file: global.timeout='60' and, from the environment, :env:.cert='/x'."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    settings = configparser.RawConfigParser()
    for line in sorted(listed, key=lambda line: line.startswith(":env:")):
        key, dummy, value = line.partition("=")
        section, dummy, option = key.rpartition(".")
        settings.read_dict({"global" if section == ":env:" else section: {option: ast.literal_eval(value)}})
    return settings


def link_pythons() -> None:
    """Put every Python that works, also those that pyenv holds back, where ansible-test looks for them."""
    shutil.rmtree(BIN, ignore_errors=True)
    BIN.mkdir(parents=True)
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    for version in TARGET_PYTHONS:
        name = f"python{version}"
        for candidate in [*versions.glob(f"{version}.*/bin/{name}"), shutil.which(name)]:
            if (
                candidate
                and subprocess.run([candidate, "-c", "import ensurepip"], capture_output=True, check=False).returncode
                == 0
            ):
                (BIN / name).symlink_to(candidate)
                break


# The oldest ansible-core: its programs alone come first on the PATH, and the collections are those of the newest.


def oldest_core() -> Path | None:
    """Where the programs of the oldest ansible-core are; nowhere under a Python that it does not support."""
    if not OLDEST_TAKES[0] <= sys.version_info[:2] <= OLDEST_TAKES[1]:
        return None
    wanted = PROJECT / "tests" / "oldest.txt"
    key = hashlib.sha256(f"{sys.prefix}{sys.version}{wanted.read_text(encoding='utf-8')}".encode()).hexdigest()[:12]
    place = TESTS / "oldest" / f"venv-{key}"
    if not (place / "programs").exists():
        subprocess.run([sys.executable, "-m", "lab", "venv", str(place), str(wanted)], cwd=PROJECT, check=True)
        beside = next(place.glob("lib/python*/site-packages"))
        (beside / "ansible_collections").symlink_to(Path(sysconfig.get_path("purelib")) / "ansible_collections")
        half = place / "programs.new"
        half.mkdir()
        for program in place.glob("bin/ansible*"):
            (half / program.name).symlink_to(program)
        half.rename(place / "programs")
    return place / "programs"


# The suites


def lint() -> Iterator[Check]:
    """The linters over the whole project."""
    cache = {"RUFF_CACHE_DIR": str(TESTS / "ruff"), "MYPY_CACHE_DIR": str(TESTS / "mypy")}
    for name, command, cwd in (
        ("ruff check", "ruff check .", PROJECT),
        ("ruff format", "ruff format --check .", PROJECT),
        ("mypy", f"mypy --config-file {COPY}/pyproject.toml -p {PACKAGE}.plugins.module_utils", TREE),
        ("yamllint", "yamllint --strict .", PROJECT),
        ("ansible-lint", "ansible-lint --nocolor", COPY),
        ("changelog fragments", "antsibull-changelog lint", PROJECT),
        ("licences", "reuse lint", PROJECT),
    ):
        yield Check(name, command.split(), cwd, {**cache, "ANSIBLE_COLLECTIONS_PATH": str(TREE)})


def units() -> Iterator[Check]:
    """The unit tests under the controller's Python, and those of what hosts run under the oldest Python of a host."""
    link_pythons()
    prepare_home()
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    # ansible-test would fork a process for each test: five times the processor time.
    yield Check(f"units, Python {own}", ["pytest", "-q", "tests/unit"], COPY, {"PYTHONPATH": str(TREE)})
    oldest = TARGET_PYTHONS[0]
    if (BIN / f"python{oldest}").exists():
        argv = ["ansible-test", "units", "--target-python", f"venv/{oldest}"]
        yield Check(f"units, Python {oldest}", argv, COPY, {"HOME": str(HOME)})
    yield Check("units of the benchmarks", ["pytest", "-q", "tests/benchmarks"], COPY, {})


def sanity() -> Iterator[Check]:
    """ansible-test sanity."""
    link_pythons()
    prepare_home()
    yield Check("sanity", ["ansible-test", "sanity"], COPY, {"HOME": str(HOME)})


def collection() -> Iterator[Check]:
    """The collection as a user gets it: built, installed alone into an empty directory, run from elsewhere."""
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        yield from installed(Path(scratch))


def installed(scratch: Path) -> Iterator[Check]:
    env = {
        "HOME": str(scratch),
        "ANSIBLE_HOME": str(scratch / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(scratch),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    }
    elsewhere = scratch / "elsewhere"
    elsewhere.mkdir()

    def check(name: str, *argv: str) -> Check:
        return Check(name, list(argv), elsewhere, env)

    shutil.copytree(COPY / "inventory", elsewhere / "inventory")
    yield check("build", "ansible-galaxy", "collection", "build", "--output-path", str(scratch), str(COPY))
    (archive,) = scratch.glob("holdfast-volumes-*.tar.gz")
    yield check(
        "install", "ansible-galaxy", "collection", "install", "--no-deps", "--offline", "-p", str(scratch), str(archive)
    )
    for kind in ("module", "inventory", "filter", "role"):
        yield check(f"documentation, {kind}", "ansible-doc", "-t", kind, *documented(kind, env))
    for name in PLAYBOOKS:
        for option in ("--syntax-check", "--list-tasks"):
            yield check(f"{name} {option}", "ansible-playbook", "-i", "inventory", f"holdfast.volumes.{name}", option)
    yield check("host plan", "ansible-inventory", "-i", "inventory", "--host", "app1")


def documented(kind: str, env: dict[str, str]) -> list[str]:
    """The names that ansible-doc lists for the collection."""
    command = [str(PROGRAMS / "ansible-doc"), "-t", kind, "-l", "--json", "holdfast.volumes"]
    listed = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True).stdout
    return sorted(json.loads(listed))


def efs() -> Iterator[Check]:
    """playbooks/efs.yml with a real client of AWS, against an API server on loopback."""
    yield Check("efs", ["pytest", "-q", "tests/efs"], COPY, {"ANSIBLE_COLLECTIONS_PATH": str(TREE)})


def compiled() -> Iterator[Check]:
    """playbooks/compile.yml, and its files against published schemas and parsers."""
    yield Check("compiled", ["pytest", "-q", "tests/compile"], COPY, {"ANSIBLE_COLLECTIONS_PATH": str(TREE)})


def cluster() -> Iterator[Check]:
    """playbooks/apply.yml with kubernetes.core, against an API server of Kubernetes on loopback."""
    argv = [sys.executable, "-m", "pytest", "-q", "tests/cluster"]
    yield Check("cluster", argv, COPY, {"ANSIBLE_COLLECTIONS_PATH": str(TREE)})


def orchestrators() -> Iterator[Check]:
    """A swarm of three guests, one of which is killed, pods that Podman plays, and a fleet that is taken over."""
    yield from machines()
    yield from map(scenario, APART)


def scenarios(made: bool | None = None, clock: Clock | None = None) -> Iterator[Check]:
    """The other scenarios, on real guests, long ones first; ``made``: those on a fleet of site.yml's, or the rest."""
    rank = (clock or Clock(DURATIONS)).rank
    paths = {path.parent.name: path for path in sorted(PROJECT.glob("molecule/*/molecule.yml"))}
    for name in sorted((name for name in paths if name not in APART), key=rank):
        # The shared configuration says converged.
        state = re.search(r"HOLDFAST_LAB_STATE: (\w+)", paths[name].read_text(encoding="utf-8"))
        if made is not None and made == bool(state and state[1] in ("bare", "booted")):
            continue
        yield scenario(name)


def scenario(name: str) -> Check:
    """A scenario by its name, with the ansible-core that it takes."""
    env = {"ANSIBLE_COLLECTIONS_PATH": str(TREE)}
    programs = oldest_core() if name in OLDEST else None
    if programs is not None:
        env["PATH"] = os.pathsep.join([str(programs), str(PROGRAMS), os.environ["PATH"]])
    remark = "" if programs is None else ", oldest core"
    return Check(name, ["molecule", "test", "-s", name], PROJECT, env, remark)


class Clock:
    """What fits into the time that there is: scenarios that do not are left out, and come first in the next run.

    ``kept`` is a file with the seconds that scenarios took on this machine, and with what the last run left out;
    ``limit`` is in seconds from now, none for all the time in the world.
    """

    def __init__(self, kept: Path, limit: float | None = None) -> None:
        self.kept = kept
        self.end = None if limit is None else time.monotonic() + limit
        known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        self.took: dict[str, float] = known.get("took", {})
        self.first: list[str] = known.get("left", [])
        self.left: list[str] = []
        self.ran: set[str] = set()
        self.tight = limit is not None and sum(map(self.expect, TYPICAL)) > 2 * limit
        self.lock = Lock()

    def expect(self, name: str) -> float:
        """The seconds of a scenario: those of its last run here, else the usual ones at the pace of those known."""
        known = [one for one in self.took if one in TYPICAL]
        pace = sum(self.took[one] for one in known) / sum(TYPICAL[one] for one in known) if known else 1
        return self.took.get(name, TYPICAL.get(name, max(TYPICAL.values())) * pace)

    def rank(self, name: str) -> tuple[bool, float]:
        """Where a scenario comes.

        Two workers end together when what is left for the end is short. Where not all can end in time, more of them do
        if the long ones are left for the next run.
        """
        return name not in self.first, self.expect(name) * (1 if self.tight else -1)

    def admit(self, name: str) -> bool:
        """Whether it can end in time; what cannot is left out."""
        fits = self.end is None or time.monotonic() + self.expect(name) <= self.end
        if not fits:
            print(f"{name:<39} left out: no time for its {self.expect(name):.0f} s", flush=True)
            self.left.append(name)
        return fits

    def note(self, result: Result) -> None:
        """Remember what a scenario tells of the next run, which may come after this one was ended from outside."""
        with self.lock:
            self.ran.add(result.name)
            if result.passed and result.name in TYPICAL:
                self.took[result.name] = round(result.took)
            left = [one for one in dict.fromkeys([*self.first, *self.left]) if one not in self.ran]
            part = self.kept.with_suffix(".part")
            part.write_text(json.dumps({"took": self.took, "left": left}, indent=2), encoding="utf-8")
            part.replace(self.kept)


SUITES: dict[str, Callable[[], Iterator[Check]]] = {
    suite.__name__: suite
    for suite in (lint, units, sanity, collection, efs, compiled, cluster, orchestrators, scenarios)
}


def machines() -> Iterator[Check]:
    """What scenarios start from: programs on this host, images of guests and containers."""
    yield Check("machines", [sys.executable, "-m", "lab", "prepare"], PROJECT, {})


def run_all(names: list[str], verbose: bool, clock: Clock) -> list[Result]:
    """How each check ended.

    Two workers run the scenarios, and each takes over what the other has left; a scenario that comes before its images
    waits for them. Whatever the order of names, the suites follow each other, since they share the copy of the project.
    With ``verbose`` one check runs at a time: outputs do not mix.
    """
    suites = [SUITES[name]() for name in names if name != "scenarios"]
    if "scenarios" not in names:
        return run_queue(suites, clock, verbose)
    queues = [deque(chain(machines(), scenarios(True, clock))), deque(scenarios(False, clock))]
    if verbose:
        return run_queue([*(take_all(queue, clock) for queue in queues), *suites], clock, verbose=True)
    with ThreadPoolExecutor(3) as pool:
        beside = pool.submit(run_queue, map(yielding, suites), clock)
        orders = [[take_all(queue, clock) for queue in order] for order in (queues, queues[::-1])]
        workers = [pool.submit(run_queue, order, clock) for order in orders]
        return [result for worker in (*workers, beside) for result in worker.result()]


def run_queue(suites: Iterable[Iterator[Check]], clock: Clock, verbose: bool = False) -> list[Result]:
    """Run checks one after the other."""
    results = []
    for check in chain.from_iterable(suites):
        results.append(check.run(verbose))
        clock.note(results[-1])
    return results


def take_all(queue: deque[Check], clock: Clock) -> Iterator[Check]:
    """What is left of a queue that others take from, too, and fits into the time that is left."""
    with contextlib.suppress(IndexError):
        while True:
            check = queue.popleft()
            if check.name not in TYPICAL or clock.admit(check.name):
                yield check


def yielding(suite: Iterator[Check]) -> Iterator[Check]:
    """The same checks, each behind the guests, whose tests have clocks to keep up with."""
    return (replace(check, argv=["nice", "-n", "5", *check.argv]) for check in suite)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one run at a time use the copy; another waits."""
    TESTS.mkdir(parents=True, exist_ok=True)
    with open(TESTS / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--verbose", action="store_true", help="show the output of every check as it comes")
    parser.add_argument("--minutes", type=float, help="begin no scenario that would not end in this time")
    parser.add_argument("suites", nargs="+", choices=SUITES, metavar="SUITE", help=", ".join(SUITES))
    options = parser.parse_args()
    with alone():
        clock = Clock(DURATIONS, options.minutes and options.minutes * 60)
        copy_tree()
        results = run_all(options.suites, options.verbose, clock)
    failed = [result for result in results if not result.passed]
    for result in failed:
        print(f"\n{result.name} failed:\n{result.why}")
    if clock.left:
        print(f"\nNot run for want of time, and first in the next run: {', '.join(clock.left)}")
    skipped = f", {len(clock.left)} skipped" if clock.left else ""
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed{skipped}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
