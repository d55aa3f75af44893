# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SELinux levels: a pair of categories for each volume, their union for each app."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Modules derive levels too, and have no use for the model, which takes long to read in on a host.
    from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import App, Volume

CATEGORIES = 1024


def plan_levels(volumes: Iterable[Volume]) -> dict[str, str]:
    """The level of each volume by name, the same whatever the order of the volumes.

    A level is derived from the name alone. Where two names meet on one level, the first in the alphabet keeps it;
    a level that the user wrote is never given to another volume.
    """
    ordered = sorted(volumes, key=lambda volume: volume.name)
    levels = {volume.name: volume.level for volume in ordered if volume.level}
    taken = set(levels.values())
    for volume in ordered:
        if volume.level:
            continue
        attempt = 0
        while (level := derive_level(volume.name, attempt)) in taken:
            attempt += 1
        taken.add(level)
        levels[volume.name] = level
    return levels


@functools.cache
def find_categories(level: str) -> frozenset[int]:
    """The categories of a level, {12, 500} of s0:c12,c500."""
    return frozenset(int(word[1:]) for word in level.partition(":")[2].split(",") if word)


def find_union(levels: Iterable[str]) -> frozenset[int]:
    """The categories of any of some levels."""
    return frozenset[int]().union(*map(find_categories, levels))


def render_union(levels: Iterable[str]) -> str:
    """The level that may use every one of some levels; "" of none."""
    categories = sorted(find_union(levels))
    return "s0:" + ",".join([f"c{number}" for number in categories]) if categories else ""


def find_levels(app: App, levels: Mapping[str, str]) -> list[str]:
    """The levels of an app's volumes."""
    return [levels[binding.volume] for binding in app.bindings if binding.volume in levels]


def plan_app_level(app: App, levels: Mapping[str, str]) -> str:
    """The level of an app's process: the categories of its volumes and no other."""
    return render_union(find_levels(app, levels))


def derive_level(name: str, attempt: int = 0) -> str:
    """Two categories from a name, others with each attempt."""
    digest = hashlib.sha256(f"{name}/{attempt}".encode() if attempt else name.encode()).digest()
    first = int.from_bytes(digest[:8], "big") % CATEGORIES
    second = int.from_bytes(digest[8:16], "big") % (CATEGORIES - 1)
    second += second >= first
    return f"s0:c{min(first, second)},c{max(first, second)}"
