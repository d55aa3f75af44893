# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What hosts have, held against what a catalogue that was written for them would give them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import adopt_apps, nfs_mount_options
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Box, Difference, Share
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_stores import Described, Fleet, Use, is_below
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import render_name
from ansible_collections.holdfast.volumes.plugins.module_utils.export_rules import parse_items
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import TOGGLES, VALUE_DEFAULTS, Export, covers
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX

Plans = Mapping[str, Mapping[str, Any]]
_ORIGINS = {"fstab": "the line of fstab for", "unit": "the mount unit of", "hand": "the mount at"}
_ENGINES = {"docker": "the volume of Docker", "podman": "the Quadlet volume"}
# What every mount of the collection has: docs say so once.
_ALWAYS = frozenset({"context", "sharecache", "dev", "suid"})
# A mount may say these aloud, or leave them to the client.
_SILENT = {"access": "rw", **{key: nfs_mount_options.DEFAULTS[key] for key in ("recovery", "atime", "exec")}}


def compare(
    fleet: Fleet, uses: Sequence[Use], described: Described, apps: adopt_apps.Found, plans: Plans
) -> list[Difference]:
    """Every difference that follows from what is written down on both sides."""
    return [
        *_compare_containers(apps),
        *_compare_uses(uses, described, apps, plans),
        *_compare_volumes(fleet, uses, described),
        *_compare_exports(fleet, plans),
        *_tell_unread(fleet),
    ]


def _compare_containers(apps: adopt_apps.Found) -> Iterator[Difference]:
    for name, origins in apps.origins.items():
        for host, box in origins:
            yield Difference(
                host,
                "moves",
                box.origin,
                f"becomes the unit {CONTAINER_PREFIX}{name}.service",
                f"{_say_end(box)} before site.yml runs: both would publish its ports and write to its volumes",
            )


def _say_end(box: Box) -> str:
    if box.engine == "podman":
        return "stop its service and move its file away"
    return "stop and remove it"


def _compare_uses(
    uses: Sequence[Use], described: Described, apps: adopt_apps.Found, plans: Plans
) -> Iterator[Difference]:
    bound = {(host, volume, attach) for host, volume, attach, dummy in adopt_apps.find_bound(apps.apps)}
    for use in uses:
        origin, name = use.share.origin, use.share.name
        about = f"{ {**_ORIGINS, **_ENGINES}[origin] } {name}"
        attach = "host" if origin in _ORIGINS else "engine"
        try:
            volume, below = described.find(use.spot)
        except Unfit as error:
            yield Difference(use.host, "left_out", about, f"is in no volume: {error}")
            continue
        if (use.host, volume, attach) not in bound:
            text = "no app of the catalogue has it here, so it is not mounted by the catalogue and stays as it is"
            yield Difference(use.host, "left_out", about, text)
        elif attach == "engine":
            other = " or ".join(sorted({render_name(volume, only) for only in _find_access(apps, use.host, volume)}))
            way_out = "take it away when nothing has it any more: it holds no data"
            yield Difference(use.host, "moves", about, f"is made anew as {other}, with the same data", way_out)
        else:
            mounts = {mount["name"]: mount for mount in plans[use.host]["host_mounts_mounts"]}
            yield _say_mount(use, about, below, mounts[volume])


def _find_access(apps: adopt_apps.Found, host: str, volume: str) -> set[bool]:
    return {
        only
        for one, name, attach, only in adopt_apps.find_bound(apps.apps)
        if (one, name, attach) == (host, volume, "engine")
    }


def _say_mount(use: Use, about: str, below: str, mount: Mapping[str, Any]) -> Difference:
    place = f"{mount['path']}/{below}" if below else mount["path"]
    text = f"apps get {place} in place of {use.share.name}, a mount of a unit of its own"
    words = find_option_differences(use.share, mount["options"])
    ways = {
        "fstab": f"when no app has {use.share.name} any more, unmount it and take the line out",
        "unit": f"when no app has {use.share.name} any more, disable the unit and move its file away",
        "hand": f"when no app has {use.share.name} any more, unmount it",
    }
    return Difference(
        use.host, "moves", about, f"{text}{'; ' if words else ''}{', '.join(words)}", ways[use.share.origin]
    )


def find_option_differences(share: Share, wanted: Iterable[str]) -> list[str]:
    """``vers is 4.2, was not said`` for each option that is not on both sides; those of every mount are left out."""
    old, new = ({**_SILENT, **nfs_mount_options.parse(words)} for words in (share.options, wanted))
    known = (*nfs_mount_options.DEFAULTS, *nfs_mount_options.NEGOTIATED)
    names = [name for name in sorted({*old, *new}) if name not in _ALWAYS]
    if share.origin == "hand":
        names = [name for name in names if name in new]
    return [
        f"{name} is {new.get(name) or 'not said'}, was {old.get(name) or 'not said'}"
        for name in names
        if old.get(name) != new.get(name) and (name in known or name in new or share.origin != "hand")
    ]


def _compare_volumes(fleet: Fleet, uses: Sequence[Use], described: Described) -> Iterator[Difference]:
    """Volumes of engines that hold data themselves are told of with the containers that have them; others here."""
    bound = {
        (host, bind["volume"])
        for host, look in fleet.looks.items()
        for box in look["boxes"]
        for bind in box["binds"]
        if bind["volume"]
    }
    for host, look in sorted(fleet.looks.items()):
        for share in look["volumes"]:
            if not share["source"] and (host, share["name"]) not in bound:
                text = f"holds its data on the disk of {share['origin']} itself, or is of another driver"
                yield Difference(host, "left_out", f"{_ENGINES[share['origin']]} {share['name']}", text)


def _compare_exports(fleet: Fleet, plans: Plans) -> Iterator[Difference]:
    for host, look in sorted(fleet.looks.items()):
        planned = parse_items(plans[host]["nfs_server_exports"])
        for one in look["exports"]:
            if fleet.foreign or fleet.is_foreign(host, one["path"]):
                continue
            yield _compare_export(host, one, planned)


def _compare_export(host: str, one: Mapping[str, Any], planned: Sequence[Export]) -> Difference:
    about = f"the export of {one['path']} to {one['host']} in {one['file']}"
    below = [export for export in planned if is_below(export.path, one["path"])]
    covered = [export for export in below if covers(one["host"], export.host)]
    words = find_export_differences(one["options"], covered[0].options) if covered else []
    same = [export for export in covered if (export.path, export.host) == (one["path"], one["host"])]
    file = "the catalogue has a file of its own for that"
    if same:
        kind, text = ("differs", f"has other options there: {', '.join(words)}") if words else ("in_place", file)
        # The server takes what it reads first, which is this line.
        when = "before site.yml runs" if words else "when site.yml has run"
        return Difference(host, kind, about, text, f"take the line out {when}")
    served = ", ".join(sorted({f"{export.path} to {export.host}" for export in below})) or "nothing of it to anybody"
    more = f"; other options: {', '.join(words)}" if words else ""
    way_out = "as long as the line stands, so does what it allows; take it out when site.yml has run"
    return Difference(host, "left_out", about, f"the catalogue serves {served}{more}", way_out)


def find_export_differences(found: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """``root_squash, was no_root_squash`` for each option of an export that differs, defaults being said."""
    old, new = _complete(found), _complete(wanted)
    return [
        f"{new.get(name) or 'no ' + name}, was {old.get(name) or 'not said'}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _complete(options: Iterable[str]) -> dict[str, str]:
    words = set(options)
    toggles = {default: other if other in words else default for default, other in TOGGLES}
    values = {name: f"{name}={value}" for name, value in VALUE_DEFAULTS.items()}
    rest = words - {word for pair in TOGGLES for word in pair}
    return {**toggles, **values, **{word.partition("=")[0]: word for word in rest}}


def _tell_unread(fleet: Fleet) -> Iterator[Difference]:
    for host, look in sorted(fleet.looks.items()):
        for one in look["unread"]:
            yield Difference(host, "unknown", one["about"], one["text"])
