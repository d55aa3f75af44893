# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of an adoption: what differs, what a run would change, and whether the catalogue is accepted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import KINDS

# What the modules of site.yml are asked about, and what a change there means for what is there now.
AREAS = {
    "directories": "in_place",
    "exports": "in_place",
    "contexts": "in_place",
    "mounts": "moves",
    "volumes": "moves",
    "units": "moves",
    "lockdown": "differs",
}
MEANING = {
    "directories": "volumes get the mark that tells them from others; their owners and modes stay",
    "exports": "the server loads a file of exports of the collection",
    "contexts": "the policy gets what containers need, files of local volumes the label of their volume",
    "mounts": "volumes are mounted below the collection's own directory",
    "volumes": "Docker gets its network volumes under names of the collection",
    "units": "apps run as units of the collection",
    "lockdown": "ways past the containers are closed",
}


def make_record(
    adopted: Mapping[str, Any], looks: Iterable[Mapping[str, Any]], started: str = "", ansible: str = ""
) -> dict[str, Any]:
    """{started, ansible, accepted, hosts, variables, differences, changes: [{host, area, kind, steps}]}.

    A look is {host} and the result of the module of each area, in check mode; one that lacks an area could not be
    asked. The catalogue is accepted when no module of any host would change anything.
    """
    looks = sorted(looks, key=lambda look: str(look["host"]))
    changes = [change for look in looks for change in find_changes(look)]
    return {
        "started": started,
        "ansible": ansible,
        "accepted": bool(looks) and not changes,
        "hosts": [look["host"] for look in looks],
        "variables": dict(adopted["variables"]),
        "differences": list(adopted["differences"]),
        "changes": changes,
    }


def find_changes(look: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the modules would change on one host."""
    for area, kind in AREAS.items():
        result = look.get(area, {"msg": "the playbook did not get as far as that"})
        about = {"host": look["host"], "area": area}
        if "steps" in result:
            if result["steps"]:
                yield {**about, "kind": kind, "text": MEANING[area], "steps": list(result["steps"])}
        elif not result.get("skipped"):
            text = f"it could not be asked: {result.get('msg') or 'the module said nothing'}"
            yield {**about, "kind": "unknown", "text": text, "steps": []}


def render_lines(record: Mapping[str, Any]) -> list[str]:
    """For the terminal and for a file: what differs by its kind, what a run would change, the verdict."""
    lines = []
    for kind, meaning in KINDS.items():
        found = [one for one in record["differences"] if one["kind"] == kind]
        if found:
            lines += [f"{kind}: {meaning}", *(f"  {_say(one)}" for one in found)]
    if record["changes"]:
        lines.append("a run of site.yml with this catalogue, as its modules say")
        lines += [f"  {one['host']}, {one['area']}: {_say_steps(one)}" for one in record["changes"]]
    if record["variables"]:
        lines.append("values that were not copied, to be defined before a run")
        lines += [f"  {name}: {what}" for name, what in sorted(record["variables"].items())]
    return [*lines, render_verdict(record)]


def _say(one: Mapping[str, Any]) -> str:
    head = f"{one['host']}, {one['about']}" if one["host"] else one["about"]
    return f"{head}: {one['text']}" + (f". {one['way_out'][0].upper()}{one['way_out'][1:]}" if one["way_out"] else "")


def _say_steps(one: Mapping[str, Any]) -> str:
    return f"{one['text']} ({', '.join(one['steps'])})" if one["steps"] else str(one["text"])


def render_verdict(record: Mapping[str, Any]) -> str:
    """One sentence."""
    left = sum(one["kind"] == "left_out" for one in record["differences"])
    rest = f"; {left} things are not in it" if left else ""
    if record["accepted"]:
        return f"ACCEPTED: a run with this catalogue would change nothing on {len(record['hosts'])} hosts{rest}"
    unknown = sum(one["kind"] == "unknown" for one in record["changes"])
    asked = f", and {unknown} could not be asked" if unknown else ""
    count = len(record["changes"]) - unknown
    return f"NOT ACCEPTED AS IT IS: a run with this catalogue would change {count} areas{asked}{rest}"
