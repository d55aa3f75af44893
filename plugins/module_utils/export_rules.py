# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be asked of an NFS server: a user's list of exports, judged by name before any host is touched."""

from __future__ import annotations

import functools
import ipaddress
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.exports import (
    OPPOSITES,
    REMEMBERED,
    TOGGLES,
    Export,
    canonical,
    is_address,
    is_name,
)

FLAGS = ("security_label", "nordirplus", "mountpoint")
VALUES = {
    "sec": r"[a-z0-9]+(:[a-z0-9]+)*",
    "anonuid": r"-?\d+",
    "anongid": r"-?\d+",
    "fsid": r"\d+|[0-9A-Fa-f-]{32,36}",
    "mountpoint": r"/.*",
    "refer": r"/[^@]*@.+",
    "replicas": r"/[^@]*@.+",
    "xprtsec": r"(none|tls|mtls)(:(none|tls|mtls))*",
    "reexport": r"auto-fsidnum|predefined-fsidnum",
}
# What a user may accept for one export, in so many words.
RISKS = ("nested", "no_root_squash")
HOST = re.compile(r"@?[\w.*?:/\[\]-]+")
NEARLY_ADDRESS = re.compile(r"[\d./]+|\[?[0-9A-Fa-f]*:.*")


def parse_items(items: Iterable[dict[str, Any]]) -> list[Export]:
    """Pairs, sorted, of items ``{path, clients: [{host, options}]}`` that have no problems."""
    return sorted(
        (
            Export(item["path"], client["host"], _complete(_words(client)))
            for item in items
            for client in item["clients"]
        ),
        key=lambda export: (export.path, export.host),
    )


def render_items(exports: Iterable[Export]) -> list[dict[str, Any]]:
    """The items that pairs came from: the shape that nfs_exports takes."""
    items: dict[str, list[dict[str, Any]]] = {}
    for export in exports:
        items.setdefault(export.path, []).append({"host": export.host, "options": list(export.options)})
    return [{"path": path, "clients": clients} for path, clients in items.items()]


def find_problems(items: Iterable[Any], addresses_only: bool = False) -> list[str]:
    """Everything that is wrong with items ``{path, clients: [{host, options}]}``, each problem with its item's name.

    With ``addresses_only`` a client that is a name, a pattern or a netgroup is a problem too.
    """
    items = list(items)
    problems = [problem for index, item in enumerate(items) for problem in _find_item_problems(index, item)]
    mappings = [item for item in items if isinstance(item, dict)]
    problems += [
        f"export {path}: the path is there twice; name all clients in one item" for path in _repeated(mappings)
    ]
    problems += _find_fsid_problems(mappings)
    problems += _find_nested_problems(mappings)
    return problems + (_find_name_problems(mappings) if addresses_only else [])


def find_addresses(items: Iterable[dict[str, Any]], version: int) -> list[str]:
    """The networks of one IP version that cover the clients of these items exactly; names are left out."""
    hosts = sorted({str(client.get("host")) for item in items for client in _clients(item)})
    networks: list[Any] = [ipaddress.ip_network(host, strict=False) for host in hosts if is_address(host)]
    merged = ipaddress.collapse_addresses(network for network in networks if network.version == version)
    return [str(net.network_address) if net.num_addresses == 1 else str(net) for net in merged]


def _find_item_problems(index: int, item: Any) -> Iterator[str]:
    if not isinstance(item, dict) or not isinstance(item.get("path"), str):
        yield f"exports[{index}] has no path; give it one, such as /srv/volumes/content"
        return
    path, clients = item["path"], _clients(item)
    if not path.startswith("/") or os.path.normpath(path) != path or path == "/":
        yield f"export {path!r}: the path must be absolute, below / and without '..', '//' or a '/' at its end"
    if re.search(r"[\x00-\x1f\x7f]", path):
        yield f"export {path!r}: the path has a line feed or another control character in it"
    if not clients:
        yield f"export {path}: it names no clients; give at least one, or leave the export out"
    hosts = Counter(str(client.get("host")) for client in clients)
    yield from (f"export {path}: client {host} is there twice" for host, count in hosts.items() if count > 1)
    accepted = _accepted(item)
    yield from (
        f"export {path}: {risk!r} is nothing that can be accepted; it is one of {', '.join(RISKS)}"
        for risk in accepted
        if risk not in RISKS
    )
    for client in clients:
        yield from (f"export {path}: {problem}" for problem in _find_client_problems(client))
        if "no_root_squash" not in accepted and _is_root_of_many(client):
            yield (
                f"export {path}: client {client['host']} may be many hosts, and root of each would be root of it; "
                "name single hosts, let root be squashed, or say accept: [no_root_squash]"
            )


def _is_root_of_many(client: dict[str, Any]) -> bool:
    host, options = str(client.get("host")), canonical(_words(client))
    if is_name(host) or (is_address(host) and ipaddress.ip_network(host, strict=False).num_addresses == 1):
        return False
    return "anonuid=0" in options or ("no_root_squash" in options and "all_squash" not in options)


def _find_client_problems(client: dict[str, Any]) -> Iterator[str]:
    host, words = client.get("host"), _words(client)
    if not isinstance(host, str) or not HOST.fullmatch(host):
        yield f"client {host!r} is no address, network, host name, pattern or @netgroup"
        return
    if NEARLY_ADDRESS.fullmatch(host) and not is_address(host):
        yield f"client {host} is no valid IP address or network"
    names = Counter(canonical([word])[0].split("=")[0] for word in words)
    problems = [problem for problem in map(_find_option_problem, words) if problem]
    problems += [f"option {name} is given twice" for name, count in names.items() if count > 1]
    given = canonical(words)
    problems += [f"options {a} and {b} contradict each other" for a, b in TOGGLES if a in given and b in given]
    yield from (f"client {host}: {problem}" for problem in problems)


@functools.lru_cache(maxsize=REMEMBERED)
def _find_option_problem(option: str) -> str | None:
    if re.search(r"[\s(),#\"\\]", option):
        return f"option {option!r} has a space, comma, quote or bracket in it; give each option as one item of the list"
    (word,) = canonical([option])
    name, equals, value = word.partition("=")
    if not equals:
        return None if word in OPPOSITES or word in FLAGS else f"{option!r} is no option of exports(5)"
    if name not in VALUES:
        return f"{option!r} is no option of exports(5)"
    return None if re.fullmatch(VALUES[name], value) else f"{value!r} is no value of option {name}"


def _find_fsid_problems(items: list[dict[str, Any]]) -> list[str]:
    paths: dict[str, set[str]] = {}
    for item in items:
        for client in _clients(item):
            for word in canonical(_words(client)):
                if word.startswith("fsid="):
                    paths.setdefault(word, set()).add(str(item.get("path")))
    return [
        f"{word} is given to {' and '.join(sorted(named))}; clients could not tell them apart"
        for word, named in paths.items()
        if len(named) > 1
    ]


def _find_nested_problems(items: list[dict[str, Any]]) -> Iterator[str]:
    """Exports below others that ask for another security.

    On one file system the server cannot tell the two apart: the data is reached by whichever is the weaker, and where
    one has labels and the other has none, clients are denied both.
    """
    asked = {str(item.get("path")): {_find_security(client) for client in _clients(item)} for item in items}
    for item in items:
        path = str(item.get("path"))
        above = next((parent for parent in _walk_up(path) if parent in asked), None)
        if above is not None and "nested" not in _accepted(item) and asked[above] != asked[path]:
            yield (
                f"export {path} is below {above}, whose security is another ({_render_security(asked[above])} instead "
                f"of {_render_security(asked[path])}); give both the same sec, xprtsec and security_label, or say "
                "accept: [nested] where it is a file system of its own"
            )


def _find_security(client: dict[str, Any]) -> tuple[str, ...]:
    options = canonical(_words(client))
    flavours = [option for option in options if option.startswith(("sec=", "xprtsec=")) or option == "security_label"]
    return tuple(flavours if any(one.startswith("sec=") for one in flavours) else ["sec=sys", *flavours])


def _render_security(found: set[tuple[str, ...]]) -> str:
    return " and ".join(",".join(one) for one in sorted(found)) or "nothing"


def _walk_up(path: str) -> Iterator[str]:
    parent = os.path.dirname(path)
    while parent not in ("", "/"):
        yield parent
        parent = os.path.dirname(parent)


def _find_name_problems(items: list[dict[str, Any]]) -> list[str]:
    return [
        f"export {item.get('path')}: client {client.get('host')} is no address, so no firewall rule can be derived"
        " from it; give its address, or set the firewall to none"
        for item in items
        for client in _clients(item)
        if not is_address(str(client.get("host")))
    ]


def _repeated(items: list[dict[str, Any]]) -> list[str]:
    counts = Counter(str(item["path"]) for item in items if "path" in item)
    return [path for path, count in counts.items() if count > 1]


def _clients(item: dict[str, Any]) -> list[dict[str, Any]]:
    clients = item.get("clients")
    return [client if isinstance(client, dict) else {"host": client} for client in clients or []]


def _accepted(item: dict[str, Any]) -> list[str]:
    accepted = item.get("accept") or []
    return [accepted] if isinstance(accepted, str) else [str(risk) for risk in accepted]


def _words(client: dict[str, Any]) -> list[str]:
    options = client.get("options") or []
    return options.split(",") if isinstance(options, str) else [str(option) for option in options]


def _complete(options: list[str]) -> tuple[str, ...]:
    # exportfs warns on every load about a line that leaves this choice to it.
    chosen = {"subtree_check", "no_subtree_check"} & {*options}
    return canonical(options if chosen else [*options, "no_subtree_check"])
