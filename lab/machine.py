"""One virtual machine: a QEMU process with its disk, its monitor and its ssh door on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .image import Image
from .paths import CACHE, LabError, say
from .prepare import qemu_version

ADDRESSES = {"nfs1": 11, "nfs2": 12, "app1": 21, "app2": 22, "app3": 23, "ops1": 31, "bare1": 41}
# QEMU's HPET, once used at boot, goes on ticking 250 times a second, which is four fifths of what an idle guest costs.
# Without it the kernel must be told that it may trust its other clock.
KERNEL_LINE = (
    "console=ttyS0 root=/dev/vda rw net.ifnames=0 mitigations=off init_on_alloc=0 hpet=disable tsc=reliable quiet "
    "security=selinux selinux=1 enforcing=1 systemd.hostname={name} systemd.machine_id={machine_id}"
)
MACHINE = "pc-q35-7.2"  # pinned: a saved guest can only be loaded into the same machine type


@dataclass(frozen=True)
class Machine:
    """A guest by name; everything of it is below ``directory``."""

    name: str
    directory: str
    port: int
    memory: int = 1024

    @property
    def address(self) -> str:
        """Its address on the lab's own network."""
        return f"10.77.0.{ADDRESSES[self.name]}"

    @property
    def disk(self) -> Path:
        return Path(self.directory) / "disk.qcow2"

    @property
    def serial(self) -> Path:
        return Path(self.directory) / "serial.log"

    @property
    def monitor(self) -> Path:
        return Path(self.directory) / "qmp"

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        try:
            number = int((Path(self.directory) / "pid").read_text())
            command = Path(f"/proc/{number}/cmdline").read_bytes()
        except (OSError, ValueError):
            return 0
        return number if self.directory.encode() in command else 0

    def record(self) -> dict[str, Any]:
        return asdict(self)


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(machine: Machine, image: Image, segment: int, saved: str = "") -> None:
    """Start the QEMU process; ``saved`` names the snapshot to go on from, ``segment`` is the lab network's port."""
    number = ADDRESSES[machine.name]
    accelerator = accel(image)
    command = [
        "qemu-system-x86_64",
        *("-name", machine.name, "-M", MACHINE, "-accel", accelerator, "-cpu", _cpu(accelerator)),
        *("-smp", "1", "-m", str(machine.memory), "-nodefaults", "-display", "none", "-no-user-config"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd)),
        *("-append", KERNEL_LINE.format(name=machine.name, machine_id=f"{number:032x}")),
        *("-drive", f"file={machine.disk},if=virtio,format=qcow2,cache=unsafe,discard=unmap"),
        *("-netdev", f"user,id=outside,hostfwd=tcp:127.0.0.1:{machine.port}-:22"),
        *("-device", f"virtio-net-pci,netdev=outside,mac=52:54:00:10:00:{number:02x},romfile="),
        *("-netdev", f"socket,id=lab,mcast=230.77.0.1:{segment},localaddr=127.0.0.1"),
        *("-device", f"virtio-net-pci,netdev=lab,mac=52:54:00:77:00:{number:02x},romfile="),
        *("-device", "virtio-rng-pci", "-serial", f"file:{machine.serial}"),
        *("-qmp", f"unix:{machine.monitor},server=on,wait=off"),
        *("-pidfile", f"{machine.directory}/pid", "-daemonize"),
        *(["-loadvm", saved] if saved else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"QEMU did not start {machine.name}: {done.stderr.strip()}")


def stop(machine: Machine) -> None:
    """End the process and wait until it is gone; a guest that is not running is fine."""
    pid = machine.pid
    if not pid:
        return
    os.kill(pid, signal.SIGKILL)  # its disk is a throw-away overlay
    for dummy in range(100):
        if not machine.pid:
            return
        time.sleep(0.05)
    raise LabError(f"QEMU of {machine.name} (pid {pid}) does not end")


def tell(machine: Machine, command: str, **arguments: Any) -> Any:
    """Send one command to the machine's monitor and return its answer."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(120)
        link.connect(str(machine.monitor))
        stream = link.makefile("rw")
        stream.readline()
        for name, values in (("qmp_capabilities", {}), (command, arguments)):
            stream.write(json.dumps({"execute": name, "arguments": values}) + "\n")
            stream.flush()
            answer = _answer(stream)
    if "error" in answer:
        raise LabError(f"{machine.name}: {command} failed: {answer['error']['desc']}")
    return answer["return"]


def human(machine: Machine, line: str) -> None:
    """Run a command of the human monitor, which says nothing when all is well."""
    text = tell(machine, "human-monitor-command", **{"command-line": line}).strip()
    if text:
        raise LabError(f"{machine.name}: {line} failed: {text}")


def accel(image: Image) -> str:
    """``kvm`` where a guest of ours really boots under it, else emulation; asked once per host and image."""
    emulation = "tcg,thread=multi,tb-size=512"
    wish = os.environ.get("HOLDFAST_LAB_ACCEL", "")
    if wish:
        return emulation if wish == "tcg" else wish
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return emulation
    known = CACHE / f"accel-{image.directory.name}-{os.uname().release}"
    if not known.exists():
        known.write_text("kvm" if _boots_under_kvm(image) else emulation)
        say(f"acceleration on this host: {known.read_text().split(',')[0]}")
    return known.read_text()


def _boots_under_kvm(image: Image) -> bool:
    # A nested hypervisor may offer the device and still hang or reset an ordinary guest.
    command = [
        "qemu-system-x86_64",
        *("-M", MACHINE, "-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults", "-display", "none", "-no-reboot"),
        *(
            "-kernel",
            str(image.kernel),
            "-initrd",
            str(image.initrd),
            "-append",
            "console=ttyS0 panic=-1 root=/dev/none",
        ),
        *("-serial", "stdio"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, stdin=subprocess.DEVNULL, check=False)
        seen = done.stdout
    except subprocess.TimeoutExpired as error:
        seen = error.stdout or b""
    return b"Run /init as init process" in seen


def _cpu(accelerator: str) -> str:
    if accelerator == "kvm":
        return "host"
    # QEMU 7.2 emulates cmpxchg16b wrongly for this guest kernel: it panics in half of all boots.
    # Emulation runs a string instruction step by step, so kernel and libc shall not think it fast, and each crossing of
    # SMAP, SMEP and UMIP, as each level of page tables more, costs something at every system call.
    slow = "max,-erms,-fsrm,-smap,-smep,-umip,-la57"
    return f"{slow},-fzrm,-fsrs,-fsrc" if qemu_version() >= 8 else f"{slow},-cx16"


def _answer(stream: Any) -> dict[str, Any]:
    while True:
        answer: dict[str, Any] = json.loads(stream.readline())
        if "return" in answer or "error" in answer:
            return answer
