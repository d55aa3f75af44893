# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""File systems of Amazon EFS: what is wanted against what community.aws.efs_info finds, and the stores they make. Pure.

A wanted file system is an item of ``efs_file_systems`` of the role efs; what is found is the list ``efs`` of the answer
to its name, of one item or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import efs_points
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_efs import read_region
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit, read_name
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

Item = Mapping[str, Any]
Found = Iterable[list[dict[str, Any]]]
UNKNOWN = "known when it is made"
PERFORMANCE = {"general_purpose": "generalPurpose", "max_io": "maxIO"}


def find_problems(items: Iterable[Item]) -> list[str]:
    """What is wrong with a list of wanted file systems, each sentence with the name of its store."""
    wanted = list(items)
    problems = [f"{item.get('store')}: {fault}" for item in wanted for fault in _find_faults(item)]
    for key, names in (
        ("store", [name for item in wanted for name in _find_stores(item)]),
        ("name", [f"{find_name(item)} in {item.get('region')}" for item in wanted]),
    ):
        problems += [
            f"{key} {name}: given {count} times; keep one" for name, count in Counter(names).items() if count > 1
        ]
    return problems


def find_name(item: Item) -> str:
    """The creation token of a file system, which is how it is known."""
    return str(item.get("name") or item.get("store"))


def _find_stores(item: Item) -> list[str]:
    return [str(item.get("store")), *(_name_store(item, point["name"]) for point in item.get("access_points") or [])]


def _name_store(item: Item, point: str) -> str:
    return f"{item['store']}_{point}"


def _find_faults(item: Item) -> list[str]:
    faults = []
    for read, value in ((read_name, item.get("store")), (read_region, item.get("region"))):
        try:
            read(value)
        except Unfit as error:
            faults += [f"{what}; {way_out}" for dummy, what, way_out in error.findings]
    subnets = [target.get("subnet_id") for target in item.get("mount_targets") or []]
    if not subnets or not all(subnets) or len(set(subnets)) < len(subnets):
        faults.append("mount_targets: name at least one subnet_id, and each once")
    if item.get("address_subnet") and item["address_subnet"] not in subnets:
        faults.append(f"address_subnet {item['address_subnet']} has no mount target; name one of {subnets}")
    if item.get("throughput_mode") == "provisioned" and not item.get("provisioned_throughput_in_mibps"):
        faults.append("throughput_mode provisioned: add provisioned_throughput_in_mibps")
    try:
        efs_points.parse_items(item.get("access_points") or [])
    except HostError as error:
        faults.append(str(error))
    return faults


def plan_file_systems(items: Iterable[Item], found: Found) -> list[dict[str, Any]]:
    """For each wanted file system: ``item``, ``name``, ``changes`` as sentences, ``problems``, and ``targets``.

    ``targets`` are those that community.aws.efs is to have, which deletes all others: the ones that are there and not
    named stay, since somebody may be mounting them.
    """
    return [_plan(item, there[0] if there else None) for item, there in zip(items, found)]


def _plan(item: Item, there: dict[str, Any] | None) -> dict[str, Any]:
    wanted = [_read_target(target) for target in item["mount_targets"]]
    plan = {"item": item, "name": find_name(item), "targets": wanted, "problems": []}
    if there is None:
        new = [f"create file system {plan['name']}"]
        new += [f"create mount target in {target['subnet_id']}" for target in wanted]
        new += [f"create access point {point['name']}" for point in item.get("access_points") or []]
        return {**plan, "changes": new}
    targets = {target["subnet_id"]: target for target in there["mount_targets"]}
    named = {target["subnet_id"] for target in wanted}
    return {
        **plan,
        "changes": _find_changes(item, there, wanted, targets),
        "problems": _find_refusals(item, there, wanted, targets),
        "targets": wanted + [{"subnet_id": subnet} for subnet in sorted(targets.keys() - named)],
    }


def _read_target(target: Item) -> dict[str, Any]:
    return {key: target[key] for key in ("subnet_id", "ip_address", "security_groups") if target.get(key)}


def _find_changes(
    item: Item, there: Item, wanted: list[dict[str, Any]], targets: Mapping[str, dict[str, Any]]
) -> list[str]:
    changes = []
    for target in wanted:
        subnet, groups = target["subnet_id"], target.get("security_groups")
        if subnet not in targets:
            changes.append(f"create mount target in {subnet}")
        elif groups and sorted(groups) != sorted(targets[subnet].get("security_groups") or []):
            changes.append(f"change security groups of mount target in {subnet} to {', '.join(groups)}")
    return changes + [
        f"change {key} from {there.get(key)} to {item[key]}"
        for key in ("throughput_mode", "provisioned_throughput_in_mibps")
        if item.get(key) and item[key] != there.get(key)
    ]


def _find_refusals(
    item: Item, there: Item, wanted: list[dict[str, Any]], targets: Mapping[str, dict[str, Any]]
) -> list[str]:
    way_out = "AWS cannot change that; ask for what is there, or for a file system of another name"
    encrypted = item.get("encrypted", True)
    performance = PERFORMANCE[item.get("performance_mode") or "general_purpose"]
    checks = [
        # Of one in any other state efs_info shows no mount targets, and those would be taken for not there.
        (there["life_cycle_state"] in ("available", "creating"), f"it is {there['life_cycle_state']}; run again later"),
        (there["encrypted"] == encrypted, f"encrypted is {there['encrypted']} instead of {encrypted}; {way_out}"),
        (
            there["performance_mode"] == performance,
            f"its performance mode is {there['performance_mode']} instead of {performance}; {way_out}",
        ),
    ]
    for target in wanted:
        is_now = targets.get(target["subnet_id"], {}).get("ip_address")
        checks.append(
            (
                is_now is None or target.get("ip_address", is_now) == is_now,
                f"the mount target in {target['subnet_id']} has the address {is_now}: another one would take it from "
                "under its clients; ask for this one, or delete it yourself",
            )
        )
    return [f"file system {there['file_system_id']}: {fault}" for holds, fault in checks if not holds]


def render_stores(items: Iterable[Item], found: Found, points: Iterable[Item]) -> dict[str, Any]:
    """The ``stores`` of a catalogue: one for each file system, and one for each access point of it.

    ``points`` are answers of efs_access_points. In check mode what is not made yet has UNKNOWN for an id.
    """
    ids = {
        (one["file_system_id"], point["name"]): point["access_point_id"]
        for one in points
        for point in one.get("access_points") or []
    }
    stores: dict[str, Any] = {}
    for item, there in zip(items, found):
        store = _render_store(item, there[0] if there else None)
        stores[item["store"]] = store
        for point in item.get("access_points") or []:
            access_point = ids.get((store["file_system_id"], point["name"])) or UNKNOWN
            stores[_name_store(item, point["name"])] = {**store, "access_point": access_point, "tls": True}
    return stores


def _render_store(item: Item, there: Item | None) -> dict[str, Any]:
    targets = there["mount_targets"] if there else []
    address = {target["subnet_id"]: target["ip_address"] for target in targets}.get(item.get("address_subnet"))
    name = there["file_system_id"] if there else UNKNOWN
    store = {"type": "efs", "file_system_id": name, "region": item["region"]}
    return {**store, "address": address} if address else store
