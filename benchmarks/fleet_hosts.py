"""Simulated hosts: systemd and sshd in namespaces of their own, on a network of one machine without a way out.

All of it lives in one pid, mount and network namespace, so the kernel takes it away when that ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab.paths import LabError

from .fleet_root import find_modules

HERE = Path(__file__).resolve().parent
BRIDGE = "10.78.0.1"
STATE = Path("/run/holdfast-benchmark")  # in the memory of the mount namespace
BOOT_LIMIT = 180.0
AT_ONCE = 8
# A systemd watches files through some four of these, and a kernel allows 128 of one user.
WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
WATCHERS_OF_HOST = 8


@dataclass(frozen=True)
class Host:
    """One simulated host by its number, from 1."""

    number: int

    @property
    def name(self) -> str:
        return f"host{self.number}"

    @property
    def address(self) -> str:
        return f"10.78.{1 + self.number // 250}.{1 + self.number % 250}"

    @property
    def place(self) -> Path:
        """What it writes, beside its root."""
        return STATE / self.name


class Network:
    """A bridge that the controller and the hosts are on; made inside the namespaces, where nothing else is."""

    def __init__(self, root: Path, groups: Path) -> None:
        self.groups = groups
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.layers = [str(root)]

    def lay(self, hosts: list[Host]) -> None:
        """Make the bridge, the key to log in with, and for each host its end of a cable."""
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        try:
            os.setxattr("/run", "user.holdfast.probe", b"")
        except OSError as error:
            raise LabError(
                f"files in memory take no extended attributes here ({error}); Linux 6.6 or newer does"
            ) from error
        access = STATE / "access/root/.ssh"
        access.mkdir(parents=True, mode=0o700)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(STATE / "key")], check=True)
        shutil.copy(STATE / "key.pub", access / "authorized_keys")
        os.chmod(access.parent, 0o700)
        self.layers.insert(0, str(STATE / "access"))
        _ip(
            [
                "link set lo up",
                "link add bridge type bridge",
                "link set bridge up",
                f"address add {BRIDGE}/16 dev bridge",
            ]
        )
        for host in hosts:
            subprocess.run(["ip", "netns", "add", host.name], check=True)
        _ip(line for host in hosts for line in _cable(host))
        for host in hosts:
            inside = ["link set lo up", f"address add {host.address}/16 dev eth0", "link set eth0 up"]
            _ip(inside, "-netns", host.name)

    def boot(self, hosts: list[Host]) -> None:
        """Boot hosts, some at a time, and wait until all let us in."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._boot, hosts))

    def _boot(self, host: Host) -> None:
        group = self.groups / host.name
        group.mkdir()
        script = [str(HERE / "fleet_host.sh"), host.name, str(host.place), ":".join(self.layers)]
        modules = find_modules()
        inner = ["unshare", "--mount", "--uts", "--ipc", "--cgroup", "sh", *script, modules]
        enter = f'echo 0 > "{group}/cgroup.procs" && exec "$@"'
        outer = ["nsenter", f"--net=/run/netns/{host.name}", "unshare", "--pid", "--fork", "--kill-child"]
        log = STATE / f"{host.name}.log"
        with log.open("wb") as out:
            command = [*outer, "sh", "-c", enter, "sh", *inner]
            self.running[host.name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self._await_door(host, log)

    def _await_door(self, host: Host, log: Path) -> None:
        deadline = time.monotonic() + BOOT_LIMIT
        while time.monotonic() < deadline:
            if self.running[host.name].poll() is not None:
                raise LabError(f"{host.name} ended: {log.read_text(errors='replace').strip()}")
            with contextlib.suppress(OSError), socket.create_connection((host.address, 22), 2) as door:
                door.settimeout(10)
                if door.recv(4) == b"SSH-":
                    return
            time.sleep(0.2)
        raise LabError(f"{host.name} did not answer within {BOOT_LIMIT:.0f} s")

    def end(self, host: Host) -> None:
        """Cut a host's power; what it wrote stays."""
        process = self.running.pop(host.name)
        process.kill()  # unshare takes its child, the host's first process, along
        process.wait()
        drain(self.groups / host.name)

    def keep(self, host: Host) -> None:
        """Make what an ended host wrote a layer below all hosts that boot from now on."""
        self.layers.insert(0, str(host.place / "upper"))


def allow_watchers(hosts: int) -> Callable[[], object]:
    """Let the kernel give so many hosts what they watch files with; what is returned makes it as it was."""
    before = WATCHERS.read_text()
    wanted = hosts * WATCHERS_OF_HOST + int(before)
    WATCHERS.write_text(f"{wanted}\n")
    return lambda: WATCHERS.write_text(before)


def _cable(host: Host) -> list[str]:
    end = f"port{host.number}"
    return [
        f"link add {end} type veth peer name eth0 netns {host.name}",
        f"link set {end} master bridge",
        f"link set {end} up",
    ]


def _ip(lines: Iterable[str], *where: str) -> None:
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines), text=True, check=True)


# Control groups: they count what a part costs, and end everything in them at once.


def find_groups() -> Path:
    """Where control groups of version 2 are, also beside those of version 1."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if line.partition(" - ")[2].startswith("cgroup2 "):
            return Path(line.split()[4])
    raise LabError("no control groups of version 2 are mounted here; systemd hosts have them")


def drain(group: Path) -> None:
    """End what runs in a control group and remove it."""
    if not group.exists():
        return
    (group / "cgroup.kill").write_text("1")
    for dummy in range(200):
        if "populated 0" in (group / "cgroup.events").read_text():
            break
        time.sleep(0.05)
    for path, dummy_names, dummy_files in os.walk(group, topdown=False):
        Path(path).rmdir()
