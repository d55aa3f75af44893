# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of the catalogue where only DNS labels will do (RFC 1123). Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

LONGEST = 63


def find_labels(names: Iterable[str], longest: int = LONGEST) -> dict[str, str]:
    """A label for each name. Where two names lead to one label, a name that is none itself gets part of its digest."""
    wishes = {name: _soften(name, longest) for name in names}
    counts = Counter(wishes.values())
    return {
        name: wish if counts[wish] == 1 or wish == name else f"{wish[: longest - 7].rstrip('-')}-{_digest(name)}"
        for name, wish in wishes.items()
    }


def _soften(name: str, longest: int) -> str:
    return re.sub(r"[^a-z0-9-]", "-", name.lower())[:longest].strip("-")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:6]
