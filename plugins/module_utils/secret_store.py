# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of container units on a host: what is there, told by fingerprints, and how one comes and goes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import STATE, call, tell
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX, parse_entries
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import (
    DIRECTORY,
    KEY,
    MODE,
    Secret,
    find_unit,
    fingerprint,
)

APP_LABEL = "io.holdfast.app"
FINGERPRINT_LABEL = "io.holdfast.fingerprint"
# System.write makes a file whole beside the one that it replaces; a killed run leaves that.
_UNFINISHED = ".holdfast-"


def read_key(system: System) -> str:
    """The key of the fingerprints, "" on a host that has none yet."""
    return (system.read(KEY) or "").strip()


def read(system: System) -> dict[str, str]:
    """Every place of ours that holds a secret, finished or not, with the fingerprint of what is there.

    Podman is asked only where there is a key, without which it has none of ours.
    """
    key = read_key(system)
    found = {**_read_files(system, key), **({KEY: ""} if key else {})}
    # With a dot in the name it is an answer.
    leftovers = [name for name in system.listdir(STATE) if name.startswith(_UNFINISHED) and "." not in name[1:]]
    found.update({f"{STATE}/{name}": "" for name in leftovers})
    return {**found, **(_read_podman(system) if key else {})}


def _read_files(system: System, key: str) -> dict[str, str]:
    found = {}
    for unit in system.listdir(DIRECTORY):
        names = system.listdir(f"{DIRECTORY}/{unit}")
        found.update({} if names else {f"{DIRECTORY}/{unit}": ""})
        for place in (f"{DIRECTORY}/{unit}/{name}" for name in names):
            state, value = system.stat(place), system.read(place)
            if state is not None and value is not None:
                found[place] = fingerprint(key, place, state.owner, state.mode, value)
    return found


def _read_podman(system: System) -> dict[str, str]:
    if not system.has("podman"):
        return {}
    names = [
        name for name in _ask(system, ["ls", "--format", "{{.Name}}"]).split() if name.startswith(CONTAINER_PREFIX)
    ]
    records = json.loads(_ask(system, ["inspect", *names])) if names else []
    labels = {str(record["Spec"]["Name"]): record["Spec"].get("Labels") or {} for record in records}
    return {name: said.get(FINGERPRINT_LABEL, "") for name, said in labels.items() if APP_LABEL in said}


def _ask(system: System, words: list[str], text: str = "") -> str:
    command = ["secret", *words]
    done = tell(system, command, text) if text else call(system, "podman", command)
    if done.rc != 0:
        raise HostError(f"podman secret {words[0]} failed ({done.rc}): {done.err.strip()}")
    return done.out


def find_names(system: System, unit: str, text: str) -> list[str]:
    """The names of the secrets of a unit, from its Quadlet file's ``text`` and from its files; never a value."""
    # Secret=holdfast-web.orders-password,type=mount,...
    places = [value.partition(",")[0] for value in parse_entries(text).get("Secret", [])]
    files = [name for name in system.listdir(f"{DIRECTORY}/{unit}") if not name.startswith(_UNFINISHED)]
    return sorted([*(place.rpartition(".")[2] for place in places), *files])


def keep(system: System, place: str, secret: Secret, owner: int) -> None:
    """Put a secret where its unit takes it from; what is there is replaced whole."""
    if not place.startswith("/"):
        _keep_in_podman(system, place, secret, owner)
        return
    directory = f"{DIRECTORY}/{find_unit(place)}"
    for path in (DIRECTORY, directory):
        if system.stat(path) is None:
            system.make_directory(path, 0o700)
            if system.has("restorecon"):
                system.check(["restorecon", "-F", path])  # -F: without it the level stays
    system.write(place, secret.value, MODE)
    system.set_owner(place, owner, 0)


def _keep_in_podman(system: System, place: str, secret: Secret, owner: int) -> None:
    key = read_key(system) or _make_key(system)
    labels = {APP_LABEL: find_unit(place), FINGERPRINT_LABEL: fingerprint(key, place, owner, MODE, secret.value)}
    flags = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    _ask(system, ["create", "--replace", *flags, place], secret.value)


def _make_key(system: System) -> str:
    key = os.urandom(32).hex()
    system.write(KEY, f"{key}\n", 0o600)
    return key


def forget(system: System, places: Iterable[str]) -> None:
    """Take secrets away; one that is gone already is fine."""
    for place in places:
        if not place.startswith("/"):
            _forget_in_podman(system, place)
            continue
        state = system.stat(place)
        if state is not None and state.kind == "directory":
            system.remove_directory(place)
            continue
        system.remove(place)
        directory = os.path.dirname(place)
        if directory.startswith(f"{DIRECTORY}/") and not system.listdir(directory):
            system.remove_directory(directory)
    if not system.listdir(DIRECTORY):
        system.remove_directory(DIRECTORY)


def _forget_in_podman(system: System, place: str) -> None:
    done = call(system, "podman", ["secret", "rm", place])
    if done.rc != 0 and "no such secret" not in done.err.lower():
        raise HostError(f"podman cannot remove its secret {place}: {done.err.strip()}")
