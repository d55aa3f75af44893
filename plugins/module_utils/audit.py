# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What hosts really have, held against the catalogue: findings, and who reaches which volume by which way. Pure.

A look is what the playbook asked one host: {exports, denials} are results of modules that tell, {directories, mounts,
contexts, units, lockdown} of modules in check mode, {access} a part of what host_facts returns; {address,
selinux_wanted, wanted_exports, restricted, clients} are what the plan has, restricted whether only the clients may
reach the server. A result that lacks what its module returns is an error. A host that could not be asked has a look
with {host} alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import audit_denials
from ansible_collections.holdfast.volumes.plugins.module_utils.access import ACCESS, find_access
from ansible_collections.holdfast.volumes.plugins.module_utils.export_rules import parse_items
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import covers, find_missing, is_name, render_line

Look = Mapping[str, Any]
Finding = dict[str, str]
# Each area is a case of its own in the report of CI, on each host.
AREAS = (
    "host",
    "selinux",
    "firewall",
    "sockets",
    "directories",
    "exports",
    "mounts",
    "contexts",
    "units",
    "lockdown",
    "denials",
)


def make_record(
    looks: Iterable[Look], catalogue: Mapping[str, Any], started: str = "", ansible: str = ""
) -> dict[str, Any]:
    """{started, ansible, holds, hosts: names, findings and notes: [{host, area, text}], access: rows} of all hosts.

    A note says what could not be looked at, which is no finding.
    """
    looks = sorted(looks, key=lambda look: str(look["host"]))
    findings = [finding for look in looks for finding in find_findings(look, catalogue)]
    access = find_rows(looks, catalogue) if catalogue else []
    return {
        "started": started,
        "ansible": ansible,
        "holds": bool(looks) and not findings and all(row["agrees"] for row in access),
        "hosts": [look["host"] for look in looks],
        "findings": findings,
        "notes": [note for look in looks for note in find_notes(look)],
        "access": access,
    }


def find_findings(look: Look, catalogue: Mapping[str, Any]) -> list[Finding]:
    """Everything on one host that is other than the plan has it."""
    if "access" not in look:
        return [_finding(look, "host", "nothing could be asked of it; see the output of the playbook")]
    found = [
        *_judge_access(look),
        *_judge_directories(look),
        *_judge_exports(look),
        *_judge_mounts(look),
        *_judge_steps(look),
        *_judge_denials(look, catalogue),
    ]
    return [_finding(look, area, text) for area, text in found]


def find_notes(look: Look) -> list[Finding]:
    """What could not be looked at on one host, and why."""
    reason = look.get("denials", {}).get("denials_reason")
    return [_finding(look, "denials", reason)] if reason else []


def _finding(look: Look, area: str, text: str) -> Finding:
    return {"host": str(look["host"]), "area": area, "text": text}


def _judge_access(look: Look) -> Iterator[tuple[str, str]]:
    access = look["access"]
    if access["selinux"] not in ("enforcing", look.get("selinux_wanted", "enforcing")):
        yield "selinux", f"SELinux is {access['selinux']}, not enforcing"
    for socket in access["sockets"]:
        if int(socket["mode"], 8) & 0o007:
            yield "sockets", f"{socket['path']} has mode {socket['mode']}: every user of the host is root by it"
    if look["restricted"]:
        clients, served = look["clients"], access["firewall"]
        if served is None:
            yield "firewall", "the collection's rules are not loaded, so whoever reaches the host reaches the server"
        elif sorted(served) != sorted(clients):
            yield "firewall", f"the server is reached by {_list(served)}, not by {_list(clients)}"
        yield from (("firewall", f"firewalld lets others reach the server too, by {what}") for what in access["opened"])


def _judge_directories(look: Look) -> Iterator[tuple[str, str]]:
    if "diff" not in look["directories"]:
        yield "directories", _say_error(look["directories"])
        return
    before, after = look["directories"]["diff"]["before"], look["directories"]["diff"]["after"]
    for path, wanted in after.items():
        found = before[path] or {"kind": "absent"}
        if found["kind"] != wanted["kind"]:
            yield "directories", f"{path} is {found['kind']}, not a {wanted['kind']}"
            continue
        for key in (key for key in wanted if found[key] != wanted[key]):
            yield "directories", f"{path} has {key} {'none' if found[key] == '' else found[key]}, not {wanted[key]}"


def _judge_exports(look: Look) -> Iterator[tuple[str, str]]:
    if "loaded" not in look["exports"]:
        yield "exports", _say_error(look["exports"])
        return
    wanted, loaded = parse_items(look["wanted_exports"]), parse_items(look["exports"]["loaded"])
    missing = find_missing(wanted, loaded)
    yield from (("exports", f"not served, or with other options: {render_line(export)}") for export in missing)
    said = {(export.path, export.host) for export in wanted}
    for export in loaded:
        if (export.path, export.host) not in said and not _is_by_name(export.path, missing):
            yield "exports", f"served, and not in the catalogue: {render_line(export)}"


def _is_by_name(path: str, missing: Iterable[Any]) -> bool:
    # An export that is missing may stand there by another name of its host; it is told as missing already.
    return any(export.path == path and is_name(export.host) for export in missing)


def _judge_mounts(look: Look) -> Iterator[tuple[str, str]]:
    if "mounts" not in look["mounts"]:
        yield "mounts", _say_error(look["mounts"])
        return
    for mount in look["mounts"]["mounts"]:
        if mount["verdict"] != "no-op" or mount["state"] not in ("mounted", "absent"):
            words = ": ".join(word for word in (mount["state"], mount["reason"]) if word)
            yield "mounts", f"{mount['path']} is {words}"


def _judge_steps(look: Look) -> Iterator[tuple[str, str]]:
    for area in ("contexts", "units", "lockdown"):
        result = look[area]
        if "steps" in result:
            yield from [(area, f"site.yml would have to: {', '.join(result['steps'])}")] if result["steps"] else []
        elif not result.get("skipped"):
            # What host_lockdown refuses is what was looked for.
            yield area, str(result["msg"]) if area == "lockdown" and "msg" in result else _say_error(result)


def _judge_denials(look: Look, catalogue: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    result = look["denials"]
    if "denials" in result:
        # None where the host keeps no log: see find_notes.
        for denial in result["denials"] or ():
            yield "denials", audit_denials.describe(denial, catalogue)
    elif not result.get("skipped"):
        yield "denials", _say_error(result)


def _say_error(result: Mapping[str, Any]) -> str:
    return f"it could not be asked: {result.get('msg') or 'the module said nothing'}"


def find_rows(looks: Iterable[Look], catalogue: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{volume, host, said, found, agrees, apps}: the access that the catalogue gives, and the one that the exports of
    the server, as its kernel has them, give to the host's address; on the server itself its disk."""
    looks = list(looks)
    addresses = {str(look["host"]): str(look.get("address", "")) for look in looks}
    rows = []
    for said in find_access(catalogue, addresses):
        volume = catalogue["volumes"][said["volume"]]
        store = catalogue["stores"][volume["store"]]
        found = said["access"]
        if store["type"] == "nfs_server":
            server = next((look for look in looks if look["host"] == store["host"] and "access" in look), None)
            on_disk = said["host"] == store["host"]
            found = "write" if on_disk else _find_served(server, volume["path"], addresses[said["host"]])
        rows.append(
            {
                "volume": said["volume"],
                "host": said["host"],
                "said": said["access"],
                "ways": [way["way"] for way in said["ways"]],
                "found": found,
                "agrees": found == said["access"],
                "apps": said["apps"],
            }
        )
    return rows


def _find_served(server: Look | None, path: str, address: str) -> str:
    if server is None or "loaded" not in server["exports"]:
        return "unknown"
    # Who is served a directory above reaches the volume too.
    above = [one for one in parse_items(server["exports"]["loaded"]) if f"{path}/".startswith(f"{one.path}/")]
    exports = [one for one in above if covers(one.host, address)]
    return max(("write" if "rw" in one.options else "read" for one in exports), key=ACCESS.index, default="none")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"
