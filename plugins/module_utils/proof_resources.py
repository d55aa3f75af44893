# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a survival proof says of resources: a row for each app and resource, and their place in the picture. Pure."""

from __future__ import annotations

from typing import Any

GROUP = "bound resources"

Evidence = list[dict[str, Any]]
# (app, resource) -> [(host, secret as witness_info tells it)]
_Found = dict[tuple[str, str], list[tuple[str, dict[str, Any]]]]


def find_title(resource: str, catalogue: dict[str, Any]) -> str:
    """How reports call a resource: "orders (mysql)", which no volume can be called."""
    return f"{resource} ({catalogue.get('resources', {}).get(resource, {}).get('type', 'secret')})"


def judge_resources(evidence: Evidence, catalogue: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for every app that had a resource, on each host where it has it now: the same files in a new container."""
    before, after = _collect(evidence, "before"), _collect(evidence, "read")
    old = {secret["container_id"] for found in before.values() for dummy, secret in found}
    rows = []
    for (app, resource), had in before.items():
        host, secret = had[0]
        row = {"volume": find_title(resource, catalogue), "wrote": _who(host, secret), "read": None}
        found = after.get((app, resource), [])
        for where in dict.fromkeys(where for where, dummy in found):
            here = [one for on, one in found if on == where]
            rows.append(_judge(row, where, here, [one for dummy, one in had], old))
        if not found:
            title = f"{resource} in a new container of {app}"
            rows.append({**row, "title": title, "holds": False, "reason": "no container has it now"})
    return rows


def _collect(evidence: Evidence, phase: str) -> _Found:
    found: _Found = {}
    for host in evidence:
        for secret in (host.get(phase) or {}).get("secrets") or []:
            resource = secret["name"].rpartition("-")[0] or secret["name"]
            found.setdefault((secret["app"], resource), []).append((host["host"], secret))
    return found


def _judge(
    row: dict[str, Any], host: str, here: list[dict[str, Any]], had: list[dict[str, Any]], old: set[str]
) -> dict[str, Any]:
    wanted = {one["name"]: one["fingerprint"] for one in had}
    faults = [f"{one['name']}: {one['error']}" for one in here if one["error"]]
    faults += [f"{name} is gone" for name in sorted(set(wanted) - {one["name"] for one in here})]
    faults += [
        f"{one['name']} differs"
        for one in here
        if not one["error"] and not _may_differ(one["name"], here) and one["fingerprint"] != wanted.get(one["name"])
    ]
    if any(one["container_id"] in old for one in here):
        faults.append("the old container answered: it was not replaced")
    title = f"{row['volume']}: {len(here)} files in a new container of {here[0]['app']} on {host}"
    return {**row, "title": title, "read": _who(host, here[0]), "holds": not faults, "reason": "; ".join(faults)}


def _may_differ(name: str, beside: list[dict[str, Any]]) -> bool:
    # A URL has the address too, which changes with the host of an app; what is secret in it stands beside it.
    return name.endswith("-url") and len(beside) > 1


def _who(host: str, secret: dict[str, Any]) -> dict[str, Any]:
    return {"host": host, **{key: secret[key] for key in ("app", "engine", "container_id")}}


def add_resources(catalogue: dict[str, Any]) -> dict[str, Any]:
    """The catalogue as the picture draws it: resources as volumes of a store of their own."""
    if not catalogue.get("resources"):
        return catalogue
    volumes = {
        find_title(name, catalogue): {"store": GROUP, "address": one["address"] or "address in the secret"}
        for name, one in catalogue["resources"].items()
    }
    bindings = [
        {
            "app": one["app"],
            "volume": find_title(one["resource"], catalogue),
            "target": f"/run/secrets/{one['resource']}-*",
            "read_only": True,
            "hosts": one["hosts"],
        }
        for one in catalogue.get("resource_bindings", [])
    ]
    return {
        **catalogue,
        "stores": {**catalogue["stores"], GROUP: {"type": GROUP, "host": "", "address": ""}},
        "volumes": {**catalogue["volumes"], **volumes},
        "bindings": [*catalogue["bindings"], *bindings],
    }
