# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the collection leaves of itself on a host when its last container has gone there, and its way out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.holdfast.volumes.plugins.module_utils import unit_secrets
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import IMAGES
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import GATE

STATE = "/etc/holdfast"
# What is in a directory comes before it.
DIRECTORIES = (f"{STATE}/env", f"{STATE}/nspawn", unit_secrets.DIRECTORY, STATE, IMAGES, posixpath.dirname(IMAGES))


def read(system: System) -> dict[str, list[str]]:
    """{path: paths in it} of the directories and of the gate, those that are there."""
    found = {
        path: [f"{path}/{name}" for name in system.listdir(path)]
        for path in DIRECTORIES
        if system.stat(path) is not None
    }
    return {**found, **({GATE: []} if system.read(GATE) is not None else {})}


def plan(traces: Mapping[str, Sequence[str]], going: Collection[str]) -> list[Step]:
    """The steps that take away the gate, and the directories that hold nothing but what is ``going``."""
    gone = set(going)
    for path in DIRECTORIES:
        if path in traces and set(traces[path]) <= gone:
            gone.add(path)
    # The gate last: while it is there, a run that was killed is completed by the next.
    return [Step("sweep", path) for path in (*DIRECTORIES, GATE) if path in traces and path in {*gone, GATE}]


def sweep(system: System, paths: Sequence[str]) -> None:
    """Take them away; a directory that has got something in it since stays."""
    for path in paths:
        if path == GATE:
            system.remove(path)
        elif not system.listdir(path):
            system.remove_directory(path)
