# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificate of a survival proof as a record, and the record as JSON, JUnit XML and a table. Pure."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any, Union
from xml.etree import ElementTree

from ansible_collections.holdfast.volumes.plugins.module_utils.proof import (
    Evidence,
    find_phases,
    judge_hosts,
    judge_witnesses,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.proof_resources import judge_resources

Record = dict[str, Any]
# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMNS = ("volume", "written through", "read back through", "owner", "mode", "level", "s", "holds")


def make_record(
    evidence: Evidence,
    *,
    run: str,
    marks: dict[str, Any],
    catalogue: dict[str, Any],
    ansible: str = "",
) -> Record:
    """Everything the certificate says; it holds when there is a row and every row and every host does.

    Rows of the caller ({title, volume, wrote, read, holds, seconds}, ``extra`` of any host) come after the witnesses'
    and those of resources.
    """
    age = float(marks["read"]) - float(marks["written"]) if {"read", "written"} <= set(marks) else None
    extra = [row for host in evidence for row in host.get("extra", [])]
    rows = judge_witnesses(evidence, age)
    rows += [_complete({**row, "seconds": age}) for row in judge_resources(evidence, catalogue)]
    rows += [_complete(row) for number, row in enumerate(extra) if row not in extra[:number]]
    hosts = judge_hosts(evidence)
    return {
        "run": run,
        "started": _iso(marks.get("started")),
        "ansible": ansible,
        "phases": find_phases(marks),
        "holds": bool(rows) and all(one["holds"] for one in rows + hosts),
        "rows": rows,
        "hosts": hosts,
        "catalogue": catalogue,
    }


def render_json(record: Record) -> str:
    """For machines: the whole record."""
    return json.dumps(record, indent=2, sort_keys=True) + "\n"


def render_junit(record: Record) -> str:
    """For CI: a test case for each row and for each host."""
    cases = [(row["volume"] or "evidence", row["title"], row) for row in record["rows"]]
    cases += [("teardown", f"nothing but data is left on {host['host']}", host) for host in record["hosts"]]
    failed = sum(not verdict["holds"] for dummy_class, dummy_name, verdict in cases)
    suite = ElementTree.Element(
        "testsuite",
        name="holdfast.volumes survival proof",
        timestamp=record["started"],
        tests=str(len(cases)),
        failures=str(failed),
        time=_seconds(sum(phase["seconds"] for phase in record["phases"])),
    )
    for group, name, verdict in cases:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=for_xml(group),
            name=for_xml(name),
            time=_seconds(verdict.get("seconds")),
        )
        if not verdict["holds"]:
            ElementTree.SubElement(case, "failure", message=for_xml(verdict["reason"]))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def render_table(record: Record) -> list[str]:
    """For the terminal: lines of a table, what does not hold with its reason below it, and the verdict."""
    cells = [_COLUMNS, *[_cells(row) for row in record["rows"]]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
    table = [lines[0], "  ".join("-" * width for width in widths)]
    for line, row in zip(lines[1:], record["rows"]):
        table += [line] if row["holds"] else [line, f"  ! {row['reason']}"]
    table += [f"! {host['host']}: {host['reason']}" for host in record["hosts"] if not host["holds"]]
    return [*table, "", render_verdict(record)]


def render_verdict(record: Record) -> str:
    """One sentence."""
    held, count = sum(row["holds"] for row in record["rows"]), len(record["rows"])
    gone = sum(len(host["torn_down"]) for host in record["hosts"])
    hosts = len(record["hosts"])
    took = _seconds(sum(phase["seconds"] for phase in record["phases"]))
    start = "HELD FAST" if record["holds"] else "NOT PROVED"
    return f"{start}: {held} of {count} rows hold; {gone} containers on {hosts} hosts torn down; {took} s"


def render_who(who: Union[str, dict[str, Any], None]) -> str:
    """Who wrote or read, in words."""
    if isinstance(who, dict):
        return f"{who['app']} on {who['host']} ({who['engine']})"
    return who or "nobody"


def _complete(row: dict[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys(("volume", "wrote", "read", "owner", "mode", "level", "write_refused", "sha256"), "")
    holds = bool(row.get("holds"))
    reason = "" if holds else f"the evidence of the caller does not hold: {row['title']}"
    return {"at_rest": [], "seconds": None, "reason": reason, **empty, **row, "holds": holds}


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    who = render_who(row["read"]) + (f", {row['write_refused']}" if row["write_refused"] else "")
    seconds = "" if row["seconds"] is None else _seconds(row["seconds"])
    holds = "yes" if row["holds"] else "NO"
    return (row["volume"], render_who(row["wrote"]), who, row["owner"], row["mode"], row["level"], seconds, holds)


def _iso(mark: Any) -> str:
    return datetime.fromtimestamp(float(mark), timezone.utc).isoformat(timespec="seconds") if mark is not None else ""


def _seconds(value: Any) -> str:
    return f"{float(value or 0):.0f}"


def for_xml(text: str) -> str:
    """The text with a replacement character for each that XML cannot have."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
