# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""exports(5), as an administrator writes it and as the server keeps it in etab: parse, render, compare."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from ansible_collections.holdfast.volumes.plugins.module_utils.addresses import is_network

MARKER = "# Managed by holdfast.volumes"
PENDING = "# Written, not loaded yet"
# Many volumes have few clients, and few options that differ: each is looked at once.
REMEMBERED = 1 << 14

# Default first; what is left out of a line, etab fills in.
TOGGLES = (
    ("ro", "rw"),
    ("sync", "async"),
    ("wdelay", "no_wdelay"),
    ("hide", "nohide"),
    ("nocrossmnt", "crossmnt"),
    ("secure", "insecure"),
    ("root_squash", "no_root_squash"),
    ("no_all_squash", "all_squash"),
    ("no_subtree_check", "subtree_check"),
    ("secure_locks", "insecure_locks"),
    ("acl", "no_acl"),
    ("no_pnfs", "pnfs"),
)
VALUE_DEFAULTS = {"anonuid": "65534", "anongid": "65534", "sec": "sys"}
ALIASES = {"auth_nlm": "secure_locks", "no_auth_nlm": "insecure_locks", "mp": "mountpoint", "fsid=root": "fsid=0"}

OPPOSITES = {one: other for pair in TOGGLES for one, other in (pair, pair[::-1])}
ESCAPE = re.compile(r"\\([0-7]{3})")
WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
CLIENT = re.compile(r"(?P<host>[^()]*)(?:\((?P<options>[^()]*)\))?")  # 10.77.0.21(rw,sync) or @group or (ro)


class ExportsError(ValueError):
    """A text that is no exports file; the message has the line's number."""


@dataclass(frozen=True)
class Export:
    """One path for one client; ``options`` sorted, each once, by their canonical names."""

    path: str
    host: str
    options: tuple[str, ...]


def covers(client: str, address: str) -> bool:
    """Whether a client of exports(5) has this address; of a name or a pattern of names only itself."""
    if client == "*":
        return True
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(client, strict=False)
    except ValueError:
        return client == address


def parse(text: str) -> list[Export]:
    """Read exports(5), /etc/exports or etab: every path-client pair in the order of the file."""
    found: list[Export] = []
    for number, words in _logical_lines(text):
        defaults: tuple[str, ...] = ()
        for word in words[1:]:
            if word.startswith("-"):
                defaults = parse_options(word[1:])
                continue
            client = CLIENT.fullmatch(word)
            if client is None:
                raise ExportsError(f"line {number}: {word} is no client(options)")
            options = parse_options(client["options"] or "")
            found.append(Export(_unescape(words[0]), client["host"] or "*", _merge(defaults, options)))
    return found


def parse_options(text: str) -> tuple[str, ...]:
    """Read ``rw,mp,sync`` as its canonical, sorted options."""
    return canonical(word for word in text.split(",") if word)


def canonical(options: Iterable[str]) -> tuple[str, ...]:
    """One spelling and one order for each set of options."""
    return tuple(sorted({_canonical_option(option) for option in options}))


def render(exports: Iterable[Export], pending: bool = False) -> str:
    """The whole file of the collection: one line for each path and client."""
    head = [MARKER, PENDING] if pending else [MARKER]
    return "\n".join([*head, *(render_line(export) for export in exports)]) + "\n"


def render_line(export: Export) -> str:
    """One line of exports(5), without its line feed."""
    return f"{_escape(export.path)} {export.host}({','.join(export.options)})"


def find_missing(wanted: Iterable[Export], loaded: Iterable[Export]) -> list[Export]:
    """What is wanted and does not stand in etab, or stands there with other options.

    etab has the canonical name of a host (``LOCALHOST`` is there as ``localhost``, an alias as what it stands for),
    so a name that is not there as it was written may be any name of the same path that nobody else claims.
    """
    wanted = list(wanted)
    names = {(export.path, export.host) for export in wanted}
    standing = {(export.path, export.host): export for export in loaded}
    unclaimed = [export for key, export in standing.items() if key not in names and is_name(export.host)]
    missing = []
    for export in wanted:
        exact = standing.get((export.path, export.host))
        candidates = [exact] if exact else [other for other in unclaimed if is_name(export.host)]
        match = next((other for other in candidates if other.path == export.path and _serves(other, export)), None)
        if match is None:
            missing.append(export)
        elif match in unclaimed:
            unclaimed.remove(match)
    return missing


@functools.lru_cache(maxsize=REMEMBERED)
def is_address(host: str) -> bool:
    """Whether a client is an address or a network, the only kinds that need nobody to resolve them."""
    return is_network(host)


def is_name(host: str) -> bool:
    """Whether a client is the name of one host: no address, pattern or netgroup."""
    return not is_address(host) and re.search(r"[*?@\[/]", host) is None


@functools.lru_cache(maxsize=REMEMBERED)
def _canonical_option(option: str) -> str:
    name, equals, value = ALIASES.get(option, option).partition("=")
    if name in ("anonuid", "anongid") and re.fullmatch(r"\d{10}", value) and int(value) >= 2**31:
        value = str(int(value) - 2**32)  # etab shows ids as signed numbers
    return f"{ALIASES.get(name, name)}{equals}{value}"


def _serves(loaded: Export, wanted: Export) -> bool:
    asked, given = set(wanted.options), set(loaded.options)
    toggles = [other if other in asked else default for default, other in TOGGLES]
    if any(OPPOSITES[toggle] in given for toggle in toggles):
        return False
    asked_values, given_values = _values(asked), _values(given)
    # etab fills in defaults of its own release, so only what is asked for and what we know is compared.
    names = {*asked_values, *VALUE_DEFAULTS, "fsid", "refer", "replicas", "mountpoint", "security_label"}
    return all(
        given_values.get(name, VALUE_DEFAULTS.get(name)) == asked_values.get(name, VALUE_DEFAULTS.get(name))
        for name in names
    )


def _values(options: set[str]) -> dict[str, str]:
    pairs = (option.partition("=") for option in options if option not in OPPOSITES)
    values = {name: value for name, dummy, value in pairs}
    if "xprtsec" in values:
        values["xprtsec"] = ":".join(sorted(values["xprtsec"].split(":")))
    return values


def _merge(defaults: tuple[str, ...], options: tuple[str, ...]) -> tuple[str, ...]:
    named = {option.split("=")[0] for option in options} | {OPPOSITES.get(option, "") for option in options}
    return canonical((*(option for option in defaults if option.split("=")[0] not in named), *options))


def _logical_lines(text: str) -> Iterable[tuple[int, list[str]]]:
    pending = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        if raw.endswith("\\"):
            pending += raw[:-1] + " "
            continue
        words = list(takewhile(lambda word: not word.startswith("#"), WORD.findall(pending + raw)))
        pending = ""
        if words:
            yield number, words


def _escape(path: str) -> str:
    return re.sub(r'[\s"\\#]', lambda match: f"\\{ord(match[0]):03o}", path)


def _unescape(word: str) -> str:
    raw = word.replace('"', "").encode("utf-8", "surrogateescape").decode("latin-1")
    decoded = ESCAPE.sub(lambda match: chr(int(match[1], 8) & 0xFF), raw)
    return decoded.encode("latin-1").decode("utf-8", "surrogateescape")
