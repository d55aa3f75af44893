# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the clients of the engines are called, so that SELinux confines them as it would at boot."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, System

# The one directory that podman_t may write to, that is there before its first start, and whose label the policy knows.
STATE = "/var/lib/containers"
RUNTIME = "/run/containers"
# One name, so that what a killed run left there is found.
INPUT = f"{STATE}/.holdfast-input"


def call(system: System, engine: str, words: Sequence[str], timeout: float = 60) -> Completed:
    """Run the engine's client with ``words``; raises what System.run raises.

    Podman is started by systemd, in a domain of its own: started from ssh it leaves wrong labels in its state
    directories on a fresh host, and Quadlet then fails. Its answer comes back through files, since neither it nor the
    message bus that would hand it our pipes may write to them.
    """
    if engine != "podman" or system.stat("/run/systemd/system") is None:
        return system.run([engine, *words], timeout)
    _label(system)
    answer = f"{STATE}/.holdfast-{uuid.uuid4().hex}"
    out, err = f"{answer}.out", f"{answer}.err"
    # systemd ends what its client can no longer when that is killed.
    properties = [f"RuntimeMaxSec={timeout:g}", f"StandardOutput=file:{out}", f"StandardError=file:{err}", "UMask=0077"]
    flags = [word for value in properties for word in ("--property", value)]
    # systemd puts variables of its own into the words of a command line; $$ is a dollar.
    literal = [word.replace("$", "$$") for word in words]
    try:
        done = system.run(["systemd-run", "--wait", "--quiet", "--collect", *flags, engine, *literal], timeout + 10)
        return Completed(done.rc, system.read(out) or "", (system.read(err) or "") + done.err)
    finally:
        system.remove(out)
        system.remove(err)


def tell(system: System, words: Sequence[str], text: str) -> Completed:
    """Run Podman with ``words`` and, as the last of them, a file with ``text`` that root alone reads, gone afterwards.

    Its standard input would have to be a pipe: Podman 5.4 takes a secret from no other.
    """
    _label(system)
    try:
        system.write(INPUT, text, 0o600)
        return call(system, "podman", [*words, INPUT])
    finally:
        system.remove(INPUT)


def _label(system: System) -> None:
    """Give Podman's directories the labels of the policy where it has not run yet, and so may not enter them."""
    new = system.stat(STATE) is None
    if new:
        system.make_directory(STATE)
    # The package starts a helper (netavark-firewalld-reload) whose domain has its own label for what it makes.
    strange = system.stat(RUNTIME) is not None and system.stat(f"{RUNTIME}/storage") is None
    if (new or strange) and system.has("restorecon"):
        system.check(["restorecon", "-R", *([STATE] if new else []), *([RUNTIME] if strange else [])])
