# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fleet as a picture: stores, volumes, hosts and apps from left to right, and what is bound to what. Pure.

Every card has a place of its own and a column is as high as its cards, so nothing overlaps however long the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.proof_resources import add_resources

WIDTH = 1200
COLUMNS = {"store": (0, 200), "volume": (262, 246), "host": (618, 200), "app": (910, 288)}  # x and width
TOP, CARD, GAP, GROUP_GAP, PORT = 56, 58, 12, 26, 13
_CHARACTER = 7.3
_LOCK = (
    "M3 6V4.5a3 3 0 0 1 6 0V6h.5A1.5 1.5 0 0 1 11 7.5v4A1.5 1.5 0 0 1 9.5 13h-7A1.5 1.5 0 0 1 1 11.5v-4"
    "A1.5 1.5 0 0 1 2.5 6zm1.5 0h3V4.5a1.5 1.5 0 0 0-3 0z"
)
_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True)
class Card:
    """A rectangle of a column; ``row`` is its upper edge."""

    column: str
    row: float
    height: float

    def left(self, share: float) -> tuple[float, float]:
        """A point on the left edge, ``share`` of the way down."""
        return COLUMNS[self.column][0], self.row + self.height * share

    def right(self, share: float) -> tuple[float, float]:
        """A point on the right edge."""
        x, width = COLUMNS[self.column]
        return x + width, self.row + self.height * share


def render_picture(catalogue: dict[str, Any], verdicts: dict[str, bool]) -> str:
    """One SVG element, "" for an empty catalogue; ``verdicts`` says of which volumes the proof holds."""
    if not catalogue.get("volumes"):
        return ""
    own, catalogue = catalogue, add_resources(catalogue)
    hues = {name: f"hsl({number * 137.5 % 360:.0f} 58% 50%)" for number, name in enumerate(catalogue["volumes"])}
    instances = _instances(catalogue)
    mounts = _mounts(catalogue)
    stores, volumes, left = _place_stores(catalogue)
    hosts, apps, right = _place_hosts(instances, mounts)
    height = max(left, right)
    stores, volumes = (_lower(cards, (height - left) / 2) for cards in (stores, volumes))
    hosts, apps = (_lower(cards, (height - right) / 2) for cards in (hosts, apps))
    containers = _count(catalogue, [app for dummy, app in apps])
    counts = {"store": len(own["stores"]), "volume": len(own["volumes"]), "host": len(hosts), "app": containers}
    parts = [
        *(_heading(column, count) for column, count in counts.items()),
        *_lines_of_stores(catalogue, stores, volumes),
        *_lines_of_mounts(mounts, volumes, hosts, hues),
        *_lines_of_bindings(instances, hosts, apps, hues),
        *(_store(name, catalogue["stores"][name], card) for name, card in stores.items()),
        *(
            _volume(name, catalogue["volumes"][name], card, hues[name], verdicts.get(name))
            for name, card in volumes.items()
        ),
        *(
            _host(name, _count(catalogue, [app for host, app in apps if host == name]), card)
            for name, card in hosts.items()
        ),
        *(_app(app, catalogue["apps"][app], card) for (dummy, app), card in apps.items()),
    ]
    label = "The fleet: stores, their volumes, the hosts that mount them and the apps that bind them"
    size = f"0 0 {WIDTH} {height + 8:.0f}"
    return f'<svg class="fleet" viewBox="{size}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _count(catalogue: dict[str, Any], apps: list[str]) -> int:
    """The containers of apps, each named once for every host that it is on."""
    return sum(_multiply(catalogue["apps"][app]) for app in apps)


def _multiply(app: dict[str, Any]) -> int:
    return int(app.get("instances", 1))


def _instances(catalogue: dict[str, Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The bindings of every app on every host, in the order of the picture."""
    pairs = sorted((host, app) for app, one in catalogue["apps"].items() for host in one["hosts"])
    return {
        (host, app): [one for one in catalogue["bindings"] if one["app"] == app and host in one["hosts"]]
        for host, app in pairs
    }


def _mounts(catalogue: dict[str, Any]) -> dict[tuple[str, str], bool]:
    """(volume, host) to whether every binding there is read-only."""
    found: dict[tuple[str, str], bool] = {}
    for one in catalogue["bindings"]:
        for host in one["hosts"]:
            key = (one["volume"], host)
            found[key] = found.get(key, True) and one["read_only"]
    return dict(sorted(found.items()))


def _place_stores(catalogue: dict[str, Any]) -> tuple[dict[str, Card], dict[str, Card], float]:
    stores, volumes, row = {}, {}, float(TOP)
    for store in catalogue["stores"]:
        start = row
        for volume in [name for name, one in catalogue["volumes"].items() if one["store"] == store]:
            volumes[volume] = Card("volume", row, CARD)
            row += CARD + GAP
        row = max(row, start + CARD + GAP)
        stores[store] = Card("store", start, row - GAP - start)
        row += GROUP_GAP - GAP
    return stores, volumes, row - GROUP_GAP + GAP


def _place_hosts(
    instances: dict[tuple[str, str], list[dict[str, Any]]], mounts: dict[tuple[str, str], bool]
) -> tuple[dict[str, Card], dict[tuple[str, str], Card], float]:
    hosts, apps, row = {}, {}, float(TOP)
    for host in dict.fromkeys(host for host, dummy in instances):
        start = row
        for key in [key for key in instances if key[0] == host]:
            apps[key] = Card("app", row, max(CARD, PORT * (len(instances[key]) + 1)))
            row += apps[key].height + GAP
        ports = sum(mounted == host for dummy, mounted in mounts)
        row = max(row, start + PORT * (ports + 1) + GAP)
        hosts[host] = Card("host", start, row - GAP - start)
        row += GROUP_GAP - GAP
    return hosts, apps, row - GROUP_GAP + GAP


def _lower(cards: dict[Any, Card], by: float) -> dict[Any, Card]:
    return {key: Card(card.column, card.row + by, card.height) for key, card in cards.items()}


def _lines_of_stores(catalogue: dict[str, Any], stores: dict[str, Card], volumes: dict[str, Card]) -> list[str]:
    return [
        f'<path class="holds" d="M{COLUMNS["store"][0] + COLUMNS["store"][1]} {y:.1f}H{x}"/>'
        for card in volumes.values()
        for x, y in [card.left(0.5)]
    ]


def _lines_of_mounts(
    mounts: dict[tuple[str, str], bool], volumes: dict[str, Card], hosts: dict[str, Card], hues: dict[str, str]
) -> list[str]:
    lines = []
    for (volume, host), read_only in mounts.items():
        of_volume = [key for key in mounts if key[0] == volume]
        of_host = sorted((key for key in mounts if key[1] == host), key=lambda key: volumes[key[0]].row)
        start = volumes[volume].right(_share(of_volume.index((volume, host)), len(of_volume)))
        end = hosts[host].left(_share(of_host.index((volume, host)), len(of_host)))
        verb = "mounts" if " " not in volume else "has the secrets of"
        lines.append(_line(start, end, hues[volume], read_only, f"{host} {verb} {volume}"))
    return lines


def _lines_of_bindings(
    instances: dict[tuple[str, str], list[dict[str, Any]]],
    hosts: dict[str, Card],
    apps: dict[tuple[str, str], Card],
    hues: dict[str, str],
) -> list[str]:
    lines = []
    for (host, app), bindings in instances.items():
        of_host = [(key, number) for key in instances if key[0] == host for number in range(len(instances[key]))]
        for number, one in enumerate(bindings):
            start = hosts[host].right(_share(of_host.index(((host, app), number)), len(of_host)))
            end = apps[host, app].left(_share(number, len(bindings)))
            title = f"{app} on {host} binds {one['volume']} at {one['target']}"
            lines.append(_line(start, end, hues[one["volume"]], one["read_only"], title))
    return lines


def _share(number: int, count: int) -> float:
    return (number + 1) / (count + 1)


def _line(start: tuple[float, float], end: tuple[float, float], hue: str, read_only: bool, title: str) -> str:
    middle = (start[0] + end[0]) / 2
    style = "line ro" if read_only else "line"
    note = f"{title}, {'read-only' if read_only else 'read-write'}"
    return (
        f'<path class="{style}" stroke="{hue}" d="M{start[0]:.0f} {start[1]:.1f}C{middle:.0f} {start[1]:.1f} '
        f'{middle:.0f} {end[1]:.1f} {end[0]:.0f} {end[1]:.1f}"><title>{escape(note)}</title></path>'
    )


def _heading(column: str, count: int) -> str:
    noun = {"app": "container"}.get(column, column)
    x, width = COLUMNS[column]
    return f'<text class="head" x="{x + width / 2:.0f}" y="26">{count} {noun}{"" if count == 1 else "s"}</text>'


def _frame(card: Card, kind: str) -> str:
    x, width = COLUMNS[card.column]
    return f'<rect class="card {kind}" x="{x}" y="{card.row:.1f}" width="{width}" height="{card.height:.1f}" rx="10"/>'


def _text(card: Card, line: int, words: str, kind: str, room: float) -> str:
    """One line of text, shortened to the room there is; the whole is its tooltip."""
    limit = int(room / (_CHARACTER if kind == "name" else _CHARACTER * 0.88))
    shown = words if len(words) <= limit else words[: limit - 1] + "…"
    x, y = COLUMNS[card.column][0] + 16, card.row + 25 + 19 * line
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.1f}">{escape(shown)}<title>{escape(words)}</title></text>'


def _store(name: str, store: dict[str, Any], card: Card) -> str:
    kind = {
        "nfs_server": f"NFS, served by {store['host']}",
        "nfs": f"NFS at {store['address']}",
        "efs": f"Amazon EFS at {store['address']}",
    }
    words = kind.get(store["type"], "directory of each host" if store["type"] == "directory" else "not of volumes")
    return _frame(card, "of-store") + _text(card, 0, name, "name", 170) + _text(card, 1, words, "note", 170)


def _volume(name: str, volume: dict[str, Any], card: Card, hue: str, holds: Optional[bool]) -> str:
    x, width = COLUMNS["volume"]
    words = volume.get("address") or f"{volume['owner']}:{volume['group']} {volume['mode']}"
    if volume.get("size"):
        words += f", {_size(volume['size'])}"
    parts = [
        _frame(card, "of-volume"),
        f'<rect fill="{hue}" x="{x}" y="{card.row + 12:.1f}" width="4" height="34" rx="2"/>',
        _text(card, 0, name, "name", 170),
        _text(card, 1, words, "note", 180),
    ]
    if volume.get("single_writer"):
        place = f"translate({x + width - 56} {card.row + 20:.1f}) scale(1.25)"
        parts.append(f'<path class="lock" transform="{place}" d="{_LOCK}"><title>single writer</title></path>')
    if holds is not None:
        parts.append(_mark(x + width - 22, card.row + 29, holds))
    return "".join(parts)


def _mark(x: float, y: float, holds: bool) -> str:
    shape = "M-4.5 .5l3 3 6-6.5" if holds else "M-3.5-3.5l7 7m0-7l-7 7"
    kind, title = ("good", "its data held") if holds else ("bad", "its data did not hold")
    return (
        f'<g class="mark {kind}" transform="translate({x:.0f} {y:.1f})"><circle r="10"/><path d="{shape}"/>'
        f"<title>{title}</title></g>"
    )


def _host(name: str, count: int, card: Card) -> str:
    words = f"{count} container{'' if count == 1 else 's'}"
    return _frame(card, "of-host") + _text(card, 0, name, "name", 170) + _text(card, 1, words, "note", 170)


def _app(name: str, app: dict[str, Any], card: Card) -> str:
    x, width = COLUMNS["app"]
    engine = escape(app["engine"])
    badge = (
        f'<g class="badge {engine}"><rect x="{x + width - 78}" y="{card.row + 11:.1f}" width="66" height="19" '
        f'rx="9.5"/><text x="{x + width - 45}" y="{card.row + 24.5:.1f}">{engine}</text></g>'
    )
    words = str(app["image"]) + (", on demand" if app.get("start") == "on_demand" else "")
    title = name if _multiply(app) == 1 else f"{name} \u00d7 {_multiply(app)}"
    return _frame(card, "of-app") + _text(card, 0, title, "name", 185) + _text(card, 1, words, "note", 262) + badge


def _size(number: int) -> str:
    for unit, name in _UNITS:
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number} B"
