# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helpers for tests that start from a catalogue as a user writes it."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_engines import check_engines
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import Loaded, read_files
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import plan_levels
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Fleet, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_read import read_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_validate import (
    check_fleet,
    check_references,
    find_managers,
    find_placement,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.resource_plan import check_resources

DATA = Path(__file__).parent / "data"


def load_cases(name):
    """(identifier, content) of each case of a test."""
    files = sorted((DATA / name).glob("*.yml"))
    assert files, f"no cases in {DATA / name}"
    return [(path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))) for path in files]


def check(case):
    """(catalogue, fleet, levels, problems as text) of a case with its catalogue and addresses of hosts."""
    problems = Problems()
    catalogue = read_catalogue(read_files("c.yml", lambda path: Loaded(case["catalogue"]), problems), problems)
    addresses = case["addresses"]
    groups = case.get("groups", {})

    def find_hosts(pattern):
        return list(addresses) if pattern == "all" else groups.get(pattern, [pattern] if pattern in addresses else [])

    placement = find_placement(catalogue, find_hosts, case.get("placement", {}), problems)
    fleet = Fleet(placement, addresses, find_managers(catalogue, find_hosts, problems))
    levels = plan_levels(catalogue.volumes.values())
    check_references(catalogue, addresses, problems)
    check_engines(catalogue, problems)
    check_fleet(catalogue, fleet, levels, problems)
    check_resources(catalogue, fleet, problems)
    return catalogue, fleet, levels, [str(problem) for problem in problems.found]
