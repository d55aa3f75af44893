# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what was set up on a host without the collection: mounts, exports, engines, Quadlets, Compose files.

Nothing is changed, nothing that sleeps is woken, and no value of an environment leaves the host: names alone do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    adopt_compose,
    adopt_docker,
    adopt_fstab,
    adopt_quadlet,
    mount_probe,
    mount_units,
    mountinfo,
    quadlet,
    unit_files,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Box, Share, render
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import PARENT
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_state import DATA
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_tunnel import FSTYPE
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import call
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import FSTYPES
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import MARKER, ExportsError, parse
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, ProbeTimeout, System

try:
    import yaml
except ImportError:
    HAS_YAML = False
else:
    HAS_YAML = True

EXPORTS = "/etc/exports"
DAEMON = "/run/docker.pid"
# What engines mount is told by themselves.
ENGINES = (f"{DATA}/", "/var/lib/containers/")
ARGUMENTS: dict[str, Any] = {
    "compose_files": {"type": "list", "elements": "path", "default": []},
    "paths": {"type": "list", "elements": "path", "default": []},
    "commands": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 10},
}


class Unread(list[dict[str, str]]):
    """What could not be read, {about, text}."""

    def note(self, about: str, text: str) -> None:
        """Note one thing."""
        self.append({"about": about, "text": text})


def read(system: System, params: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a catalogue for this host could be made of, as JSON has it."""
    unread = Unread()
    live = [mount for mount in mountinfo.parse(system.read("/proc/self/mountinfo") or "") if _is_share(mount)]
    shares = list(_read_shares(system, live))
    exports = list(_read_exports(system, unread))
    records, volumes, boxes = _read_docker(system, params["commands"], unread)
    found = {**dict.fromkeys(params["compose_files"]), **adopt_docker.find_compose(records)}
    services, declared = _read_compose(system, found, params, unread)
    quadlets, made = _read_quadlets(system, params, unread)
    known = {share.name for share in volumes}
    volumes += [share for share in declared if share.name not in known]
    boxes += [*services, *quadlets]
    paths = {mount.path for mount in live} | {one["path"] for one in exports} | set(params["paths"])
    paths |= {bind.path for box in boxes for bind in box.binds if bind.path}
    return {
        **_read_names(system),
        "shares": [render(share) for share in shares],
        "exports": exports,
        "volumes": [render(share) for share in (*volumes, *made)],
        "boxes": [render(box) for box in boxes],
        "directories": _ask_owners(system, sorted(paths), params["timeout"]),
        "unread": list(unread),
    }


def _is_share(mount: mountinfo.Mount) -> bool:
    return mount.fstype in FSTYPES and not mount.path.startswith(f"{PARENT}/")


def _read_names(system: System) -> dict[str, list[str]]:
    name = (system.read("/etc/hostname") or "").strip()
    words = ["ip", "-json", "address", "show", "scope", "global"]
    out = system.run(words).out if system.has(words[0]) else ""
    links = json.loads(out) if out.lstrip().startswith("[") else []
    addresses = [str(one["local"]) for link in links for one in link.get("addr_info", ()) if "local" in one]
    return {"names": [name] if name else [], "addresses": addresses}


def _read_shares(system: System, live: Iterable[mountinfo.Mount]) -> Iterator[Share]:
    """What fstab and mount units of others mount, and what is mounted though nothing says so."""
    known = adopt_fstab.parse(system.read(adopt_fstab.PATH) or "")
    for name in system.listdir(mount_units.DIRECTORY):
        path = f"{mount_units.DIRECTORY}/{name}"
        text = system.read(path) if name.endswith(".mount") else None
        if text is not None and not unit_files.is_managed(text):
            unit = mount_units.parse(text) if "Where" in text else mount_units.MountUnit("", "", "", ())
            if unit.fstype in (*FSTYPES, FSTYPE):
                known.append(Share("unit", unit.where, unit.what, unit.fstype, unit.options, path))
    yield from known
    said = {share.name for share in known}
    for mount in live:
        if mount.path not in said and not mount.path.startswith(ENGINES):
            yield Share("hand", mount.path, mount.source, mount.fstype, tuple(dict.fromkeys(mount.options)))


def _read_exports(system: System, unread: Unread) -> Iterator[dict[str, Any]]:
    below = [f"{EXPORTS}.d/{name}" for name in system.listdir(f"{EXPORTS}.d") if name.endswith(".exports")]
    for path in (EXPORTS, *below):
        text = system.read(path) or ""
        if text.startswith(MARKER):
            continue
        try:
            for one in parse(text):
                yield {"file": path, "path": one.path, "host": one.host, "options": list(one.options)}
        except ExportsError as error:
            unread.note(path, f"{error}; run exportfs -ra and look at what it says")


def _read_docker(system: System, commands: bool, unread: Unread) -> tuple[list[Any], list[Share], list[Box]]:
    # Its socket would start it.
    if not system.has("docker") or system.stat(DAEMON) is None:
        return [], [], []
    try:
        containers = _list_docker(system, ["container", "inspect"], ["ps", "--all", "--quiet", "--no-trunc"])
        volumes = _list_docker(system, ["volume", "inspect"], ["volume", "ls", "--quiet"])
        images = _inspect(system, ["image", "inspect"], sorted({str(one["Image"]) for one in containers}))
    except (HostError, ValueError) as error:
        unread.note("Docker", str(error))
        return [], [], []
    boxes = adopt_docker.parse_containers(containers, images, commands)
    return containers, adopt_docker.parse_volumes(volumes), boxes


def _list_docker(system: System, inspect: list[str], names: list[str]) -> list[Any]:
    done = call(system, "docker", names)
    if done.rc:
        raise HostError(f"docker {' '.join(names)} failed ({done.rc}): {done.err.strip()}")
    return _inspect(system, inspect, done.out.split())


def _inspect(system: System, words: list[str], names: list[str]) -> list[Any]:
    # What has gone meanwhile makes it end with 1; the others are printed all the same.
    return list(json.loads(call(system, "docker", [*words, *names]).out)) if names else []


def _read_compose(
    system: System, files: Mapping[str, Any], params: Mapping[str, Any], unread: Unread
) -> tuple[list[Box], list[Share]]:
    """The services that have no container, and the volumes that the files declare."""
    boxes: list[Box] = []
    shares: list[Share] = []
    for path, about in files.items():
        data = _load(system, path, params["timeout"], unread)
        running = (about or {}).get("services", [])
        for name in sorted(set(data.get("services") or {}) - set(running)):
            names = _read_environment(
                system, adopt_compose.find_environment_files(path, data["services"][name] or {}), params, unread
            )
            boxes.append(adopt_compose.parse_service(path, data, name, names, params["commands"]))
        shares += adopt_compose.find_volumes(path, data)
    return boxes, shares


def _load(system: System, path: str, timeout: float, unread: Unread) -> dict[str, Any]:
    if not HAS_YAML:
        advice = "install PyYAML there (python3-yaml), or services that have no container are not seen"
        unread.note(path, f"the host has nothing to read YAML with; {advice}")
        return {}
    try:
        data = yaml.safe_load(_read_text(system, path, timeout))
        if isinstance(data, dict):
            return data
        unread.note(path, "it is no Compose file")
    except (HostError, OSError) as error:
        unread.note(path, f"it cannot be read: {error}")
    except yaml.YAMLError as error:
        # What the parser repeats of the text may be a secret.
        mark = getattr(error, "problem_mark", None)
        unread.note(path, "it is no YAML" + (f", see line {mark.line + 1}" if mark else ""))
    return {}


def _read_text(system: System, path: str, timeout: float) -> str:
    return str(system.probe(_read_file, path, timeout=timeout))


def _read_file(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _read_environment(system: System, paths: Iterable[str], params: Mapping[str, Any], unread: Unread) -> list[str]:
    """The names in files of environments."""
    names: list[str] = []
    for path in paths:
        try:
            names += adopt_quadlet.parse_names(_read_text(system, path, params["timeout"]))
        except (HostError, OSError) as error:
            unread.note(path, f"names of its environment are not known: {error}")
    return names


def _read_quadlets(system: System, params: Mapping[str, Any], unread: Unread) -> tuple[list[Box], list[Share]]:
    boxes: list[Box] = []
    shares: list[Share] = []
    for name in system.listdir(quadlet.DIRECTORY):
        path = f"{quadlet.DIRECTORY}/{name}"
        text = system.read(path) if name.endswith(adopt_quadlet.SUFFIXES) else None
        if text is None or unit_files.is_managed(text):
            continue
        if name.endswith(".volume"):
            shares.append(adopt_quadlet.parse_volume(path, text))
            continue
        try:
            names = _read_environment(system, adopt_quadlet.find_environment_files(text), params, unread)
            boxes.append(adopt_quadlet.parse_container(path, text, names, params["commands"]))
        except ValueError:
            unread.note(path, "a value has an open quote")
    return boxes, shares


def _ask_owners(system: System, paths: list[str], timeout: float) -> dict[str, Any]:
    if not paths:
        return {}
    try:
        return dict(system.probe(mount_probe.ask_owners, paths, timeout, timeout=timeout + 10))
    except ProbeTimeout:
        return {path: {} for path in paths}
