# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of keys: how a mapping of a catalogue is read key by key, and everything wrong with it noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Reader, Unfit, is_deferred

REQUIRED = object()
TEMPLATED = "it is a template or encrypted, and the plan needs it before any host is touched"


@dataclass(frozen=True)
class Key:
    """How one key is read; ``deferrable`` values may be templates or vault values and then pass through untouched."""

    read: Reader
    default: Any = REQUIRED
    deferrable: bool = False


Table = Mapping[str, Key]


def read_keys(table: Table, raw: Any, place: Place, problems: Problems) -> dict[str, Any] | None:
    """Every key of the table with its value or default; None when any of them is wrong."""
    if not isinstance(raw, dict):
        problems.add(place, "it is no mapping", f"write some of the keys {', '.join(table)}")
        return None
    before = len(problems.found)
    for key in raw:
        if key not in table:
            problems.unknown(place.at(str(key)), "key", str(key), table)
    fields = {name: _read_key(name, key, raw.get(name), place, problems) for name, key in table.items()}
    return fields if len(problems.found) == before else None


def _read_key(name: str, key: Key, value: Any, place: Place, problems: Problems) -> Any:
    if value is None:
        if key.default is REQUIRED:
            problems.add(place.at(name), "it is missing", f"add `{name}:`")
        return key.default
    if is_deferred(value):
        if key.deferrable:
            return value
        problems.add(place.at(name), TEMPLATED, "write the value itself")
        return None
    try:
        return key.read(value)
    except Unfit as error:
        problems.note(error.findings, place.at(name))
        return None
