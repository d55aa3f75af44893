# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of single values: each returns the value in its one form or raises Unfit with the way out."""

from __future__ import annotations

import posixpath
import re
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils import nfs_mount_options

Reader = Callable[[Any], Any]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
PATH = re.compile(r"[A-Za-z0-9._@+=/-]+")
SIZE = re.compile(r"([0-9]+)(?:([KMGTP])(?:i?B)?)?")  # 20G, 512MiB, 1048576
MODE = re.compile(r"0?[0-7]{3}|[0-7]{4}")
LEVEL = re.compile(r"s0:c([0-9]{1,4}),c([0-9]{1,4})")
ADDRESS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
OPTION = re.compile(r"[A-Za-z0-9_.:/=+@-]+")
SCALE = {unit: 1 << 10 * power for power, unit in enumerate(("", "K", "M", "G", "T", "P"))}
LONGEST_SHOWN = 80
LARGEST_ID = 2**32 - 2

# Set by the collection from the catalogue; a second word on them would contradict the first.
OWN_OPTIONS = {
    "context": "the SELinux level of a volume is the key `level`",
    "nfsvers": "the NFS version is the key `version` of the store",
    "vers": "the NFS version is the key `version` of the store",
    "minorversion": "the NFS version is the key `version` of the store",
    "ro": "bind the volume with :ro",
    "rw": "leave it out; it is the default",
    "sharecache": "two volumes of one server need a superblock each, for their SELinux levels",
    "nosharecache": "leave it out; it is always set",
    "suid": "volumes are mounted nosuid",
    "dev": "volumes are mounted nodev",
    "exec": "what may be run from a volume is its key `exec`",
    "noexec": "leave it out; volumes are mounted so unless their key `exec` is true",
    "bg": "leave it out; the mount unit waits for the server by itself",
    "noauto": "leave it out; a volume that no app binds is not mounted",
    "remount": "leave it out; what changes is remounted where that is enough",
    "bind": "leave it out; to bind a part of a volume, give the binding a `subpath`",
    "tls": "TLS of Amazon EFS is the key `tls` of a store of type efs; that of other servers is the key `transport`",
    "sec": "Kerberos is the key `transport` of the volume or of its store",
    "xprtsec": "TLS is the key `transport` of the volume or of its store",
    "iam": "it is the key `iam` of a store of type efs",
    "accesspoint": "it is the key `access_point` of a store of type efs",
    "mounttargetip": "it is the key `address` of a store of type efs",
    "region": "it is the key `region` of a store of type efs",
}


class Unfit(ValueError):
    """Findings about one value: (path of keys below it, what is wrong, the way out)."""

    def __init__(self, what: str = "", way_out: str = "", findings: tuple[tuple[str, str, str], ...] = ()) -> None:
        super().__init__(what)
        self.findings = findings or (("", what, way_out),)


def show(value: Any) -> str:
    """A value as a message may repeat it: short, on one line, and never what is inside a list or mapping."""
    for kind, word in ((list, "a list"), (dict, "a mapping"), (bool, str(value).lower()), (type(None), "nothing")):
        if isinstance(value, kind):
            return word
    if is_encrypted(value):
        return "an encrypted value"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def is_encrypted(value: Any) -> bool:
    """Whether a value is none of YAML's own types, as a value encrypted by Ansible Vault is."""
    return not isinstance(value, (str, int, float, list, dict, type(None)))


def is_deferred(value: Any) -> bool:
    """Whether only Ansible, later and on its own, can say what a value is: a template or a vault value."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    return is_encrypted(value)


def spell(value: Any) -> Any:
    """A value as it was written where YAML made a whole number of it; any other as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read_name(value: Any) -> str:
    """A name of a store, volume or app; it becomes part of paths and units."""
    text = read_text(value, "a name")
    if not NAME.fullmatch(text):
        raise Unfit(
            f"{show(text)} is no name", "use a-z, 0-9, _ and -, starting with a letter or digit, at most 63 characters"
        )
    return text


def read_path(value: Any) -> str:
    """An absolute path, normalised."""
    text = read_text(value, "a path")
    if not text.startswith("/"):
        raise Unfit(f"{show(text)} is not an absolute path", 'start it with "/"')
    return _normalise(text)


def read_target(value: Any) -> str:
    """A directory of a container that a volume is mounted on."""
    target = read_path(value)
    if target == "/":
        raise Unfit("a volume cannot be the root of a container", "write a directory, such as /data")
    return target


def read_relative_path(value: Any) -> str:
    """A path that stays inside the directory it is relative to; "." is the directory itself."""
    text = read_text(value, "a path")
    if text.startswith("/") or ".." in text.split("/"):
        raise Unfit(
            f"{show(text)} leads out of its directory", "write a path below it, without leading / and without .."
        )
    return _normalise(text)


def join_path(base: str, below: str) -> str:
    """A path below a directory; "" and "." are the directory itself."""
    return base if below in ("", ".") else f"{base.rstrip('/')}/{below}"


def read_id(value: Any) -> int:
    """A numeric user or group id."""
    text = spell(value)
    if not isinstance(text, str) or not text.isdigit() or int(text) > LARGEST_ID:
        raise Unfit(
            f"{show(value)} is no numeric id",
            "names differ between hosts and containers; write the number, as `id -u NAME` and `id -g NAME` print it",
        )
    return int(text)


def read_mode(value: Any) -> str:
    """Permission bits as four octal digits."""
    if not isinstance(value, str) or not MODE.fullmatch(value):
        raise Unfit(f"{show(value)} is no mode", 'write octal digits in quotes, such as "0750"')
    return value.zfill(4)


def read_size(value: Any) -> int:
    """A size in bytes from 20G, 512MiB or a number of bytes; units are powers of 1024."""
    text = spell(value)
    match = SIZE.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) == 0:
        raise Unfit(f"{show(value)} is no size", "write a number with K, M, G, T or P, such as 20G")
    return int(match[1]) * SCALE[match[2] or ""]


def read_level(value: Any) -> str:
    """An SELinux level of two categories in ascending order."""
    match = LEVEL.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match[1]) < int(match[2]) <= 1023:
        raise Unfit(
            f"{show(value)} is no level of a volume",
            'write two categories of 0 to 1023 in order, such as "s0:c12,c500"',
        )
    return f"s0:c{int(match[1])},c{int(match[2])}"


def read_address(value: Any) -> str:
    """A host name or an address, IPv6 without brackets; no wildcard, network or netgroup."""
    text = read_text(value, "an address")
    if not ADDRESS.fullmatch(text):
        raise Unfit(f"{show(text)} is no address", "write one host name or one IP address")
    return text


def read_options(value: Any) -> tuple[str, ...]:
    """Mount options from a list or a comma-separated string."""
    words = value.split(",") if isinstance(value, str) else value
    options = tuple(list_of(_read_option, deferrable=False)(words))
    contradictions = nfs_mount_options.find_contradictions(options)
    findings = tuple(
        ("", f"its options contradict each other on {key}: {', '.join(said)}", "keep one of them")
        for key, said in contradictions.items()
    )
    if findings:
        raise Unfit(findings=findings)
    return options


def read_boolean(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Unfit(f"{show(value)} is neither true nor false", "write true or false")
    return value


def choice(*words: str) -> Reader:
    """A reader of one of some words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit(f"{show(value)} is not known here", f"use one of {', '.join(words)}")
        return value

    return read


def count_of(what: str, most: int) -> Reader:
    """A reader of how many of something there are, 1 to ``most``."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise Unfit(f"{show(value)} is no number of {what}", f"write a whole number, 1 to {most}")
        return value

    return read


def list_of(read_item: Reader, deferrable: bool = True) -> Reader:
    """A reader of a list that reports every unfit item; ``deferrable`` items may be left to Ansible."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise Unfit(f"{show(value)} is no list", "write a list: [a, b]")
        result: list[Any] = []
        findings: list[tuple[str, str, str]] = []
        for index, item in enumerate(value):
            try:
                result.append(item if deferrable and is_deferred(item) else read_item(item))
            except Unfit as error:
                findings += [(f"[{index}]{sub}", what, way_out) for sub, what, way_out in error.findings]
        if findings:
            raise Unfit(findings=tuple(findings))
        return result

    return read


def read_text(value: Any, what: str) -> str:
    """A text that is not empty; ``what`` is how messages call it."""
    if not isinstance(value, str) or not value:
        raise Unfit(f"{show(value)} is not {what}", f"write {what} as text")
    return value


def read_word(option: Any) -> str:
    """One option of a mount."""
    if not isinstance(option, str) or not OPTION.fullmatch(option):
        raise Unfit(
            f"{show(option)} is no option", "an option is one word without spaces, quotes, commas and line ends"
        )
    return option


def _read_option(option: Any) -> str:
    if is_deferred(option):
        raise Unfit(
            "it is a template or encrypted", "write the option itself; mounts are planned before templates are known"
        )
    word = read_word(option)
    name = "vers" if "vers" in nfs_mount_options.parse([word]) else word.partition("=")[0]
    if name.startswith("x-"):
        raise Unfit(f'the option "{word}" is for fstab', "leave it out; mounts are units of systemd here")
    own = OWN_OPTIONS.get(name)
    if own:
        raise Unfit(f'the option "{word}" is set by the collection', own)
    return word


def _normalise(text: str) -> str:
    if not PATH.fullmatch(text):
        raise Unfit(
            f"{show(text)} has characters that break exports, units or container options",
            "use letters, digits and ._@+=-/",
        )
    if ".." in text.split("/"):
        raise Unfit(f'{show(text)} has ".." in it', "write the path without it")
    return posixpath.normpath("/" + text.lstrip("/")) if text.startswith("/") else posixpath.normpath(text)
