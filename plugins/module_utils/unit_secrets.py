# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of a container unit: files that only its own user can read, below MOUNTED in the container. Pure.

Podman keeps them in its own store. Docker without Swarm has none, and what systemd calls credentials nspawn gives to
root alone, whatever the user of the program; both are given files of the host below DIRECTORY instead, one by one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX

MOUNTED = "/run/secrets"
DIRECTORY = "/etc/holdfast/secrets"
# What fingerprints are made with. It is there as long as Podman may have secrets of ours.
KEY = "/etc/holdfast/secrets.key"
MODE = 0o400
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,100}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USER = re.compile(r"([0-9]+(:[0-9]+)?)?")


@dataclass(frozen=True)
class Part:
    """A piece of a secret's value; ``encode`` is whether it becomes part of a URL."""

    text: str = field(repr=False)
    confidential: bool = True
    encode: bool = False


@dataclass(frozen=True)
class Secret:
    """A file of the container; ``variables`` are those of its environment that name the file."""

    name: str
    parts: tuple[Part, ...]
    variables: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Where the container finds it."""
        return f"{MOUNTED}/{self.name}"

    @property
    def value(self) -> str:
        """What is in it."""
        return "".join(quote(part.text, safe="") if part.encode else part.text for part in self.parts)


def parse_secret(item: Mapping[str, Any]) -> Secret:
    """The secret that ``{name, value or parts, variables}`` asks for."""
    parts = [_parse_part(part) for part in item.get("parts") or ()]
    if item.get("value") is not None:
        parts.insert(0, Part(str(item["value"])))
    return Secret(str(item.get("name") or ""), tuple(parts), tuple(map(str, item.get("variables") or ())))


def _parse_part(item: Mapping[str, Any]) -> Part:
    encode = bool(item.get("encode"))
    if item.get("secret") is not None:
        return Part(str(item["secret"]), True, encode)
    return Part(str(item.get("text") or ""), False, encode)


def find_faults(secrets: Sequence[Secret], user: str, environment: Sequence[str], targets: Sequence[str]) -> list[str]:
    """What is wrong with the secrets of one unit; never with a value in it.

    ``environment`` has every variable, those of the secrets too; ``targets`` is what else the unit mounts on.
    """
    faults = [fault for secret in secrets for fault in _find_own_faults(secret)]
    names = [secret.name for secret in secrets]
    faults += [f"secret {name}: given {names.count(name)} times; keep one" for name in _repeated(names)]
    faults += [
        f"secret {secret.name}: the variable {name} is set already; give it another"
        for secret in secrets
        for name in _repeated(environment)
        if name in secret.variables
    ]
    if secrets and not _USER.fullmatch(user):
        faults.append(f"user {user!r}: its secrets shall be its own, so give it as uid:gid in numbers")
    return faults + [
        f"mount target {path}: the secrets are there; use another"
        for path in targets
        if secrets and f"{path}/".startswith(f"{MOUNTED}/")
    ]


def _find_own_faults(secret: Secret) -> list[str]:
    faults = []
    if not _NAME.fullmatch(secret.name):
        faults.append(f"secret {secret.name!r}: use a-z, 0-9, '_' and '-' for its name")
    if not all(part.text for part in secret.parts) or not secret.parts:
        faults.append(f"secret {secret.name}: its value, or a part of it, is empty; set it, or leave the secret out")
    if any(re.search(r"[\n\r\0]", part.text) for part in secret.parts if part.confidential):
        faults.append(f"secret {secret.name}: its value has a newline or NUL; give it as one line")
    return faults + [
        f"secret {secret.name}: variable {name!r}: use letters, digits and '_'"
        for name in secret.variables
        if not VARIABLE.fullmatch(name)
    ]


def _repeated(words: Sequence[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if words.count(word) > 1]


def find_owner(user: str) -> int:
    """The numeric user of a unit's ``user``; 0 where it has none."""
    return int(user.partition(":")[0] or 0)


def find_place(engine: str, unit: str, secret: str) -> str:
    """Where a host keeps it: the name in Podman's store, or the path of a file."""
    # No secret has a dot in its name, so no two units meet on one.
    return f"{CONTAINER_PREFIX}{unit}.{secret}" if engine == "podman" else f"{DIRECTORY}/{unit}/{secret}"


def find_unit(place: str) -> str:
    """The unit that a place belongs to, "" for one that belongs to none."""
    if place.startswith(f"{DIRECTORY}/"):
        return place[len(DIRECTORY) + 1 :].partition("/")[0]
    return place[len(CONTAINER_PREFIX) :].rpartition(".")[0] if place.startswith(CONTAINER_PREFIX) else ""


def fingerprint(key: str, place: str, owner: int, mode: int, value: str) -> str:
    """What tells whether a secret is as wanted, and by itself tells nothing of its value."""
    text = json.dumps([place, owner, mode, value])
    return hmac.new(key.encode(), text.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()


def hide_unit(unit: Mapping[str, Any]) -> dict[str, Any]:
    """A unit, or a service, as it may be shown."""
    secrets = [
        {"name": one["name"], "variables": one.get("variables"), "value": HIDDEN} for one in unit.get("secrets") or ()
    ]
    # TOKEN=word, as other programs take it, is refused; only its name is shown.
    names = [key.partition("=")[0] for key in unit.get("environment") or {}]
    return {**unit, "environment": dict.fromkeys(names, HIDDEN), "secrets": secrets}


def find_hidden(units: Sequence[Mapping[str, Any]]) -> set[str]:
    """What is masked wherever a message has it, such as in what a container said last before it failed.

    Results never hold a value. To mask short ones such as "80", or what the name of an app has in it, would only garble
    messages and the diff.
    """
    values = {str(value) for unit in units for value in (unit.get("environment") or {}).values()}
    secrets = [parse_secret(secret) for unit in units for secret in unit.get("secrets") or ()]
    words = {part.text for secret in secrets for part in secret.parts if part.confidential and len(part.text) >= 4}
    words |= {quote(word, safe="") for word in words} | {value for value in values if len(value) >= 8}
    return {word for word in words if not any(word in unit["name"] for unit in units)}
