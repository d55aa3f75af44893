# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of an audit as JUnit XML, as lines for the terminal and as one HTML page. Pure."""

from __future__ import annotations

from html import escape
from typing import Any
from xml.etree import ElementTree

from ansible_collections.holdfast.volumes.plugins.module_utils.audit import AREAS
from ansible_collections.holdfast.volumes.plugins.module_utils.certificate import for_xml
from ansible_collections.holdfast.volumes.plugins.module_utils.certificate_page import STYLE

Record = dict[str, Any]


def render_junit(record: Record) -> str:
    """For CI: a test case for each area of each host, and for each volume who reaches it."""
    cases: dict[tuple[str, str], list[str]] = {(host, area): [] for host in record["hosts"] for area in AREAS}
    for finding in record["findings"]:
        cases[finding["host"], finding["area"]].append(finding["text"])
    for row in record["access"]:
        cases.setdefault((row["volume"], "who reaches it"), [])
        if not row["agrees"]:
            cases[row["volume"], "who reaches it"].append(_say_row(row))
    skipped = {(note["host"], note["area"]): note["text"] for note in record["notes"]}
    suite = ElementTree.Element(
        "testsuite",
        name="holdfast.volumes audit",
        timestamp=record["started"],
        tests=str(len(cases)),
        failures=str(sum(map(bool, cases.values()))),
        skipped=str(len(skipped)),
    )
    for (group, name), texts in cases.items():
        case = ElementTree.SubElement(suite, "testcase", classname=for_xml(group), name=name)
        if texts:
            ElementTree.SubElement(case, "failure", message=for_xml("; ".join(texts)))
        elif (group, name) in skipped:
            ElementTree.SubElement(case, "skipped", message=for_xml(skipped[group, name]))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def render_lines(record: Record) -> list[str]:
    """For the terminal: each finding, what was not looked at, and the verdict."""
    lines = [f"{finding['host']}, {finding['area']}: {finding['text']}" for finding in record["findings"]]
    lines += [_say_row(row) for row in record["access"] if not row["agrees"]]
    lines += [f"{note['host']}, {note['area']}: not looked at, {note['text']}" for note in record["notes"]]
    return [*lines, render_verdict(record)]


def render_verdict(record: Record) -> str:
    """One sentence."""
    wrong = len(record["findings"]) + sum(not row["agrees"] for row in record["access"])
    hosts = len(record["hosts"])
    if record["holds"]:
        return f"AS THE CATALOGUE SAYS: {hosts} hosts, {len(record['access'])} ways to volumes looked at"
    return f"NOT AS THE CATALOGUE SAYS: {wrong} findings on {hosts} hosts"


def _say_row(row: dict[str, Any]) -> str:
    return f"{row['host']} can {_say(row['found'])} volume {row['volume']}; the catalogue says {row['said']}"


def _say(access: str) -> str:
    return {"none": "not reach", "unknown": "perhaps reach"}.get(access, access)


def render_html(record: Record) -> str:
    """The whole page: no network, no script, all text escaped."""
    good = "good" if record["holds"] else "bad"
    heading = "Everything is as the catalogue says" if record["holds"] else "Something is not as the catalogue says"
    started = record["started"].replace("T", " ").replace("+00:00", " UTC")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Audit of volumes</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>'
        f'<header class="{good}"><div><p class="quiet">Audit of volumes</p><h1>{heading}</h1>'
        f"<p>{_safe(render_verdict(record).partition(': ')[2])}</p>"
        f"<dl><div><dt>Looked at</dt><dd>{_safe(started)}</dd></div>"
        f"<div><dt>Ansible</dt><dd>{_safe(record['ansible'])}</dd></div></dl></div></header>"
        f"{_findings(record)}{_access(record)}</main></body></html>\n"
    )


def _safe(value: Any) -> str:
    return escape(str(value))


def _findings(record: Record) -> str:
    rows = "".join(
        f"<tr><td><b>{_safe(one['host'])}</b></td><td>{_safe(one['area'])}</td>"
        f'<td class="reason" style="overflow-wrap:anywhere">{_safe(one["text"])}</td></tr>'
        for one in record["findings"]
    )
    notes = "".join(
        f'<tr class="quiet"><td>{_safe(one["host"])}</td><td>{_safe(one["area"])}</td>'
        f'<td class="reason">not looked at: {_safe(one["text"])}</td></tr>'
        for one in record["notes"]
    )
    nothing = '<tr><td colspan="3" class="quiet">No finding on any host.</td></tr>'
    return _section("Findings", ("Host", "Area", "Finding"), (rows or nothing) + notes)


def _access(record: Record) -> str:
    rows = "".join(map(_row, record["access"]))
    heads = ("Volume", "Host", "Apps there", "By which way", "The catalogue says", "The kernel allows", "Agree")
    nothing = f'<tr><td colspan="{len(heads)}" class="quiet">There is no catalogue.</td></tr>'
    return _section("Who reaches which volume", heads, rows or nothing)


def _row(row: dict[str, Any]) -> str:
    apps = ", ".join(f"{app['name']} ({app['access']}s)" for app in row["apps"]) or "none"
    verdict = '<span class="tag good">yes</span>' if row["agrees"] else '<span class="tag bad">no</span>'
    cells = (row["volume"], row["host"], apps, ", ".join(row["ways"]) or "none", row["said"], row["found"])
    first, *others = (_safe(cell) for cell in cells)
    return f"<tr><td><b>{first}</b></td>{''.join(f'<td>{cell}</td>' for cell in others)}<td>{verdict}</td></tr>"


def _section(title: str, heads: tuple[str, ...], rows: str) -> str:
    listed = "".join(f"<th>{head}</th>" for head in heads)
    return (
        f'<section><h2>{title}</h2><div class="wide"><table><thead><tr>{listed}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )
