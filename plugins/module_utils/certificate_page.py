# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificate as one HTML page that needs nothing else: no network, no script. Pure; all text is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.certificate import Record, render_verdict
from ansible_collections.holdfast.volumes.plugins.module_utils.certificate_picture import render_picture

STYLE = """
:root{color-scheme:light dark;--ground:#f4f5f7;--paper:#fff;--ink:#1a2230;--quiet:#5c6778;--rule:#dfe3ea;--soft:#eef1f5;
--good:#177245;--good-soft:#e2f4ea;--bad:#b3261e;--bad-soft:#fdeae8;--docker:#1d63c9;--podman:#7a3fae;--nspawn:#0f6b75;
--accent:#264f78}
@media (prefers-color-scheme:dark){:root{--ground:#11151c;--paper:#1a202a;--ink:#e5e9f0;--quiet:#98a4b6;--rule:#2e3745;
--soft:#232b37;--good:#4fc98a;--good-soft:#173226;--bad:#ff8a80;--bad-soft:#3c1f1f;--docker:#6aa5ff;--podman:#c79af0;
--nspawn:#62c3cf;--accent:#8fbbe8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1280px;margin:0 auto;padding:32px 24px 64px}
section,header{background:var(--paper);border:1px solid var(--rule);border-radius:14px;
padding:24px 28px;margin-bottom:20px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}h2{font-size:17px;margin:0 0 14px}p{margin:0}
.quiet{color:var(--quiet)}code{font:12.5px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
header{display:flex;gap:24px;align-items:center;border-top:5px solid var(--good)}
header.bad{border-top-color:var(--bad)}
header .seal{flex:none;width:76px;height:76px;color:var(--good)}header.bad .seal{color:var(--bad)}
dl{display:flex;flex-wrap:wrap;gap:10px 36px;margin:16px 0 0}dt{font-size:12px;color:var(--quiet)}
dd{margin:0;font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;min-width:860px}
th{text-align:left;font-size:12px;font-weight:600;color:var(--quiet);
padding:0 14px 8px 0;border-bottom:1px solid var(--rule)}
td{padding:10px 14px 10px 0;border-bottom:1px solid var(--rule);vertical-align:top}tr:last-child td{border-bottom:0}
td small{display:block;color:var(--quiet);font-size:12.5px}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
.tag{display:inline-block;border-radius:9px;padding:0 9px;
font-size:12px;font-weight:600;line-height:19px;white-space:nowrap}
.tag.docker{color:var(--docker)}.tag.podman{color:var(--podman)}.tag.nspawn{color:var(--nspawn)}
.tag.docker,.tag.podman,.tag.nspawn{border:1px solid currentColor;line-height:17px}
.tag.good{background:var(--good-soft);color:var(--good)}.tag.bad{background:var(--bad-soft);color:var(--bad)}
.reason{color:var(--bad);font-weight:600}
.phases{display:flex;gap:3px;margin-top:4px}
.phases div{min-width:84px;background:var(--soft);padding:8px 12px;border-radius:4px}
.phases div:first-child{border-radius:9px 4px 4px 9px}.phases div:last-child{border-radius:4px 9px 9px 4px}
.phases b{display:block;font-variant-numeric:tabular-nums}
.phases span{font-size:12.5px;color:var(--quiet);white-space:nowrap}
.fleet{display:block;width:100%;min-width:980px;height:auto;font-family:inherit}
.fleet text{fill:var(--ink)}.fleet .head{font-size:13px;font-weight:600;fill:var(--quiet);text-anchor:middle}
.fleet .name{font-size:14px;font-weight:650}.fleet .note{font-size:12px;fill:var(--quiet)}
.fleet .card{fill:var(--paper);stroke:var(--rule);stroke-width:1.2}.fleet .of-store,.fleet .of-host{fill:var(--soft)}
.fleet .line{fill:none;stroke-width:2;opacity:.85}.fleet .line:hover{stroke-width:4;opacity:1}
.fleet .ro{stroke-dasharray:5 4}
.fleet .holds{stroke:var(--rule);stroke-width:2}.fleet .lock{fill:var(--quiet)}
.mark circle{fill:var(--good-soft)}
.mark path{fill:none;stroke:var(--good);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.mark.bad circle{fill:var(--bad-soft)}.mark.bad path{stroke:var(--bad)}
.fleet .badge rect{fill:none;stroke:var(--docker)}
.fleet .badge text{fill:var(--docker);font-size:11.5px;font-weight:600;text-anchor:middle}
.fleet .podman rect{stroke:var(--podman)}.fleet .podman text{fill:var(--podman)}
.fleet .nspawn rect{stroke:var(--nspawn)}.fleet .nspawn text{fill:var(--nspawn)}
.legend{display:flex;flex-wrap:wrap;gap:6px 26px;margin-top:18px;font-size:13px;color:var(--quiet)}
.legend i{display:inline-block;width:34px;border-top:2px solid var(--accent);vertical-align:middle;margin-right:8px}
.legend i.ro{border-top-style:dashed}
@media print{body{background:none}section,header{break-inside:avoid}}
"""
_SEAL = {
    True: "M20 39.5l12 12 24-26",
    False: "M26 26l24 24M50 26L26 50",
}


def render_html(record: Record) -> str:
    """The whole page."""
    title = "Survival certificate"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title} {_safe(record["run"])}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>'
        f"{_header(record, title)}{_fleet(record)}{_evidence(record)}{_phases(record)}{_hosts(record)}"
        "</main></body></html>\n"
    )


def _safe(value: Any) -> str:
    return escape(str(value))


def _header(record: Record, title: str) -> str:
    facts = {
        "Run": record["run"],
        "Started": record["started"].replace("T", " ").replace("+00:00", " UTC"),
        "Ansible": record["ansible"],
        "Hosts": len(record["hosts"]),
        "Containers torn down": sum(len(host["torn_down"]) for host in record["hosts"]),
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{_safe(fact)}</dd></div>" for name, fact in facts.items() if fact != "")
    verdict, dummy, rest = render_verdict(record).partition(": ")
    heading = "The data held fast" if verdict == "HELD FAST" else "The data is not proved to hold"
    return (
        f'<header class="{"good" if record["holds"] else "bad"}"><svg class="seal" viewBox="0 0 76 76" fill="none" '
        'stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        '<circle cx="38" cy="38" r="35" stroke-width="2.5"/>'
        '<circle cx="38" cy="38" r="29" stroke-width="1" stroke-dasharray="2 4"/>'
        f'<path stroke-width="5" d="{_SEAL[record["holds"]]}"/></svg>'
        f'<div><p class="quiet">{title}</p><h1>{heading}</h1><p>{_safe(rest)}</p><dl>{listed}</dl></div></header>'
    )


def _fleet(record: Record) -> str:
    verdicts: dict[str, bool] = {}
    for row in record["rows"]:
        volume = row["volume"].partition("/")[0]
        verdicts[volume] = verdicts.get(volume, True) and row["holds"]
    picture = render_picture(record["catalogue"], verdicts)
    if not picture:
        return ""
    return (
        f'<section><h2>The fleet</h2><div class="wide">{picture}</div><p class="legend"><span><i></i>read-write</span>'
        '<span><i class="ro"></i>read-only</span><span>lock: single writer</span>'
        "<span>tick or cross: what the proof says of the volume</span></p></section>"
    )


def _evidence(record: Record) -> str:
    rows = "".join(_row(row) for row in record["rows"])
    heads = ("Volume", "Written through", "Read back through", "Owner, mode, level", "At rest on", "Age", "Holds")
    listed = "".join(f"<th>{head}</th>" for head in heads)
    return (
        f'<section><h2>The evidence</h2><div class="wide"><table><thead><tr>{listed}</tr></thead>'
        f"<tbody>{rows or _nothing(len(heads))}</tbody></table></div></section>"
    )


def _nothing(columns: int) -> str:
    return f'<tr><td colspan="{columns}" class="reason">Nothing was written, so nothing is proved.</td></tr>'


def _row(row: dict[str, Any]) -> str:
    contract = f"{_safe(row['owner'])} {_safe(row['mode'])}".strip()
    refused = f"<small>write refused: {_safe(row['write_refused'])}</small>" if row["write_refused"] else ""
    age = "" if row["seconds"] is None else f"{float(row['seconds']):.0f} s"
    checksum = row.get("sha256", "")
    proof = f"<code>sha256 {_safe(checksum[:16])}…</code>" if checksum else _safe(row["title"])
    cells = (
        f"<b>{_safe(row['volume'])}</b><small>{proof}</small>",
        _who(row["wrote"]),
        _who(row["read"]) + refused,
        f"{contract}<small><code>{_safe(row['level'])}</code></small>",
        _safe(", ".join(row["at_rest"])),
    )
    reason = f'<small class="reason">{_safe(row["reason"])}</small>' if not row["holds"] else ""
    listed = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr>{listed}<td class="n">{age}</td><td>{_holds(row["holds"])}{reason}</td></tr>'


def _who(who: Any) -> str:
    if not isinstance(who, dict):
        return _safe(who or "nobody")
    container = _safe(str(who.get("container_id", ""))[:12])
    engine = _safe(who["engine"])
    return (
        f'<b>{_safe(who["app"])}</b> on {_safe(who["host"])} <span class="tag {engine}">{engine}</span>'
        f"<small><code>{container}</code></small>"
    )


def _holds(holds: bool) -> str:
    return '<span class="tag good">yes</span>' if holds else '<span class="tag bad">no</span>'


def _phases(record: Record) -> str:
    bars = "".join(
        f'<div style="flex:{max(phase["seconds"], 1):.0f}"><b>{phase["seconds"]:.0f} s</b>'
        f"<span>{_safe(phase['name'])}</span></div>"
        for phase in record["phases"]
    )
    return f'<section><h2>How long it took</h2><div class="wide phases">{bars}</div></section>' if bars else ""


def _hosts(record: Record) -> str:
    rows = "".join(
        f"<tr><td><b>{_safe(host['host'])}</b></td><td>{_safe(host['system'])}</td><td>{_safe(host['selinux'])}</td>"
        f"<td>{_safe(', '.join(host['torn_down']) or 'none')}</td>"
        f'<td>{_holds(host["holds"])}<small class="reason">{_safe(host["reason"])}</small></td></tr>'
        for host in record["hosts"]
    )
    return (
        '<section><h2>The hosts</h2><div class="wide"><table><thead><tr><th>Host</th><th>System</th><th>SELinux</th>'
        "<th>Containers torn down</th><th>Nothing but data left</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )
