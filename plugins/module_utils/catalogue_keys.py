# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of keys: how a mapping of a catalogue is read key by key, and everything wrong with it noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Reader, Unfit, is_deferred

Item = TypeVar("Item")

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


def read_below(table: Table, value: Any) -> dict[str, Any]:
    """The keys of a mapping that is the value of a key; raises Unfit with everything wrong with them."""
    problems = Problems()
    fields = read_keys(table, value, Place(""), problems)
    if fields is None:
        found = [(f".{problem.place.key}".rstrip("."), problem.what, problem.way_out) for problem in problems.found]
        raise Unfit(findings=tuple(found))
    return fields


def read_list(
    read: Callable[[Any, Place, Problems], Item | None], way_out: str, value: Any, place: Place, problems: Problems
) -> tuple[Item, ...] | None:
    """What ``read`` makes of each item of a list, () of nothing; None when any item, or the list itself, is wrong."""
    if value is None:
        return ()
    if not isinstance(value, list):
        problems.add(place, "it is no list", way_out)
        return None
    items = [read(item, place.at(f"[{index}]"), problems) for index, item in enumerate(value)]
    found = tuple(item for item in items if item is not None)
    return found if len(found) == len(items) else None
