# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a container unit is: the record behind every engine's files, and the rules that a wanted one obeys. Pure."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import (
    engine_volumes,
    health_checks,
    nspawn_rules,
    unit_secrets,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume
from ansible_collections.holdfast.volumes.plugins.module_utils.health_checks import Health
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX, parse_span
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import Secret

ENGINES = ("docker", "nspawn", "podman")
STARTS = ("boot", "on_demand")
RUN_TIME = "1h"


@dataclass(frozen=True)
class Gate:
    """What must be true of a volume before the app starts; no source = a directory of the host itself."""

    path: str
    source: str
    identity: str


@dataclass(frozen=True)
class Bind:
    """A host path inside the container, or a volume that the engine mounts itself and that has no path here."""

    source: str
    target: str
    read_only: bool
    gate: Gate
    volume: Optional[EngineVolume] = None


@dataclass(frozen=True)
class ContainerUnit:
    """One instance of an app on one host; ``image_directory``, ``image_url`` and ``image_digest`` are nspawn's.

    ``confined`` is whether the host has SELinux on. Units with one ``app`` are instances of it; "" stands alone.
    """

    name: str
    engine: str
    image: str
    image_archive: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    ports: tuple[str, ...]
    user: str
    read_only: bool
    tmpfs: tuple[str, ...]
    capabilities: tuple[str, ...]
    level: str
    start: str
    mounts: tuple[Bind, ...]
    image_directory: str = ""
    image_url: str = ""
    image_digest: str = ""
    confined: bool = False
    app: str = ""
    instance: int = 1
    health: Optional[Health] = None
    max_run_time: str = RUN_TIME
    secrets: tuple[Secret, ...] = ()

    @property
    def root(self) -> str:
        """The root file system that nspawn runs it on; another digest is another directory."""
        return self.image_directory or f"{nspawn_rules.IMAGES}/{self.image_digest.partition(':')[2]}"

    @property
    def container(self) -> str:
        """Its container's name, which the unit's name follows."""
        return CONTAINER_PREFIX + self.name

    @property
    def service(self) -> str:
        """The systemd service that runs it."""
        return f"{self.container}.service"

    @property
    def environment_path(self) -> str:
        """Where its environment is kept, readable by root alone."""
        return f"/etc/holdfast/env/{self.name}.env"

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of its mounts, each once."""
        return tuple(dict.fromkeys(bind.gate for bind in self.mounts if bind.volume is None))

    @property
    def volumes(self) -> tuple[EngineVolume, ...]:
        """The volumes that its engine mounts itself, each once."""
        return tuple(dict.fromkeys(bind.volume for bind in self.mounts if bind.volume is not None))

    @property
    def secret_places(self) -> dict[str, Secret]:
        """Its secrets by where the host keeps them."""
        return {unit_secrets.find_place(self.engine, self.name, secret.name): secret for secret in self.secrets}


def parse_units(items: list[dict[str, Any]]) -> list[ContainerUnit]:
    """The wanted units, sorted by name; raises HostError naming every problem of every item at once."""
    problems = find_problems(items)
    if problems:
        raise HostError(f"these container units cannot be made, nothing was changed: {'; '.join(problems)}")
    return sorted((_parse_unit(item) for item in items), key=lambda unit: unit.name)


def find_problems(items: list[dict[str, Any]]) -> list[str]:
    """What is wrong with wanted units, each sentence with the name of its item."""
    units = [_parse_unit(item) for item in items]
    names = [unit.name for unit in units]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    faults = [f"{unit.name or '(no name)'}: {fault}" for unit in units for fault in _faults(unit)]
    faults += [f"{_text(item.get('name')) or '(no name)'}: {fault}" for item in items for fault in _health_faults(item)]
    faults += [f"{name}: given {names.count(name)} times; keep one" for name in twice]
    return faults + _volume_clashes(units)


def _parse_unit(item: dict[str, Any]) -> ContainerUnit:
    secrets = tuple(_fill_secret(unit_secrets.parse_secret(secret), item) for secret in item.get("secrets") or ())
    environment = [(str(key), _fill(_text(value), item)) for key, value in (item.get("environment") or {}).items()]
    environment += [(name, secret.target) for secret in secrets for name in secret.variables]
    health = _fill_health(item)
    sources = tuple(f"image_{key}" for key in (*nspawn_rules.SOURCES, "digest"))
    texts = ("name", "app", "engine", "image", "user", "level", *sources)
    lists = ("command", "ports", "tmpfs", "capabilities")
    values: dict[str, Any] = {
        **{key: _text(item.get(key)) for key in texts},
        **{key: tuple(map(_text, item.get(key) or ())) for key in lists},
        "environment": tuple(sorted(environment)),
        "secrets": secrets,
        "mounts": tuple(_parse_bind(bind) for bind in item.get("mounts") or ()),
        "read_only": item.get("read_only") is not False,
        "start": item.get("start") or "boot",
        "max_run_time": _text(item.get("max_run_time")) or RUN_TIME,
    }
    values["command"] = tuple(_fill(word, item) for word in values["command"])
    return ContainerUnit(**values, instance=int(item.get("instance") or 1), health=health_checks.parse(health))


def _fill(text: str, item: dict[str, Any]) -> str:
    """What an instance calls itself, in a value that all instances of an app share."""
    return text.replace("{instance}", _text(item.get("name"))).replace("{number}", str(item.get("instance") or 1))


def _fill_secret(secret: Secret, item: dict[str, Any]) -> Secret:
    """A secret whose plain parts say what the environment says of them; what is confidential is never changed."""
    parts = [part if part.confidential else replace(part, text=_fill(part.text, item)) for part in secret.parts]
    return replace(secret, parts=tuple(parts))


def _fill_health(item: dict[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in (item.get("health") or {}).items() if value is not None}
    filled = {key: _fill(_text(given[key]), item) for key in ("http", "tcp") if given.get(key)}
    words = [_fill(_text(word), item) for word in given.get("command") or ()]
    return {**given, **filled, "command": words} if given else {}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse_bind(item: dict[str, Any]) -> Bind:
    gate = item.get("gate") or {}
    source = item.get("source") or ""
    volume = item.get("engine_volume")
    return Bind(
        volume=engine_volumes.parse_volume(volume) if volume else None,
        source=source,
        target=item.get("target") or "",
        read_only=bool(item.get("read_only")),
        gate=Gate(gate.get("path") or source, gate.get("source") or "", gate.get("identity") or ""),
    )


def _pattern(text: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(text, value) is not None


_PATH_CHARACTERS = _pattern(r"/[\w/.@+=~%-]*")


def is_path(value: str) -> bool:
    """Absolute, normal, and free of what any engine's mount syntax takes for its own."""
    return _PATH_CHARACTERS(value) and posixpath.normpath(value) == value


def _is_port(value: str) -> bool:
    # 8080:80, 127.0.0.1:53:53/udp, [::1]:8080:80
    found = re.fullmatch(r"(?:(?:[0-9.]+|\[[0-9A-Fa-f:.]+\]):)?(\d{1,5}):(\d{1,5})(?:/(?:tcp|udp))?", value)
    return found is not None and all(0 < int(port) < 65536 for port in found.groups())


def _is_tmpfs(value: str) -> bool:
    path, dummy_colon, options = value.partition(":")
    return is_path(path) and re.fullmatch(r"[\w,=%]*", options) is not None


def _is_printable(value: str) -> bool:
    return not re.search(r"[\x00-\x1f\x7f]", value)


# option, what a value of it must satisfy, what to write instead
_TEXT_RULES: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("name", _pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}"), "use letters, digits, '_', '.' and '-'"),
    ("engine", ENGINES.__contains__, f"use one of {', '.join(ENGINES)}"),
    ("image", _pattern(r"[A-Za-z0-9][\w.:/@-]*"), "give a name such as registry.example.com/nginx:1"),
    ("image_archive", lambda value: not value or is_path(value), "give the absolute path of a tar on the host"),
    ("image_directory", lambda value: not value or is_path(value), "give the absolute path of a root directory"),
    ("image_digest", _pattern(r"(sha256:[0-9a-f]{64})?"), "write sha256: and 64 hexadecimal digits"),
    ("user", _pattern(r"([A-Za-z0-9_][\w.-]*(:[A-Za-z0-9_][\w.-]*)?)?"), "use uid, uid:gid or the image's names"),
    ("level", _pattern(r"(s\d+(-s\d+)?(:c\d+([.,]c\d+)*)?)?"), "use a level such as s0:c12,c500"),
    ("start", STARTS.__contains__, "use boot or on_demand"),
    ("max_run_time", lambda value: parse_span(value) > 0, "write a time such as 90s, 15m, 1h 30min or 2d"),
)
_LIST_RULES: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("ports", _is_port, "use [address:]host:container[/tcp|udp]"),
    ("tmpfs", _is_tmpfs, "use an absolute path, options after ':'"),
    ("capabilities", _pattern(r"[A-Z][A-Z_]+"), "use a name such as NET_BIND_SERVICE"),
    ("command", _is_printable, "a word may hold no newline or control character"),
)


def _faults(unit: ContainerUnit) -> list[str]:
    text = [(key, getattr(unit, key), rule, advice) for key, rule, advice in _TEXT_RULES]
    listed = [(key, value, rule, advice) for key, rule, advice in _LIST_RULES for value in getattr(unit, key)]
    faults = [f"{key} {value!r}: {advice}" for key, value, rule, advice in text + listed if not rule(value)]
    faults += _environment_faults(unit) + _mount_faults(unit) + _engine_volume_faults(unit)
    return faults + _secret_faults(unit) + _quadlet_faults(unit) + _nspawn_faults(unit)


def _environment_faults(unit: ContainerUnit) -> list[str]:
    # The value is never repeated here: it may be a secret.
    faults = [
        f"environment key {key.partition('=')[0]!r}: use letters, digits and '_', and no '='"
        for key, dummy in unit.environment
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", key)
    ]
    return faults + [
        f"environment {key}: the value has a newline or NUL, which an environment file cannot carry"
        for key, value in unit.environment
        if re.search(r"[\n\r\0]", value)
    ]


def _mount_faults(unit: ContainerUnit) -> list[str]:
    advice = "use an absolute path without '..', blanks, ':', ',' or quotes"
    paths = [
        (where, path)
        for bind in unit.mounts
        for where, path in (("source", bind.source), ("target", bind.target), ("gate path", bind.gate.path))
        if where == "target" or bind.volume is None
    ]
    faults = [
        f"mount target {bind.target}: it has a source and an engine_volume; give one of them"
        for bind in unit.mounts
        if bind.volume is not None and bind.source
    ]
    faults += [f"mount {where} {path!r}: {advice}" for where, path in paths if not is_path(path)]
    faults += [
        f"gate {bind.gate.path}: source and identity may hold no blank or control character"
        for bind in unit.mounts
        if re.search(r"[\s\x00-\x1f\x7f]", bind.gate.source + bind.gate.identity)
    ]
    targets = [bind.target for bind in unit.mounts]
    return faults + [
        f"mount target {path}: used {targets.count(path)} times; keep one"
        for path in dict.fromkeys(targets)
        if targets.count(path) > 1
    ]


def _engine_volume_faults(unit: ContainerUnit) -> list[str]:
    if unit.engine not in engine_volumes.MOUNTING_ENGINES:
        what = f"the engine {unit.engine} mounts no volumes itself; give the mount a source, a path of the host"
        return [f"engine_volume {volume.name}: {what}" for volume in unit.volumes]
    return [
        f"engine_volume {volume.name}: {fault}"
        for volume in unit.volumes
        for fault in engine_volumes.find_faults(volume)
    ]


def _secret_faults(unit: ContainerUnit) -> list[str]:
    targets = [bind.target for bind in unit.mounts] + [path.partition(":")[0] for path in unit.tmpfs]
    variables = [key for key, dummy in unit.environment]
    return unit_secrets.find_faults(unit.secrets, unit.user, variables, targets)


def _quadlet_faults(unit: ContainerUnit) -> list[str]:
    # Quadlet (seen in 5.4) ends the command at an empty word, and leaves a lone ";" for systemd to split at.
    if unit.engine != "podman":
        return []
    return [
        f"command word {word!r}: Quadlet cannot pass it on; wrap the command in sh -c"
        for word in unit.command
        if word in ("", ";")
    ]


def _nspawn_faults(unit: ContainerUnit) -> list[str]:
    about = {
        **vars(unit),
        "targets": [bind.target for bind in unit.mounts],
        "environment": [key for key, dummy in unit.environment],
    }
    if unit.engine == "nspawn":
        findings = nspawn_rules.find_faults(unit.name, about)
    else:
        findings = nspawn_rules.find_misplaced(unit.engine, about)
    return [f"{key or 'name'}: {what}; {way_out}" for key, what, way_out in findings]


def _health_faults(item: dict[str, Any]) -> list[str]:
    findings = health_checks.find_faults(_text(item.get("engine")), _fill_health(item))
    return [f"health{'.' if key else ''}{key}: {what}; {way_out}" for key, what, way_out in findings]


def _volume_clashes(units: list[ContainerUnit]) -> list[str]:
    """What units and Podman's volumes would do to each other: systemd knows both by name alone."""
    known: dict[str, EngineVolume] = {}
    services = {unit.service: unit.name for unit in units}
    faults = []
    for unit in (unit for unit in units if unit.engine == "podman"):
        for volume in unit.volumes:
            if known.setdefault(volume.name, volume) != volume:
                faults.append(f"{unit.name}: engine_volume {volume.name}: another unit has other values; give the same")
            clash = services.get(engine_volumes.podman_service(volume.name))
            if clash:
                faults.append(f"{clash}: its service is that of the engine_volume {volume.name}; rename one of them")
    return list(dict.fromkeys(faults))
