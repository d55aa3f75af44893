# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands against a host that pulls its plan from a git repository. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

SAFE = re.compile(r"[\w@:/.+~=,-]+")
NAME = re.compile(r"\w[\w.-]*")
SSH = re.compile(r"ssh://\S+|[\w.-]+@[\w.-]+:(?!//)\S+")
SOURCES = ("auto", "packages", "venv")


def is_ssh(repository: str) -> bool:
    """Whether git reaches it over ssh: ``ssh://git@host/path`` or ``git@host:path``."""
    return bool(SSH.fullmatch(repository))


def find_problems(wish: Mapping[str, Any]) -> list[str]:
    """What is wrong with the variables of the role, given without their prefix; each with its name and the way out."""
    return [f"pull_{problem}" for find in (_judge_repository, _judge_access, _judge_plan) for problem in find(wish)]


def _judge_repository(wish: Mapping[str, Any]) -> Iterator[str]:
    repository = wish["repository"]
    known = is_ssh(repository) or re.match(r"https://[^/]|file:///|/", repository)
    if not repository:
        yield "repository: is empty; give it the git repository that holds the inventory with the catalogue"
    elif re.match(r"https?://[^/]*@|[\w+]+://[^/]*:[^/]*@", repository):
        yield (
            "repository: holds a user or password, which every process list would show; leave it out there and give "
            "pull_credentials instead"
        )
    elif not known:
        yield (
            f"repository: {repository} is not reached safely, and what is in it runs as root; use ssh://, "
            "USER@HOST:PATH, https://, file:/// or an absolute path"
        )
    elif not SAFE.fullmatch(repository):
        yield f"repository: {repository} holds characters other than letters, digits and @ : / . + ~ = , - _"
    if not re.fullmatch(r"\w[\w./@+-]*", wish["version"]):
        yield f"version: {wish['version']!r} is no name of a branch, a tag or a commit"


def _judge_access(wish: Mapping[str, Any]) -> Iterator[str]:
    ssh = is_ssh(wish["repository"])
    if ssh and "PRIVATE KEY-----" not in wish["deploy_key"]:
        yield "deploy_key: a repository over ssh needs a private key that may read it, without a passphrase"
    if ssh and not wish["known_hosts"].strip():
        yield "known_hosts: a repository over ssh needs its server's public keys, as `ssh-keyscan HOST` prints them"
    if wish["deploy_key"] and not ssh:
        yield "deploy_key: is for a repository over ssh; leave it out"
    if wish["credentials"] and not re.fullmatch(r"https://[^\s/@]+@[^\s@]+", wish["credentials"].strip()):
        yield "credentials: is one line, https://USER:PASSWORD@HOST"
    if wish["credentials"] and not wish["repository"].startswith("https://"):
        yield "credentials: is for a repository over https; leave it out"


def _judge_plan(wish: Mapping[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(wish["name"]):
        yield f"name: {wish['name']!r} is no name of one host; give the name that the host has in the inventory"
    if not wish["inventory"]:
        yield "inventory: is empty; name the inventory in the repository, such as inventory"
    for path in wish["inventory"]:
        if not SAFE.fullmatch(path) or path.startswith(("/", "-")) or ".." in path.split("/"):
            yield f"inventory: {path!r} is no path in the repository; give one relative to its top, without .."
    for unit in wish["on_failure"]:
        if not re.fullmatch(r"[\w:.\\@%-]+\.\w+", unit):
            yield f"on_failure: {unit!r} is no name of a systemd unit, such as tell-me@%n.service"
