# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials as secrets of a swarm, which nobody reads again and nobody changes: another value is another secret.

What tells whether one has the wanted value is a salted hash beside it, made slowly, so that guessing is slow as well.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import APP_LABEL, Service

LABEL = "io.holdfast.secret"
SALT_LABEL = "io.holdfast.salt"
HASH_LABEL = "io.holdfast.hash"
ROUNDS = 100_000
# The swarm's limit is 64 characters, and a number follows.
_LONGEST = 50


@dataclass(frozen=True)
class Kept:
    """A secret that the swarm has: of ``app``, called ``secret`` there, and what tells its value."""

    identity: str
    name: str
    app: str
    secret: str
    salt: str = ""
    digest: str = ""

    def has(self, value: str) -> bool:
        """Whether it has that value."""
        return bool(self.salt) and hmac.compare_digest(self.digest, derive_hash(self.salt, value))

    @property
    def number(self) -> int:
        """Which value in a row it is."""
        tail = self.name.rpartition(".")[2]
        return int(tail) if tail.isdigit() else 0


def derive_hash(salt: str, value: str) -> str:
    data = value.encode("utf-8", "surrogateescape")
    return hashlib.pbkdf2_hmac("sha256", data, bytes.fromhex(salt), ROUNDS).hex()


def parse(records: Iterable[Mapping[str, Any]]) -> list[Kept]:
    """The collection's own of the secrets that the Engine API lists."""
    found = [(str(one["ID"]), one["Spec"]["Name"], one["Spec"].get("Labels") or {}) for one in records]
    return [
        Kept(identity, name, labels[APP_LABEL], labels[LABEL], labels.get(SALT_LABEL, ""), labels.get(HASH_LABEL, ""))
        for identity, name, labels in found
        if LABEL in labels and APP_LABEL in labels
    ]


def choose(kept: Sequence[Kept], services: Iterable[Service]) -> dict[tuple[str, str], str]:
    """The name in the swarm of each (app, secret): that of one with the wanted value, or of one that is to be made."""
    chosen = {}
    for service in services:
        for secret in service.unit.secrets:
            known = [one for one in kept if (one.app, one.secret) == (service.app, secret.name)]
            same = [one.name for one in known if one.has(secret.value)]
            number = max((one.number for one in known), default=0) + 1
            chosen[service.app, secret.name] = same[0] if same else render_name(service.app, secret.name, number)
    return chosen


def render_name(app: str, secret: str, number: int) -> str:
    """What the swarm calls it: holdfast-shop.orders-password.1, with a hash in the place of what is too long."""
    whole = f"holdfast-{app}.{secret}"
    if len(whole) > _LONGEST:
        whole = f"{whole[: _LONGEST - 17]}.{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
    return f"{whole}.{number}"


def render_labels(app: str, secret: str, value: str) -> dict[str, str]:
    """The labels of a new secret."""
    salt = randomness.token_hex(16)
    return {APP_LABEL: app, LABEL: secret, SALT_LABEL: salt, HASH_LABEL: derive_hash(salt, value)}
