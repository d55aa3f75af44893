# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue that describes a fleet: what its own rules refuse is left out, and said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import adopt_apps, adopt_stores
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_kubernetes import Claim
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Difference
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_stores import Described, Use
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_engines import check_engines
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import PLUGIN, Loaded, read_files
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import plan_levels
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    Fleet,
    Problem,
    Problems,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_read import read_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_validate import (
    check_fleet,
    check_references,
    find_placement,
)

SECTIONS = ("stores", "volumes", "apps")


@dataclass
class Adopted:
    """A catalogue that its own rules take, where it came from, and what it does not say."""

    fleet: adopt_stores.Fleet
    uses: list[Use]
    described: Described
    apps: adopt_apps.Found
    differences: list[Difference]

    @property
    def data(self) -> dict[str, Any]:
        """The catalogue as a file has it, everything in the order of names."""
        sections = (self.described.stores, self.described.volumes, self.apps.apps)
        ordered = {name: {key: section[key] for key in sorted(section)} for name, section in zip(SECTIONS, sections)}
        return {"plugin": PLUGIN, **{name: section for name, section in ordered.items() if section}}


def adopt(fleet: adopt_stores.Fleet, claims: Sequence[Claim] = (), told: Iterable[Difference] = ()) -> Adopted:
    """The catalogue of a fleet; ``told`` are differences that are known already."""
    uses = adopt_stores.find_uses(fleet)
    boxes = adopt_apps.read_boxes(fleet)
    disk = adopt_apps.find_disk(fleet, uses, boxes)
    described = adopt_stores.describe(fleet, uses, claims, disk)
    apps = adopt_apps.describe(adopt_apps.Ground(fleet, uses, described), boxes)
    adopted = Adopted(fleet, uses, described, apps, [*told, *described.differences, *apps.differences])
    while True:
        problems = find_problems(adopted.data, fleet.looks, fleet.addresses)
        if not problems:
            return adopted
        _leave_out(adopted, problems[0])


def find_problems(data: Mapping[str, Any], hosts: Iterable[str], addresses: Mapping[str, str]) -> list[Problem]:
    """What the catalogue's own rules find wrong, as the inventory plugin would say it."""
    problems, names = Problems(), list(hosts)
    catalogue = read_catalogue(read_files("adopted", lambda dummy_path: Loaded(dict(data)), problems), problems)
    placement = find_placement(catalogue, lambda pattern: [pattern] if pattern in names else [], {}, problems)
    levels = plan_levels(catalogue.volumes.values())
    check_references(catalogue, names, problems)
    check_engines(catalogue, problems)
    if not problems.found:
        check_fleet(catalogue, Fleet(placement, dict(addresses)), levels, problems)
    return problems.found


def _leave_out(adopted: Adopted, problem: Problem) -> None:
    section, name = [*problem.place.key.partition("[")[0].split("."), ""][:2]
    if section not in SECTIONS or name not in adopted.data.get(section, {}):
        raise ValueError(f"the catalogue that was made is refused, and no part of it is to blame: {problem}")
    if section == "apps":
        _leave_out_app(adopted, name, problem)
        return
    gone = (
        {name}
        if section == "volumes"
        else {volume for volume, keys in adopted.described.volumes.items() if keys["store"] == name}
    )
    host = "" if section == "volumes" else adopted.described.stores[name].get("host", "")
    adopted.described.stores.pop(name if section == "stores" else "", None)
    text = f"the catalogue refuses it: {problem.what}; {problem.way_out}"
    adopted.differences.append(Difference(host, "left_out", f"the {section[:-1]} {name}", text))
    for spot in [spot for spot, volume in adopted.described.spots.items() if volume in gone]:
        del adopted.described.spots[spot]
        adopted.described.lost[spot] = "the catalogue refuses a volume there"
    for volume in gone:
        del adopted.described.volumes[volume]
    for app, keys in sorted(adopted.apps.apps.items()):
        if any(bound[1] in gone for bound in adopt_apps.find_bound({app: keys})):
            _leave_out_app(adopted, app, problem)


def _leave_out_app(adopted: Adopted, name: str, problem: Problem) -> None:
    del adopted.apps.apps[name]
    text = f"the catalogue refuses it: {problem.what}; {problem.way_out}"
    for host, box in adopted.apps.origins.pop(name):
        adopted.differences.append(Difference(host, "left_out", box.origin, text))
    del adopted.apps.values[name]
