"""What a run of ``site.yml`` costs its controller by the number of hosts: python3 -m benchmarks.fleet (as root).

Simulated hosts (see fleet_hosts.py) are converged, then ``site.yml`` runs on some of them with nothing to do, and with
one volume changed. Results are written as JSON and as a picture.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from lab import converge
from lab.paths import CACHE, PROJECT, LabError, locked, say, sudo, timed

from . import controller, fleet_hosts, fleet_root, lines
from .fleet_hosts import STATE, Host, Network

GROUP = "holdfast-benchmark"
MEASURES = ("wall_s", "controller_cpu_s", "hosts_cpu_s", "controller_mib", "main_process_mib")
KINDS = {
    "no_op": "nothing to do",
    "one_volume": "one volume changed",
    "one_volume_limited": "the same with --limit",
}
PANELS = {
    "controller_cpu_s": "controller, processor seconds",
    "wall_s": "wall time, seconds",
    "controller_mib": "controller, memory in MiB",
}
APP = """\
  {name}:
    engine: nspawn
    image: {{name: busybox, directory: /srv/image}}
    command: [/bin/busybox, sleep, infinity]
    hosts: {hosts}
    volumes: ["{volume}:/data"]
"""
CATALOGUE = """\
plugin: holdfast.volumes.catalogue
stores:
  disk: {{type: directory, path: /srv/volumes}}
volumes:
  content: {{store: disk, owner: 1000, group: 1000}}
  single: {{store: disk, owner: 1000, group: 1000, mode: "{mode}"}}
apps:
"""


def main() -> None:
    """Enter namespaces of our own, measure there, and take care that nothing is left."""
    arguments = _parser().parse_args()
    try:
        if arguments.groups:
            _measure_all(arguments)
        else:
            _enter(max(arguments.hosts))
    except LabError as error:
        say(f"error: {error}")
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.fleet", description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[10, 100, 300], help="sizes of the fleet")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each kind and size; the median counts")
    parser.add_argument("--out", type=Path, default=CACHE / "benchmarks", help="directory of the results")
    parser.add_argument("--config", type=Path, default=PROJECT / "ansible.cfg", help="Ansible's settings")
    parser.add_argument(
        "--then", nargs=argparse.REMAINDER, metavar="WORD", help="run this in the fleet instead of measuring"
    )
    # For the process in the namespaces: its control groups and the root of the hosts.
    parser.add_argument("--groups", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    return parser


def _enter(hosts: int) -> None:
    if os.geteuid():
        kept = [f"PATH={os.environ['PATH']}", f"HOLDFAST_CACHE={CACHE.expanduser()}", sys.executable]
        os.execvp("sudo", [*sudo(["env", *kept]), "-m", "benchmarks.fleet", *sys.argv[1:]])
    with locked("benchmark-fleet"):
        sys.exit(_run_apart(hosts))


def _run_apart(hosts: int) -> int:
    root = fleet_root.build_root()
    converge.collections()
    groups = fleet_hosts.find_groups() / GROUP
    fleet_hosts.drain(groups)
    groups.mkdir()
    words = [sys.executable, "-m", "benchmarks.fleet", "--groups", str(groups), "--root", str(root), *sys.argv[1:]]
    apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net", "--uts", "--ipc"]
    with _swept(lambda: fleet_hosts.drain(groups), fleet_hosts.allow_watchers(hosts)):
        return subprocess.run([*apart, *words], preexec_fn=_end_with_parent, check=False).returncode


@contextmanager
def _swept(*endings: Callable[[], object]) -> Iterator[None]:
    """Do what is to be done at the end, also when this process is killed: a child sees its pipe close."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(writer)
        os.read(reader, 1)
        for end in endings:
            end()
        os._exit(0)
    os.close(reader)
    try:
        yield
    finally:
        os.close(writer)
        os.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


# From here on inside the namespaces.


def _measure_all(arguments: argparse.Namespace) -> None:
    hosts = [Host(number) for number in range(1, max(arguments.hosts) + 1)]
    for part in ("controller", "hosts"):
        (arguments.groups / part).mkdir()
    network = Network(arguments.root, arguments.groups / "hosts")
    network.lay([Host(0), *hosts])
    for size in arguments.hosts:
        _write_inventory(size)
    bench = Bench(arguments.groups, arguments.config)
    with timed("converging the host that the others are copies of"):
        network.boot([Host(0)])
        bench.run(_write_inventory(0), {"host0"})
        network.end(Host(0))
        network.keep(Host(0))
    with timed(f"booting {len(hosts)} hosts"):
        network.boot(hosts)
    bench.run(_write_inventory(max(arguments.hosts)), {"host1"}, "--limit=host1")
    if arguments.then:
        sys.exit(subprocess.run(arguments.then, env=bench.environment, check=False).returncode)
    results = [_measure(bench, size, arguments.repeats) for size in sorted(arguments.hosts)]
    _report(results, arguments)


def _write_inventory(size: int, mode: str = "0750") -> Path:
    """The inventory of the first hosts, with the mode of the volume that one host alone has; 0 is the model of all."""
    directory = STATE / f"inventory-{size}"
    directory.mkdir(exist_ok=True)
    hosts = [Host(number) for number in range(1, size + 1)] or [Host(0)]
    access = f"vars: {{ansible_user: root, ansible_ssh_private_key_file: {STATE}/key, selinux_required: false}}"
    lines = [f"    {host.name}: {{ansible_host: {host.address}}}" for host in hosts]
    (directory / "hosts.yml").write_text("\n".join(["all:", f"  {access}", "  hosts:", *lines, ""]))
    apps = [APP.format(name="web", hosts="all", volume="content")]
    if size:
        apps.append(APP.format(name="alone", hosts="host1", volume="single"))
    (directory / "volumes.holdfast.yml").write_text(CATALOGUE.format(mode=mode) + "".join(apps))
    return directory


class Bench:
    """Runs ``site.yml`` in a control group, which counts what the controller costs."""

    def __init__(self, groups: Path, config: Path) -> None:
        self.groups = groups
        self.environment = {
            **converge.environment(),
            "ANSIBLE_CONFIG": str(config.resolve()),
            "ANSIBLE_HOME": str(STATE / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(STATE / "ansible/cp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_NOCOWS": "1",
        }

    def run(self, inventory: Path, changed: set[str] | None, *flags: str) -> dict[str, float]:
        """Run ``site.yml``, see that exactly the named hosts changed (None: any), and return what MEASURES names."""
        before = [_read_cpu(self.groups / part) for part in ("controller", "hosts")]
        memory = Memory(self.groups / "controller")
        begin = time.monotonic()
        text = self._play(["ansible-playbook", "-i", str(inventory), *flags, "holdfast.volumes.site"], memory)
        wall = time.monotonic() - begin
        (self.groups / "controller/cgroup.kill").write_text("1")  # connections that would wait for a next run
        _check_recap(text, changed)
        after = [_read_cpu(self.groups / part) for part in ("controller", "hosts")]
        controller, hosts = (late - early for early, late in zip(before, after, strict=True))
        values = (wall, controller, hosts, memory.total, memory.largest)
        return dict(zip(MEASURES, values, strict=True))

    def _play(self, command: list[str], memory: Memory) -> str:
        enter = ["sh", "-c", f'echo 0 > "{self.groups}/controller/cgroup.procs" && exec "$@"', "sh"]
        with memory.watched(), (STATE / "log").open("w+") as log:
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
            done = subprocess.run([*enter, *command], env=self.environment, check=False, **streams)
            log.seek(0)
            text = log.read()
        if done.returncode:
            raise LabError(f"{' '.join(command)} ended with {done.returncode}:\n{text[-6000:]}")
        return text


class Memory:
    """The most memory that the processes of a group had at once: all together, and the largest, in MiB."""

    def __init__(self, group: Path) -> None:
        self.group = group
        self.total = self.largest = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look once a second; memory that processes share is counted once."""
        ended = Event()
        watcher = Thread(target=self._watch, args=(ended,))
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, ended: Event) -> None:
        while not ended.wait(1):
            found = [_read_memory(pid) for pid in (self.group / "cgroup.procs").read_text().split()]
            self.total = max(self.total, sum(found))
            self.largest = max([self.largest, *found])


def _read_memory(pid: str) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (OSError, ProcessLookupError):
        return 0.0
    return int(text.partition("\nPss:")[2].split()[0]) / 1024 if "\nPss:" in text else 0.0


def _read_cpu(group: Path) -> float:
    """Seconds of processor time that a group has used."""
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6


def _check_recap(text: str, changed: set[str] | None) -> None:
    """Refuse a run that failed or changed something else: what it cost would mean nothing."""
    recap = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", text, re.MULTILINE)
    wrong = [name for name, change, away, failed in recap if away != "0" or failed != "0"]
    found = {name for name, change, dummy_away, dummy_failed in recap if change != "0"}
    if not recap or wrong or changed not in (None, found):
        raise LabError(f"failed: {wrong}; changed: {sorted(found)}, expected: {changed}\n{text[-6000:]}")


def _measure(bench: Bench, size: int, repeats: int) -> dict[str, Any]:
    """The medians of each kind of run on so many hosts."""
    kinds: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for number in range(repeats):
        with timed(f"{size} hosts, run {number + 1} of {repeats}"):
            inventory = _write_inventory(size, "0750")
            bench.run(inventory, None, "--limit=host1")  # back to where every turn begins
            kinds["no_op"].append(bench.run(inventory, set()))
            kinds["one_volume"].append(bench.run(_write_inventory(size, "0770"), {"host1"}))
            kinds["one_volume_limited"].append(bench.run(_write_inventory(size, "0700"), {"host1"}, "--limit=host1"))
    medians = {
        kind: {measure: round(statistics.median(run[measure] for run in runs), 2) for measure in MEASURES}
        for kind, runs in kinds.items()
    }
    return {"hosts": size, "medians": medians, "runs": kinds}


def fit(results: list[dict[str, Any]], kind: str, measure: str) -> dict[str, float]:
    """The straight line through the medians: what a host costs, and what a run costs anyway."""
    return lines.fit([result["hosts"] for result in results], [result["medians"][kind][measure] for result in results])


def _report(results: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    fits = {kind: {measure: fit(results, kind, measure) for measure in MEASURES} for kind in KINDS}
    about = {**controller.describe(), "settings": arguments.config.read_text(), "repeats": arguments.repeats}
    arguments.out.mkdir(parents=True, exist_ok=True)
    record = {"about": about, "fits": fits, "results": results}
    (arguments.out / "fleet.json").write_text(json.dumps(record, indent=1) + "\n")
    _plot(record, arguments.out / "fleet.svg")
    for result in results:
        for kind in KINDS:
            told = ", ".join(f"{measure} {result['medians'][kind][measure]}" for measure in MEASURES)
            print(f"{result['hosts']:>4} hosts {kind:<18} {told}")
    for kind in KINDS:
        print(f"a host more, {kind}: {fits[kind]}")
    print(arguments.out / "fleet.json")


def _plot(record: dict[str, Any], path: Path) -> None:
    from .plot_lines import Series, draw  # noqa: PLC0415 # not before: it is large, and hosts take the memory

    panels = {
        label: [
            Series(
                name,
                {result["hosts"]: [run[measure] for run in result["runs"][kind]] for result in record["results"]},
                record["fits"][kind][measure],
            )
            for kind, name in KINDS.items()
        ]
        for measure, label in PANELS.items()
    }
    draw(panels, "hosts", path)


if __name__ == "__main__":
    main()
