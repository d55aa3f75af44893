# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carry out the steps of mount_plan through System: each kind once for all mounts, one failure leaves the others."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ansible_collections.holdfast.volumes.plugins.module_utils import mount_probe, mount_units
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, ProbeTimeout, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_state import read_live, split_by_parent


@dataclass
class Outcome:
    """What went wrong ({path: message}; the path's later steps are left out) and what the user should know."""

    errors: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def apply(system: System, steps: Iterable[Step], timeout: float, start_timeout: float) -> Outcome:
    """Take the steps in their order; ``start_timeout`` bounds all unmounts together and all mounts together."""
    outcome, left = Outcome(), list(steps)
    for action in dict.fromkeys(step.action for step in left):
        due = [step for step in left if step.action == action and step.args.get("path") not in outcome.errors]
        if due:
            PHASES[action](Phase(system, due, outcome, timeout, start_timeout))
    return outcome


@dataclass(frozen=True)
class Phase:
    """All steps of one kind."""

    system: System
    steps: list[Step]
    outcome: Outcome
    timeout: float
    start_timeout: float

    @property
    def paths(self) -> list[str]:
        return [step.args["path"] for step in self.steps]

    @property
    def units(self) -> list[str]:
        return [step.args["unit"] for step in self.steps]

    def systemctl(self, *words: str) -> str:
        """Run systemctl on all units; return what it complains of. At the limit the jobs go on in systemd."""
        try:
            return self.system.run(["systemctl", *words, "--", *self.units], self.start_timeout).err.strip()
        except ProbeTimeout:
            return f"systemctl {words[0]} did not end within {self.start_timeout:g} s"


def _create(phase: Phase) -> None:
    for step in phase.steps:
        phase.system.make_directory(step.name, 0o700)
        phase.system.set_owner(step.name, 0, 0)
        phase.system.set_mode(step.name, 0o700)


def _unmount(phase: Phase) -> None:
    for step in phase.steps:
        if step.args["force"]:
            path = step.args["path"]
            with contextlib.suppress(OSError, ProbeTimeout):
                phase.system.probe(mount_probe.force_unmount, path, timeout=phase.timeout)
            phase.outcome.warnings.append(
                f"{path} was unmounted by force, since its server did not answer for it: what the server had not "
                "acknowledged is lost"
            )
    said = phase.systemctl("stop")
    for path in read_live(phase.system, phase.paths):
        phase.outcome.errors[path] = f"{path} is still mounted, so its unit was kept: {said or 'it is in use'}"


def _remove(phase: Phase) -> None:
    phase.system.check(["systemctl", "--no-reload", "disable", "--", *phase.units])
    for parent, names in split_by_parent(phase.paths).items():
        try:
            kept = phase.system.probe(mount_probe.remove_bare, parent, names, timeout=phase.timeout)
        except (OSError, HostError) as error:
            phase.outcome.warnings.append(f"mount points in {parent} were left: {error}")
            continue
        for name, inside in kept.items():
            phase.outcome.warnings.append(f"{os.path.join(parent, name)} was left: it holds {', '.join(inside)}")
    # The file goes last: while it is there a run that was killed is completed by the next.
    for unit in phase.units:
        phase.system.remove(f"{mount_units.DIRECTORY}/{unit}")


def _sweep(phase: Phase) -> None:
    for step in phase.steps:
        if not phase.system.listdir(step.name):
            phase.system.remove_directory(step.name)


def _guard(phase: Phase) -> None:
    for parent, names in split_by_parent(phase.paths).items():
        try:
            bare = phase.system.probe(mount_probe.guard_bare, parent, names, timeout=phase.timeout)
        except OSError as error:
            raise HostError(f"cannot close the mount points in {parent}: {error.strerror}") from error
        if bare:
            phase.outcome.warnings.append(
                f"mount points without an immutable flag, which this file system does not have: {', '.join(bare)} in "
                f"{parent}; they are closed by mode 0000 alone"
            )


def _write(phase: Phase) -> None:
    for step in phase.steps:
        phase.system.write(f"{mount_units.DIRECTORY}/{step.args['unit']}", step.args["text"])


def _enable(phase: Phase) -> None:
    phase.system.check(["systemctl", "--no-reload", "enable", "--", *phase.units])


def _reload(phase: Phase) -> None:
    phase.system.check(["systemctl", "daemon-reload"])


def _remount(phase: Phase) -> None:
    said = phase.systemctl("reload")
    if said:
        phase.outcome.warnings.append(said)


def _mount(phase: Phase) -> None:
    # Whether it worked is read from the kernel afterwards, mount by mount.
    phase.systemctl("start")


PHASES: dict[str, Callable[[Phase], None]] = {
    "create": _create,
    "unmount": _unmount,
    "remove": _remove,
    "guard": _guard,
    "write": _write,
    "enable": _enable,
    "reload": _reload,
    "remount": _remount,
    "mount": _mount,
    "sweep": _sweep,
}
