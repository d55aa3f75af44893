# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a catalogue: what includes what, and every name once."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import is_deferred

PLUGIN = "holdfast.volumes.catalogue"
SECTIONS = ("stores", "volumes", "apps", "resources", "orchestrators")
KEYS = ("plugin", "include", *SECTIONS)

# What the files declare: section -> name -> (place, value as written).
Entries = dict[str, dict[str, tuple[Place, Any]]]


@dataclass(frozen=True)
class Loaded:
    """The content of one file, and the keys that it has twice: (path of keys, line)."""

    data: Any
    repeated: tuple[tuple[str, int], ...] = ()


class Unreadable(ValueError):
    """A file that could not be read: what is wrong with it, as the end of a sentence, and the way out."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(what)
        self.what = what
        self.way_out = way_out


def read_files(path: str, load: Callable[[str], Loaded], problems: Problems) -> Entries:
    """Everything that ``path`` and the files it includes declare; ``load`` raises Unreadable."""
    reading = _Reading(load, problems, {section: {} for section in SECTIONS}, set())
    _read_file(reading, path, (), Place(path))
    return reading.entries


@dataclass(frozen=True)
class _Reading:
    load: Callable[[str], Loaded]
    problems: Problems
    entries: Entries
    seen: set[str]


def _read_file(reading: _Reading, path: str, chain: tuple[str, ...], asked: Place) -> None:
    problems = reading.problems
    if path in chain:
        cycle = " -> ".join((*chain[chain.index(path) :], path))
        problems.add(asked, f"files include each other: {cycle}", "take one of these includes out")
        return
    if path in reading.seen:
        return
    reading.seen.add(path)
    try:
        loaded = reading.load(path)
    except Unreadable as error:
        problems.add(asked, f"{path} {error.what}" if chain else f"the file {error.what}", error.way_out)
        return
    place = Place(path)
    for key, line in loaded.repeated:
        problems.add(
            place.at(key), f"declared a second time in line {line}", "keep one of them; YAML would use the last"
        )
    if not isinstance(loaded.data, dict):
        problems.add(
            place, "the file is no mapping", f"begin it with `plugin: {PLUGIN}` and the keys {', '.join(SECTIONS)}"
        )
        return
    _check_keys(loaded.data, place, problems)
    for section in SECTIONS:
        _merge_section(section, loaded.data.get(section), place.at(section), reading.entries[section], problems)
    for index, name in enumerate(_read_includes(loaded.data.get("include"), place.at("include"), problems)):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        _read_file(reading, target, (*chain, path), place.at(f"include[{index}]"))


def _check_keys(data: dict[Any, Any], place: Place, problems: Problems) -> None:
    for key in data:
        if key not in KEYS:
            problems.unknown(place.at(str(key)), "key", str(key), KEYS)
    if data.get("plugin", PLUGIN) != PLUGIN:
        problems.add(place.at("plugin"), f"it is {data['plugin']!r}", f"write `plugin: {PLUGIN}`")


def _read_includes(value: Any, place: Place, problems: Problems) -> list[str]:
    names = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(
        isinstance(name, str) and name and not is_deferred(name) for name in names
    ):
        problems.add(place, "it is no list of file names", "write paths relative to this file, without templates")
        return []
    return names


def _merge_section(
    section: str, value: Any, place: Place, known: dict[str, tuple[Place, Any]], problems: Problems
) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        problems.add(place, "it is no mapping", f"write each of the {section} as `name: {{...}}`")
        return
    for name, raw in value.items():
        if str(name) in known:
            first = known[str(name)][0].file
            problems.add(
                place.at(str(name)), f"declared already in {first}", "keep one of them, or give one another name"
            )
            continue
        known[str(name)] = (place.at(str(name)), raw)
