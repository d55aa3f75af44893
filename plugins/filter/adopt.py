# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters that turn what hosts were found to have into a catalogue, and into the record of what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.module_utils import adopt_compare, adopt_report, certificate
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_catalogue import Adopted, adopt
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_kubernetes import Claim, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Difference, render
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_stores import Fleet
from ansible_collections.holdfast.volumes.plugins.plugin_utils import adopt_inventory, adopt_text
from ansible_collections.holdfast.volumes.plugins.plugin_utils.plain import make_plain

SERVERS = ("managed", "foreign")


def adopt_paths(texts: Iterable[str]) -> list[str]:
    """The paths that PersistentVolumes name, for a look at whose they are."""
    claims, dummy = _parse_kubernetes(texts)
    return sorted({claim.share.path for claim in claims})


def adopt_catalogue(
    hostvars: Mapping[str, Any], hosts: Iterable[str], kubernetes: Iterable[str] = (), servers: str = "managed"
) -> dict[str, Any]:
    """{text, plans, catalogue, differences, variables} from the looks that the playbook registered."""
    if servers not in SERVERS:
        raise AnsibleFilterError(f"servers are {' or '.join(SERVERS)}, not {servers!r}")
    looks = {
        host: make_plain(hostvars[host]["__adopt_look"]) for host in make_plain(list(hosts)) if _is_look(hostvars[host])
    }
    addresses = {host: _find_address(hostvars[host], host) for host in looks}
    claims, told = _parse_kubernetes(kubernetes)
    adopted = adopt(Fleet(looks, addresses, servers == "foreign"), claims, told)
    planned = adopt_inventory.plan(adopt_text.render(adopted.data, {}, ()), addresses)
    written = adopt_compare.compare(adopted.fleet, adopted.uses, adopted.described, adopted.apps, planned["plans"])
    differences = sorted({*adopted.differences, *written}, key=lambda one: (one.host, one.kind, one.about, one.text))
    return {
        **planned,
        "text": adopt_text.render(adopted.data, _find_notes(adopted), _find_closing(adopted, differences)),
        "differences": [render(one) for one in differences],
        "variables": adopted.apps.variables,
    }


def _is_look(found: Mapping[str, Any]) -> bool:
    return "directories" in found.get("__adopt_look", {})


def _find_address(found: Mapping[str, Any], host: str) -> str:
    return str(make_plain(found.get("holdfast_address") or found.get("ansible_host") or host))


def _parse_kubernetes(texts: Iterable[str]) -> tuple[list[Claim], list[Difference]]:
    try:
        return parse(document for text in make_plain(list(texts)) for document in yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        raise AnsibleFilterError("a file of Kubernetes objects is no YAML") from error


def _find_notes(adopted: Adopted) -> dict[tuple[str, str], list[str]]:
    notes: dict[tuple[str, str], list[str]] = {}
    for name, origins in adopted.apps.origins.items():
        lines = [f"{box.origin} on {host}" for host, box in origins]
        unsaid = [f"Not said: {', '.join(box.unsaid)}" for dummy, box in origins[:1] if box.unsaid]
        notes["apps", name] = [f"From {line}" for line in lines] + unsaid
    for use in adopted.uses:
        name = adopted.described.spots.get(use.spot)
        if name:
            line = f"From {use.share.origin} of {use.host}: {use.share.source} at {use.share.name}"
            notes.setdefault(("volumes", name), []).append(line)
    return notes


def _find_closing(adopted: Adopted, differences: Iterable[Difference]) -> list[str]:
    left = [one for one in differences if one.kind in ("left_out", "unknown")]
    lines = ["What is there and not in this catalogue:"] if left else []
    lines += [f"- {one.host}, {one.about}: {one.text}" for one in left]
    variables = adopted.apps.variables
    lines += ["Values were not copied. To be defined before a run, what is secret in a vault:"] if variables else []
    return [*lines, *(f"- {name}: {what}" for name, what in sorted(variables.items()))]


def adopt_file(text: str, present: str | None = None, force: bool = False) -> str:
    """The text for the file, under its seal; refuses to take the place of one that somebody else wrote or changed."""
    sealed = adopt_text.seal(str(text))
    if present and not force and not adopt_text.is_untouched(str(present)) and str(present) != sealed:
        raise AnsibleFilterError(
            "the catalogue that is there was written, or changed since, by somebody else, and is left as it is; give "
            "another holdfast_adopt_dir, move that file away, or set holdfast_adopt_overwrite"
        )
    return sealed


def adopt_record(
    adopted: Mapping[str, Any], hostvars: Mapping[str, Any], hosts: Iterable[str], started: str = "", ansible: str = ""
) -> dict[str, Any]:
    """The record of an adoption, from what the playbook asked the modules of ``hosts`` in check mode."""
    looks = [{"host": host, **_find_answers(hostvars[host])} for host in hosts]
    return adopt_report.make_record(make_plain(adopted), looks, started, ansible)


def _find_answers(found: Mapping[str, Any]) -> dict[str, Any]:
    return {area: make_plain(found[f"__adopt_{area}"]) for area in adopt_report.AREAS if f"__adopt_{area}" in found}


class FilterModule:
    """Hands the filters to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {
            "adopt_catalogue": adopt_catalogue,
            "adopt_file": adopt_file,
            "adopt_json": certificate.render_json,
            "adopt_lines": adopt_report.render_lines,
            "adopt_paths": adopt_paths,
            "adopt_record": adopt_record,
        }
