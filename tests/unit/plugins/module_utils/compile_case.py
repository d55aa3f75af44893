# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers for tests of compilers: the variables that a catalogue gives its hosts."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts, render_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_read import read_plan
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases


def load_hostvars(extra=None, **changes):
    """hostvars of the case that has one of everything; ``changes`` replace keys of its apps and volumes.

    ``extra`` are further volumes.
    """
    case = dict(load_cases("compile"))["catalogue"]
    case["catalogue"]["volumes"].update(extra or {})
    for name, keys in changes.items():
        section = "apps" if name in case["catalogue"]["apps"] else "volumes"
        case["catalogue"][section][name].update(keys)
    catalogue, fleet, levels, problems = check(case)
    assert problems == []
    rendered = render_catalogue(catalogue, fleet, levels)
    plans = plan_hosts(catalogue, fleet, levels, case["addresses"])
    return {host: {**plans[host], "holdfast_catalogue": rendered} for host in plans}


def load_plan(**changes):
    """The same as a compiler takes it."""
    hostvars = load_hostvars(**changes)
    return read_plan(hostvars["nfs1"]["holdfast_catalogue"], hostvars)


def find_notes(output, subject):
    """What the notes of an output say about one subject."""
    return [note.what for note in output.notes if note.subject == subject]
