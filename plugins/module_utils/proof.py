# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The survival proof: which witnesses to write, where to demand them back, and what the answers prove. Pure.

Evidence is a list with one dict per host: ``host`` and what the playbook registered there, all of it optional:
before, written, units, mounts, gone, after, read, left (results of the modules), facts, and extra rows of the caller.
A place is a volume and the directory in it that is bound: ``content`` or ``content/site``.
"""

from __future__ import annotations

from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import parse_name
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import parse_level

PARENT = "/srv/holdfast"
REGISTERED = ("before", "written", "units", "mounts", "gone", "after", "read", "left")
PHASES = (
    ("write", "started", "written"),
    ("tear down", "written", "torn_down"),
    ("converge", "torn_down", "converged"),
    ("read back", "converged", "read"),
)

Evidence = list[dict[str, Any]]


def find_place(source: str, catalogue: dict[str, Any], parent: str = PARENT) -> str:
    """The place behind a bound directory of a host, "" when it is no volume's."""
    roots = {
        volume["path"]: name
        for name, volume in catalogue.get("volumes", {}).items()
        if catalogue["stores"][volume["store"]]["type"] == "directory"
    }
    for root in sorted(roots, key=len, reverse=True):
        if source == root or source.startswith(root + "/"):
            return f"{roots[root]}{source[len(root) :]}"
    return source[len(parent) + 1 :] if source.startswith(parent + "/") else ""


def find_mount_place(mount: dict[str, Any], catalogue: dict[str, Any], parent: str = PARENT) -> str:
    """The place behind a container's mount: its bound directory, or the volume that its engine mounts under a name."""
    if "name" not in mount:
        return find_place(mount["source"], catalogue, parent)
    volume = parse_name(mount["name"])
    return volume if volume in catalogue.get("volumes", {}) or not catalogue else ""


def plan_writers(
    containers: list[dict[str, Any]], host: str, run: str, catalogue: dict[str, Any], parent: str = PARENT
) -> list[dict[str, Any]]:
    """One witness for every writable binding of a volume in a running container of this host."""
    wanted: list[dict[str, Any]] = []
    for container, mount, place in _bindings(containers, catalogue, parent):
        if not mount["read_only"]:
            app, number = container["app"], len(wanted) + 1
            text = f"run {run}, witness {number} of {host}: written through {app} into {place}\n"
            wanted.append(
                {
                    "app": app,
                    "engine": container["engine"],
                    "target": mount["target"],
                    "name": f"{run}-{host}-{number}",
                    "content": text,
                    "volume": place,
                }
            )
    return wanted


def plan_readers(
    evidence: Evidence, containers: list[dict[str, Any]], catalogue: dict[str, Any], parent: str = PARENT
) -> list[dict[str, Any]]:
    """Every witness of every host, through every running container of this host that can see its place."""
    written = [one for host in evidence for one in _found(host, "written")]
    return [
        {
            "app": container["app"],
            "engine": container["engine"],
            "target": mount["target"] + one["volume"][len(place) :],
            "name": one["name"],
            "volume": one["volume"],
            "attempt_write": mount["read_only"],
        }
        for container, mount, place in _bindings(containers, catalogue, parent)
        for one in written
        if f"{one['volume']}/".startswith(f"{place}/")
    ]


def plan_at_rest(
    evidence: Evidence, host: str, served: list[dict[str, Any]], own: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The same witnesses in the directories of this host: of every writer in what it serves, its own in its stores."""
    here = {one["name"]: one["path"] for one in served}
    return [
        {"target": paths[volume] + below, "name": one["name"], "volume": one["volume"]}
        for writer in evidence
        for paths in [{**here, **({one["name"]: one["path"] for one in own} if writer["host"] == host else {})}]
        for one in _found(writer, "written")
        for volume, slash, rest in [one["volume"].partition("/")]
        for below in [slash + rest]
        if volume in paths
    ]


def plan_removals(evidence: Evidence, host: str) -> list[dict[str, Any]]:
    """The witnesses that this host takes away: each goes through the first container that may write."""
    first: dict[str, tuple[str, dict[str, Any]]] = {}
    for reader in evidence:
        for one in _found(reader, "read"):
            if one["present"] and "writable" not in one:
                first.setdefault(one["name"], (reader["host"], one))
    keys = ("app", "engine", "target", "name")
    return [{key: one[key] for key in keys} for where, one in first.values() if where == host]


def find_waiting(containers: list[dict[str, Any]], units: list[dict[str, Any]]) -> list[str]:
    """The apps of this host that should run from boot and have no running container yet."""
    running = {one["app"] for one in containers if one["pid"]}
    return sorted(one["name"] for one in units if one.get("start", "boot") == "boot" and one["name"] not in running)


def judge_witnesses(evidence: Evidence, seconds: Optional[float]) -> list[dict[str, Any]]:
    """A row for every witness and every container that it was demanded back from."""
    old = {one["container_id"] for host in evidence for one in (host.get("before") or {}).get("containers", [])}
    rows = []
    for writer in evidence:
        for written in _found(writer, "written"):
            at_rest = _elsewhere(evidence, "gone", written["name"])
            common = _stayed(written, at_rest) + _cleaned(_elsewhere(evidence, "left", written["name"]))
            servers = [host for host, dummy in at_rest]
            row = {**_witness_row(writer["host"], written), "at_rest": servers, "seconds": seconds}
            readings = _elsewhere(evidence, "read", written["name"])
            rows += [_judge(row, _read_row(host, one), _differs(written, one, old) + common) for host, one in readings]
            if not readings:
                rows.append(_judge(row, {}, ["no container binds the volume now", *common]))
    return rows


def judge_hosts(evidence: Evidence) -> list[dict[str, Any]]:
    """A line for every host: what ran before, and what was left of it after the teardown."""
    return [_host(one) for one in evidence]


def find_phases(marks: dict[str, Any]) -> list[dict[str, Any]]:
    """Names and seconds of the phases whose beginning and end are known; marks are seconds since the epoch."""
    return [
        {"name": name, "seconds": float(marks[end]) - float(marks[begin])}
        for name, begin, end in PHASES
        if begin in marks and end in marks
    ]


def _bindings(
    containers: list[dict[str, Any]], catalogue: dict[str, Any], parent: str
) -> list[tuple[dict[str, Any], dict[str, Any], str]]:
    return [
        (container, mount, place)
        for container in containers
        if container["pid"]
        for mount in container["mounts"]
        for place in [find_mount_place(mount, catalogue, parent)]
        if place
    ]


def _found(host: dict[str, Any], phase: str) -> list[dict[str, Any]]:
    return list((host.get(phase) or {}).get("witnesses") or [])


def _elsewhere(evidence: Evidence, phase: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    return [(host["host"], one) for host in evidence for one in _found(host, phase) if one["name"] == name]


def _judge(row: dict[str, Any], read: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    return {**row, **read, "holds": not faults, "reason": "; ".join(faults)}


def _witness_row(host: str, written: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": f"{written['name']} demanded back",
        "volume": written["volume"],
        "wrote": _who(host, written),
        "read": None,
        "owner": f"{written['owner']}:{written['group']}",
        "mode": written["mode"],
        "level": parse_level(written["label"]),
        "sha256": written["sha256"],
        "write_refused": "",
    }


def _read_row(host: str, read: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": f"{read['name']} demanded back through {read['app']} on {host}",
        "read": _who(host, read),
        "write_refused": read.get("write_error", ""),
    }


def _who(host: str, witness: dict[str, Any]) -> dict[str, Any]:
    viewer = witness.get("read_as", {})
    return {"app": witness["app"], "engine": witness["engine"], "host": host, **viewer}


def _differs(written: dict[str, Any], read: dict[str, Any], old: set[str]) -> list[str]:
    if not read["present"]:
        return [read["error"] or "the witness is gone"]
    level = (_find_level(written["label"]), _find_level(read["label"]))
    rules = (
        (read["content"] != written["content"], "the content differs"),
        (read["owner"] != written["owner"], f"owner {written['owner']} became {read['owner']}"),
        (read["group"] != written["group"], f"group {written['group']} became {read['group']}"),
        (read["mode"] != written["mode"], f"mode {written['mode']} became {read['mode']}"),
        (None not in level and level[0] != level[1], f"level {level[0] or 'none'} became {level[1] or 'none'}"),
        (read.get("read_as", {}).get("container_id") in old, "the old container answered: it was not replaced"),
        (bool(read.get("writable")), "a read-only binding let a write through"),
    )
    return [fault for broken, fault in rules if broken]


def _find_level(label: str) -> Optional[str]:
    # A volume that an engine mounts has the policy's one label for NFS there, whatever it has elsewhere.
    return None if ":nfs_t:" in label else parse_level(label)


def _stayed(written: dict[str, Any], at_rest: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [
        f"while nothing ran, {host} did not hold it as written"
        for host, one in at_rest
        if one.get("sha256") != written["sha256"]
    ]


def _cleaned(left: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [f"no container took the witness away from {host}" for host, one in left if one["present"]]


def _host(one: dict[str, Any]) -> dict[str, Any]:
    facts = one.get("facts") or {}
    left = {
        "containers": [each["app"] for each in (one.get("gone") or {}).get("containers", [])],
        "units": [each["name"] for each in (one.get("units") or {}).get("units", [])],
        "mounts": [each["name"] for each in (one.get("mounts") or {}).get("mounts", [])],
    }
    faults = [f"{kind} left: {', '.join(names)}" for kind, names in left.items() if names]
    if "witnesses" not in (one.get("left") or {}):
        faults.append("did not finish the proof; see the output of the play")
    return {
        "host": one["host"],
        "system": f"{facts.get('distribution', '')} {facts.get('distribution_version', '')}".strip(),
        "selinux": (facts.get("selinux") or {}).get("mode") or (facts.get("selinux") or {}).get("status", ""),
        "torn_down": [each["app"] for each in (one.get("before") or {}).get("containers", [])],
        "left": left,
        "holds": not faults,
        "reason": "; ".join(faults),
    }
