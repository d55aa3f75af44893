# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of what a container is run with: image, ports, user, environment, command, capabilities, tmpfs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    Unfit,
    is_deferred,
    list_of,
    read_path,
    read_text,
    read_word,
    show,
    spell,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.nspawn_rules import URL, URL_ADVICE
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import parse_span

# 127.0.0.1:53:53/udp, 8080-8082:80
PORT = re.compile(r"(?:(\[[0-9A-Fa-f:]+\]|[0-9.]+):)?([0-9]{1,5})(?:-([0-9]{1,5}))?:([0-9]{1,5})(?:/(tcp|udp))?")
USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
IMAGE = re.compile(r"\S*[A-Za-z0-9][^\s'\"]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
CAPABILITY = re.compile(r"[A-Z][A-Z_]*")


@dataclass(frozen=True)
class Image:
    """What an app's container is made of; values that may be templates are kept as the user wrote them."""

    name: Any
    archive: Any = ""
    directory: str = ""
    url: Any = ""
    digest: Any = ""


def read_port(value: Any) -> str:
    """A published port, [address:]host[-host]:container[/tcp|udp]."""
    match = PORT.fullmatch(value) if isinstance(value, str) else None
    last = int(match[3] or match[2]) if match else 0
    if match is None or not 0 < int(match[2]) <= last < 65536 or not 0 < int(match[4]) < 65536:
        raise Unfit(
            f"{show(value)} publishes no port", 'write "host:container", such as "8080:80" or "127.0.0.1:53:53/udp"'
        )
    return str(value)


def parse_port(text: str) -> tuple[str, int, str]:
    """(address, host port, protocol) of a port that was read, the first of a range; address "" for all addresses."""
    match = PORT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no published port")
    address = (match[1] or "").strip("[]")
    return ("" if address in ("0.0.0.0", "::") else address), int(match[2]), match[5] or "tcp"


def read_user(value: Any) -> str:
    """A user inside the container, with or without group."""
    text = spell(value)
    if not isinstance(text, str) or not USER.fullmatch(text):
        raise Unfit(f"{show(value)} is no user", 'write "uid:gid", such as "1000:1000"')
    return text


def read_image(value: Any) -> str:
    """The name of an image."""
    text = read_text(value, "the name of an image")
    last = text.split("@")[0].rsplit("/", 1)[-1].split(":")[0]
    if not last:
        raise Unfit(f'the image "{text}" has no name', "write registry/name:tag")
    if not IMAGE.fullmatch(text):
        raise Unfit(f"{show(text)} is no image", "write registry/name:tag, without spaces and quotes")
    return text


def read_digest(value: Any) -> str:
    """The digest of an image."""
    if not isinstance(value, str) or not DIGEST.fullmatch(value):
        raise Unfit(f"{show(value)} is no digest", "write sha256: and 64 hexadecimal digits")
    return value


def read_url(value: Any) -> str:
    """Where a root file system is fetched from."""
    if not isinstance(value, str) or not URL.fullmatch(value):
        raise Unfit("it " + URL_ADVICE[0], URL_ADVICE[1])
    return value


def read_variable(value: Any) -> str:
    """The value of an environment variable, which is one line of text."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Unfit(f"{show(value)} is no text", 'quote it: "true", "no" and "" are texts')
    if "\n" in str(value) or "\0" in str(value):
        raise Unfit("it has more than one line", "an environment file holds one line for each variable; encode it")
    return str(value)


def read_variables(value: Any) -> dict[str, Any]:
    """Environment variables by name; templates and vault values untouched."""
    if not isinstance(value, dict):
        raise Unfit("it is no mapping", "write NAME: value")
    result: dict[str, Any] = {}
    findings: list[tuple[str, str, str]] = []
    for name, item in value.items():
        if not isinstance(name, str) or not VARIABLE.fullmatch(name):
            # TOKEN=word, as other programs take it: only the name is repeated.
            findings.append(
                (
                    f".{str(name).partition('=')[0]}",
                    "it is no name of a variable",
                    "write NAME: value; a name has no blanks or =",
                )
            )
            continue
        try:
            result[name] = item if is_deferred(item) else read_variable(item)
        except Unfit as error:
            findings += [(f".{name}{sub}", what, way_out) for sub, what, way_out in error.findings]
    if findings:
        raise Unfit(findings=tuple(findings))
    return result


def read_command(value: Any) -> list[Any]:
    """The words of a command from a list or from one line in shell quoting."""
    if isinstance(value, str):
        try:
            return shlex.split(value)
        except ValueError as error:
            raise Unfit(
                f"{show(value)} cannot be split into words ({error})", "close the quotes or write a list"
            ) from error
    return list(list_of(read_variable)(value))


def read_span(value: Any) -> str:
    """A time span that systemd reads too."""
    text = spell(value)
    if not isinstance(text, str) or not parse_span(text):
        raise Unfit(f"{show(value)} is no time", "write a whole number with s, m, h or d, such as 90s, 15m or 1h 30min")
    return text


def read_capability(value: Any) -> str:
    """A Linux capability without its prefix."""
    text = read_text(value, "a capability").upper()
    text = text[4:] if text.startswith("CAP_") else text
    if not CAPABILITY.fullmatch(text):
        raise Unfit(f"{show(value)} is no capability", "write a name of capabilities(7), such as NET_BIND_SERVICE")
    return text


def read_tmpfs(value: Any) -> str:
    """A directory of the container that lives in memory, options behind a colon."""
    path, colon, options = read_text(value, "a path").partition(":")
    for option in options.split(",") if colon else []:
        read_word(option)
    return read_path(path) + colon + options
