# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apps as a stack of Docker Swarm, and as the commands that make the same services. Pure.

https://docs.docker.com/reference/compose-file/deploy/ and https://docs.docker.com/reference/cli/docker/service/create/
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_limits
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_orchestrators import read_update
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_compose import (
    APP,
    Service,
    list_secrets,
    name_secret,
    render_file,
    render_port,
    render_service,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import (
    Output,
    environment_path,
    prune,
    render_confidential,
    secret_path,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    BindingRecord,
    MemoryRecord,
    Plan,
    PortRecord,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import render_name


def compile_swarm(plan: Plan) -> Output:
    """One stack for a swarm of all hosts, and its services as commands."""
    apps, notes = compile_limits.choose_apps(plan), tuple(compile_limits.find_notes("swarm", plan))
    if not apps:
        return Output({}, notes=notes)
    services = {app.name: _render_swarm_service(app) for app in apps}
    secrets = {name_secret(app, name): {"external": True} for app, name in list_secrets(apps)}
    return Output(
        files={
            "stack.yaml": [render_file(services, apps, secrets)],
            "commands.txt": "\n".join(_render_commands(apps)) + "\n",
        },
        confidential=render_confidential(apps),
        notes=notes,
    )


def _render_swarm_service(app: AppRecord) -> Service:
    common = render_service(app)
    return prune(
        {
            **common,
            "env_file": [environment_path(app.name)] if app.variables else [],
            "secrets": [{**one, **_render_owner(app)} for one in common["secrets"]],
            # A stack takes directories in memory as mounts only.
            "volumes": [*common["volumes"], *map(_render_memory, app.memory)],
            "ports": [{**render_port(replace(port, address="")), "mode": _find_mode(app)} for port in app.ports],
            "deploy": _render_deploy(app),
        }
    )


def _find_mode(app: AppRecord) -> str:
    """How ports are published: on the node of each task, as the catalogue means it, or once for all of the swarm."""
    return "ingress" if app.instances > 1 else "host"


def _render_memory(memory: MemoryRecord) -> Service:
    limits = {key: value for key, value in (("size", memory.size), ("mode", memory.mode)) if value is not None}
    return {"type": "tmpfs", "target": memory.path, **({"tmpfs": limits} if limits else {})}


def _render_deploy(app: AppRecord) -> Service:
    # The old task is gone before the new one starts: the order by which a volume never has a second writer.
    update = _find_update(app)
    order = {"order": update["order"], "parallelism": update["parallel"]}
    return {
        "mode": "replicated",
        "replicas": 0 if app.on_demand else app.replicas,
        "placement": {"constraints": _find_constraints(app)},
        "restart_policy": {"condition": "none" if app.on_demand else "any"},
        "update_config": {**order, "failure_action": update["on_failure"]},
        "rollback_config": order,
    }


def _find_update(app: AppRecord) -> Service:
    update = {**read_update({}), **app.update}
    return {**update, "order": update["order"].replace("_", "-")}


def _find_constraints(app: AppRecord) -> list[str]:
    """Its hosts: exports name no other client. Constraints are all to be met, so several hosts share a label."""
    if len(app.hosts) == 1:
        return [f"node.hostname=={app.hosts[0]}"]
    return [f"node.labels.{APP}.{app.name}==true"]


def _render_owner(app: AppRecord) -> Service:
    if app.ids is None:
        return {"mode": 0o400}
    return {"uid": str(app.ids[0]), "gid": str(app.ids[1]), "mode": 0o400}


def _render_commands(apps: Sequence[AppRecord]) -> Iterator[str]:
    """What makes the same by hand: labels of nodes and secrets first, then the services."""
    for app in apps:
        for host in app.hosts if len(app.hosts) > 1 else ():
            yield shlex.join(["docker", "node", "update", "--label-add", f"{APP}.{app.name}=true", host])
    for app, name in list_secrets(apps):
        yield shlex.join(["docker", "secret", "create", name_secret(app, name), secret_path(app.name, name)])
    for app in apps:
        yield shlex.join(["docker", "service", "create", *_render_words(app)])


def _render_words(app: AppRecord) -> list[str]:
    update = _find_update(app)
    options: tuple[tuple[str, Iterable[str]], ...] = (
        ("--name", [app.name]),
        ("--label", [f"{APP}={app.name}"]),
        ("--replicas", [str(0 if app.on_demand else app.replicas)]),
        ("--constraint", _find_constraints(app)),
        ("--restart-condition", ["none" if app.on_demand else "any"]),
        ("--update-order", [update["order"]]),
        ("--update-parallelism", [str(update["parallel"])]),
        ("--update-failure-action", [update["on_failure"]]),
        ("--rollback-order", ["stop-first"]),
        ("--user", [app.unit.user] if app.unit.user else []),
        ("--cap-drop", ["ALL"]),
        ("--cap-add", app.unit.capabilities),
        ("--env", [f"{name}=/run/secrets/{secret}" for name, secret in app.file_variables.items()]),
        ("--env-file", [environment_path(app.name)] if app.variables else []),
        ("--secret", [_render_secret(app, one.name) for one in app.unit.secrets]),
        ("--publish", [_render_publish(port, _find_mode(app)) for port in app.ports]),
        ("--mount", [*map(_render_mount_words, app.bindings), *map(_render_memory_words, app.memory)]),
        *_render_health_words(app),
    )
    flags = ["--read-only"] if app.unit.read_only else []
    words = [word for key, values in options for value in values for word in (key, value)]
    return [*flags, *words, app.unit.image, *app.unit.command]


def _render_secret(app: AppRecord, name: str) -> str:
    owner = {key: f"{value:04o}" if key == "mode" else value for key, value in _render_owner(app).items()}
    words = {"source": name_secret(app, name), "target": name, **owner}
    return ",".join(f"{key}={value}" for key, value in words.items())


def _render_publish(port: PortRecord, mode: str) -> str:
    return f"published={port.published},target={port.container},protocol={port.protocol},mode={mode}"


def _render_mount_words(binding: BindingRecord) -> str:
    """The value of --mount, a line of CSV: what has commas of its own is quoted."""
    words = [f"target={binding.target}", *(["readonly"] if binding.read_only else [])]
    if not binding.by_engine:
        return ",".join(["type=bind", f"source={binding.source}", *words])
    opts = QUIRKS["docker"].render(binding.volume, binding.read_only)
    driver = [f"volume-opt={key}={value}" for key, value in opts.items()]
    name = render_name(binding.volume.name, binding.read_only)
    fields = ["type=volume", f"source={name}", *words, "volume-nocopy", "volume-driver=local", *driver]
    return ",".join(f'"{one}"' if "," in one else one for one in fields)


def _render_memory_words(memory: MemoryRecord) -> str:
    size = [] if memory.size is None else [f"tmpfs-size={memory.size}"]
    mode = [] if memory.mode is None else [f"tmpfs-mode={memory.mode:04o}"]
    return ",".join(["type=tmpfs", f"target={memory.path}", *size, *mode])


def _render_health_words(app: AppRecord) -> list[tuple[str, list[str]]]:
    health = app.unit.health
    if health is None or not health.command:
        return []
    return [
        ("--health-cmd", [shlex.join(health.command)]),
        ("--health-interval", [f"{health.interval}s"]),
        ("--health-timeout", [f"{health.timeout}s"]),
        ("--health-start-period", [f"{health.start_period}s"]),
    ]
