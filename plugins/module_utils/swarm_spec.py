# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service in the words of the Engine API, and whether the swarm has it so. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Service/operation/ServiceCreate
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import parse_memory, parse_published
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import Bind
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import LABEL, render_docker_options
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import APP_LABEL, LABELS, Service
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import MODE

SECOND = 10**9
# Less than the minute after which a swarm starts a container though the one before has not ended.
GRACE = 30
MONITOR = 5
_PINNED = "node.id=="

Spec = dict[str, Any]
Chosen = Mapping[tuple[str, str], str]


def render(service: Service, secrets: Chosen, node: str = "") -> Spec:
    """The definition of a service; ``node`` is the one that a single writer is kept to, ``secrets`` their names."""
    unit = service.unit
    labels = {APP_LABEL: service.app}
    container = {
        "Image": unit.image,
        "Args": list(unit.command),
        "Env": [f"{key}={value}" for key, value in unit.environment],
        "User": unit.user,
        "Labels": labels,
        "ReadOnly": unit.read_only,
        "CapabilityDrop": ["ALL"],
        "CapabilityAdd": list(unit.capabilities),
        # No word of stacks and commands says the level; the API does.
        "Privileges": {"NoNewPrivileges": True, "SELinuxContext": {"Level": unit.level}},
        # A core file has the data of the app's memory, and would lie where nobody guards it.
        "Ulimits": [{"Name": "core", "Hard": 0, "Soft": 0}],
        "Mounts": [*map(_render_mount, unit.mounts), *map(_render_memory, unit.tmpfs)],
        "Secrets": _render_secrets(service, secrets),
        "Healthcheck": _render_health(service),
        "StopGracePeriod": GRACE * SECOND,
    }
    turn = {
        "Parallelism": service.parallel,
        "Order": service.order.replace("_", "-"),
        "Monitor": MONITOR * SECOND,
    }
    return {
        "Name": service.name,
        "Labels": labels,
        "TaskTemplate": {
            "ContainerSpec": container,
            "RestartPolicy": {"Condition": "any", "Delay": 2 * SECOND},
            "Placement": {"Constraints": render_constraints(service, node)},
            # Bounded, unlike the default json-file.
            "LogDriver": {"Name": "local"},
        },
        "Mode": {"Replicated": {"Replicas": service.replicas}},
        "UpdateConfig": {**turn, "FailureAction": service.on_failure},
        "RollbackConfig": {**turn, "FailureAction": "pause"},
        "EndpointSpec": {"Ports": [_render_port(port) for port in unit.ports]},
    }


def render_constraints(service: Service, node: str) -> list[str]:
    """Where it may run: on the hosts of the app that have its volumes mounted, a single writer on one of them."""
    gates = [bind.gate for bind in service.unit.mounts if bind.volume is None and bind.gate.source]
    # /srv/holdfast/site
    names = sorted({gate.path.rstrip("/").rpartition("/")[2] for gate in gates})
    labels = [f"{LABELS['app']}.{service.app}", *(f"{LABELS['volume']}.{name}" for name in names)]
    pinned = [f"{_PINNED}{node}"] if node else []
    return [*(f"node.labels.{label}==true" for label in labels), *pinned]


def find_pinned(spec: Mapping[str, Any]) -> str:
    """The node that a definition keeps its containers to, "" where it says none."""
    constraints = (spec["TaskTemplate"].get("Placement") or {}).get("Constraints") or ()
    pinned = [one[len(_PINNED) :] for one in constraints if one.startswith(_PINNED)]
    return pinned[0] if pinned else ""


def _render_mount(bind: Bind) -> Spec:
    common = {"Target": bind.target, "ReadOnly": bind.read_only}
    if bind.volume is None:
        # What is mounted on the host later is seen in the container, too.
        return {"Type": "bind", "Source": bind.source, **common, "BindOptions": {"Propagation": "rslave"}}
    driver = {"Name": "local", "Options": render_docker_options(bind.volume)}
    options = {"NoCopy": True, "Labels": {LABEL: bind.volume.volume}, "DriverConfig": driver}
    return {"Type": "volume", "Source": bind.volume.name, **common, "VolumeOptions": options}


def _render_memory(text: str) -> Spec:
    memory = parse_memory(text)
    return {
        "Type": "tmpfs",
        "Target": memory.path,
        "TmpfsOptions": {"SizeBytes": memory.size or 0, "Mode": 0o1777 if memory.mode is None else memory.mode},
    }


def _render_port(text: str) -> Spec:
    port = parse_published(text)
    return {
        "Protocol": port.protocol,
        "TargetPort": port.container,
        "PublishedPort": port.published,
        "PublishMode": "host",
    }


def _render_secrets(service: Service, chosen: Chosen) -> list[Spec]:
    user, dummy, group = service.unit.user.partition(":")
    owner = {"UID": user or "0", "GID": group or user or "0", "Mode": MODE}
    return [
        {"SecretName": chosen[service.app, secret.name], "File": {"Name": secret.name, **owner}}
        for secret in service.unit.secrets
    ]


def _render_health(service: Service) -> Spec:
    health = service.unit.health
    if health is None:
        return {"Test": []}
    return {
        "Test": ["CMD", *health.command],
        "Interval": health.interval * SECOND,
        "Timeout": health.timeout * SECOND,
        "StartPeriod": health.start_period * SECOND,
        "Retries": 3,
    }


def is_same(found: Any, wanted: Any) -> bool:
    """Whether what the API tells has all that is wanted; what it adds by itself is its own, and nothing is as none."""
    if isinstance(wanted, Mapping):
        known = found if isinstance(found, Mapping) else {}
        return all(is_same(known.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        items = found or []
        return len(items) == len(wanted) and all(map(is_same, items, wanted))
    return bool((found or None) == (wanted or None))


def find_replicas(spec: Mapping[str, Any]) -> int:
    return int(((spec.get("Mode") or {}).get("Replicated") or {}).get("Replicas") or 0)


def scale(spec: Mapping[str, Any], replicas: int) -> Spec:
    """The same definition with another number of containers."""
    return {**spec, "Mode": {"Replicated": {"Replicas": replicas}}}


def resolve(spec: Spec, identities: Mapping[str, str]) -> Spec:
    """The definition with the identities of its secrets, {name: identity}."""
    template = spec["TaskTemplate"]
    container = template["ContainerSpec"]
    secrets = [{**one, "SecretID": identities[one["SecretName"]]} for one in container.get("Secrets") or ()]
    return {**spec, "TaskTemplate": {**template, "ContainerSpec": {**container, "Secrets": secrets}}}


def describe(spec: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    """A definition for diffs: what the collection says of it, and of variables only how they are called."""
    if spec is None:
        return {}
    template = spec["TaskTemplate"]
    container = template["ContainerSpec"]
    shown = {key: container[key] for key in _SHOWN if container.get(key)}
    names = [word.partition("=")[0] for word in container.get("Env") or ()]
    secrets = [one["SecretName"] for one in container.get("Secrets") or ()]
    return {
        **shown,
        **({"Env": names} if names else {}),
        **({"Secrets": secrets} if secrets else {}),
        "Constraints": list((template.get("Placement") or {}).get("Constraints") or ()),
        "Replicas": find_replicas(spec),
        **{key: spec[key] for key in ("UpdateConfig", "EndpointSpec") if spec.get(key)},
    }


_SHOWN = (
    "Image",
    "Args",
    "User",
    "ReadOnly",
    "CapabilityDrop",
    "CapabilityAdd",
    "Privileges",
    "Mounts",
    "Healthcheck",
    "StopGracePeriod",
)
