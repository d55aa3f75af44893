# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an app must and must not say when systemd-nspawn runs it, in the catalogue as on the host. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import VARIABLE

# Where root images are unpacked, each in a directory named by its digest.
IMAGES = "/var/lib/holdfast/images"
SOURCES = ("archive", "directory", "url")
# systemd makes a host name of at most 64 characters of it, "holdfast-" before it included.
_MACHINE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,53}[A-Za-z0-9])?")
_USER = re.compile(r"[0-9]+:[0-9]+")
URL = re.compile(r"https?://[^\s@'\"\\]+")
URL_ADVICE = (
    "is no http or https address without user and password",
    "write https://host/path/root.tar.gz; what is in an address is logged",
)
# Kept by nspawn itself: what is mounted over them breaks the start of the container.
_KEPT = re.compile(r"/|/run|/dev|/(run/host|proc|sys)(/.*)?")

Findings = Iterator[tuple[str, str, str]]


def find_faults(name: str, app: Mapping[str, Any]) -> Findings:
    """(key, what is wrong, the way out) for every fault of an app of nspawn.

    ``app`` has the keys image_archive, image_directory, image_url, image_digest, command, ports, user, read_only,
    tmpfs, targets and environment; None stands for a value that is not known yet.
    """
    if not _MACHINE.fullmatch(name):
        what = f'nspawn names the host of the container after it, and "holdfast-{name}" is no host name'
        yield "", what, "use letters, digits and -, at most 55 of them"
    yield from _find_image_faults(app)
    for key, broken, what, way_out in _RULES:
        if app[key] is not None and broken(app[key]):
            yield key, what, way_out
    for key in ("tmpfs", "targets"):
        for path in app[key] or ():
            if path is not None and _KEPT.fullmatch(path.partition(":")[0]):
                yield key, f"{path}: nspawn has a file system of its own there", "use a directory such as /run/app"


def _find_image_faults(app: Mapping[str, Any]) -> Findings:
    given = [source for source in SOURCES if app[f"image_{source}"] != ""]
    if len(given) != 1:
        what = f"has {' and '.join(given)}" if given else "names no root file system, and nspawn has no registry to ask"
        yield "image", what, f"give it one of {', '.join(SOURCES)}"
        return
    url, digest = app["image_url"], app["image_digest"]
    if given == ["url"] and digest == "":
        yield "image.digest", "is missing, and what is fetched would be trusted blindly", "give the sha256 of the tar"
    if given == ["directory"] and digest != "":
        yield "image.digest", "means nothing for a directory", "leave it out, or give an archive"
    if url and not URL.fullmatch(url):
        yield "image.url", *URL_ADVICE


_RULES: tuple[tuple[str, Callable[[Any], bool], str, str], ...] = (
    ("command", lambda words: not words, "is missing; a root file system names none", "write the command of the app"),
    (
        "ports",
        bool,
        "an nspawn container shares its host's network and publishes nothing",
        "leave them out; the app listens on the host's ports itself",
    ),
    (
        "user",
        lambda user: bool(user) and not _USER.fullmatch(user),
        "nspawn is given numeric ids only",
        'write "uid:gid", such as "1000:1000"',
    ),
    (
        "read_only",
        lambda wish: not wish,
        "a root image is shared and never written to",
        "name what the app writes under `tmpfs`, or bind a volume there",
    ),
    (
        "environment",
        lambda names: not all(map(VARIABLE.fullmatch, names)),
        "nspawn takes names of letters, digits and _ only",
        "rename the variables with - or . in their names",
    ),
)


def find_misplaced(engine: str, app: Mapping[str, Any]) -> Findings:
    """The same for an app of another engine: sources of an image that only nspawn has."""
    for source in ("directory", "url"):
        if app[f"image_{source}"] != "":
            yield f"image.{source}", f"{engine} takes no image from there", "use `archive`, or the engine nspawn"
    if app["image_digest"] != "":
        yield "image.digest", f"is part of the name for {engine}", "write name@sha256:..."
