# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which units systemd has as their files are, told of all at once.

Asked by ``systemctl show``, systemd puts together all that it knows of a unit, files of its control group included, for
one unit after the other. Its list of units costs the same for one as for hundreds. What that list does not say, whether
a unit was read from its file as it is now, follows from when systemd read all of them (org.freedesktop.systemd1(5)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import parse_list

# Where systemd looks before /etc/systemd/system, and all places where it looks for drop-ins (systemd.unit(5)).
BEFORE = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
)
PLACES = (
    *BEFORE,
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
)
_LIST = ("systemctl", "list-units", "--all", "--full", "--plain", "--no-legend")
_OBJECT = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
# The last reload, 0 when there was none since the start; since systemd 250. Each by both clocks, in microseconds.
_STAMPS = ("UnitsLoadTimestamp", "UnitsLoadStartTimestamp")


def read(system: System, names: Iterable[str], directory: str, kind: str) -> dict[str, str]:
    """{unit: ActiveState} of those units of one ``kind`` (mount) that systemd has from their file in ``directory``.

    In doubt a unit is left out: its file may have changed since it was read, another file or a drop-in may count, the
    clock may have been set, or systemd is too old to tell.
    """
    when = read_load_time(system)
    if when is None:
        return {}
    states = parse_list(system.check([*_LIST, f"--type={kind}"]))
    inside = {place: system.listdir(place) for place in PLACES}
    covered = {name for place in BEFORE for name in inside[place]}
    drop_ins = [name for found in inside.values() for name in found if name.endswith(f"{kind}.d")]
    return {
        name: states[name]
        for name in names
        if name in states
        and name not in covered
        and not any(is_for(drop_in, name) for drop_in in drop_ins)
        and _is_older(system, f"{directory}/{name}", when)
    }


def read_load_time(system: System) -> float | None:
    """A time, in seconds since 1970, after which systemd read all unit files; None where that is not known."""
    if not system.has("busctl"):
        return None
    words = [word for stamp in _STAMPS for word in (stamp, f"{stamp}Monotonic")]
    done = system.run(["busctl", "get-property", *_OBJECT, *words])
    stamps = [int(number) / 1e6 for number in re.findall(r"^t (\d+)$", done.out, re.M)]
    if done.rc != 0 or len(stamps) != len(words):
        return None
    then, ticks = stamps[:2] if stamps[0] else stamps[2:]
    now, ticks_now = system.clocks()
    # By how much the clock has been set since: a file may have a time of before.
    return then - abs((now - then) - (ticks_now - ticks)) if then else None


def is_for(drop_in: str, name: str) -> bool:
    """Whether the directory of drop-ins is one of this unit's: its own, of its kind, or of a prefix of its name."""
    stem, dummy, kind = drop_in[: -len(".d")].rpartition(".")
    unit, dummy, own = name.rpartition(".")
    return kind == own and (stem in ("", unit) or (stem.endswith("-") and unit.startswith(stem)))


def _is_older(system: System, path: str, when: float) -> bool:
    changed = system.changed(path)
    return changed is not None and changed < when
