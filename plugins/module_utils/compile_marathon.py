# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apps as app definitions of Marathon, the scheduler of Apache Mesos; both projects have retired. Pure.

https://mesosphere.github.io/marathon/docs/, the API of 1.5 and later.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_limits
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import (
    Content,
    Output,
    environment_path,
    prune,
    render_confidential,
    render_json,
    secret_path,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    BindingRecord,
    Note,
    Plan,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_names import find_labels
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_pods import LABEL
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import render_name

# Where the files of render_confidential() have to be on the agents.
PLACE = "/etc/holdfast"
RETIRED = "Mesos and Marathon have retired: these files are for those who still run them, and want to leave"

Definition = dict[str, Any]


def compile_marathon(plan: Plan) -> Output:
    """An app definition for each app."""
    apps = compile_limits.choose_apps(plan)
    labels = find_labels(app.name for app in apps)
    files: dict[str, Content] = {
        f"{labels[app.name]}.json": render_json(render_app(app, labels[app.name])) for app in apps
    }
    return Output(files, render_confidential(apps), tuple(_find_notes(plan)))


def render_app(app: AppRecord, label: str) -> Definition:
    """The definition of an app."""
    alone = {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}
    return prune(
        {
            "id": f"/{label}",
            "instances": 0 if app.on_demand else app.replicas,
            "args": list(app.unit.command),
            "env": {name: f"/run/secrets/{secret}" for name, secret in app.file_variables.items()},
            "labels": {LABEL: app.name},
            # Exports name no other client.
            "constraints": [["hostname", "LIKE", "|".join(host.replace(".", r"\.") for host in app.hosts)]],
            "networks": [{"mode": "container/bridge"}],
            "container": _render_container(app),
            "healthChecks": _render_checks(app),
            # The old instance is gone before the new one starts.
            "upgradeStrategy": alone if app.writes_alone or _find_external(app) else None,
        }
    )


def _render_container(app: AppRecord) -> Definition:
    secrets = [
        {"containerPath": one.target, "hostPath": f"{PLACE}/{secret_path(app.name, one.name)}", "mode": "RO"}
        for one in app.unit.secrets
    ]
    return prune(
        {
            "type": "DOCKER",
            "docker": {"image": app.unit.image, "parameters": list(_render_parameters(app))},
            "portMappings": [
                {
                    "name": port.name,
                    "containerPort": port.container,
                    # 0 is a port that Marathon chooses: instances on one agent cannot share one.
                    "hostPort": port.published if app.instances == 1 else 0,
                    "protocol": port.protocol,
                }
                for port in app.ports
            ],
            "volumes": [*(_render_volume(app, one) for one in app.bindings), *secrets],
        }
    )


def _render_parameters(app: AppRecord) -> Iterator[Definition]:
    """Options of docker run, which is what starts the containers."""
    unit = app.unit
    options = (
        ("read-only", ["true"] if unit.read_only else []),
        ("user", [unit.user] if unit.user else []),
        ("env-file", [f"{PLACE}/{environment_path(app.name)}"] if app.variables else []),
        ("tmpfs", unit.tmpfs),
        ("cap-drop", ["ALL"]),
        ("cap-add", unit.capabilities),
        ("security-opt", ["no-new-privileges", *([f"label=level:{unit.level}"] if unit.level else [])]),
    )
    for key, values in options:
        yield from ({"key": key, "value": value} for value in values)


def _render_volume(app: AppRecord, binding: BindingRecord) -> Definition:
    common = {"containerPath": binding.target, "mode": "RO" if binding.read_only else "RW"}
    if binding in _find_external(app):
        name = render_name(binding.volume.name, binding.read_only)
        return {**common, "external": {"name": name, "provider": "dvdi", "options": {"dvdi/driver": "local"}}}
    return {**common, "hostPath": binding.source}


def _find_external(app: AppRecord) -> list[BindingRecord]:
    """The bindings that Docker mounts itself. Marathon allows them in apps with one instance only."""
    return [one for one in app.bindings if one.by_engine] if app.replicas == 1 else []


def _render_checks(app: AppRecord) -> list[Definition]:
    health = app.unit.health
    if health is None:
        return []
    limits = {
        "gracePeriodSeconds": health.start_period,
        "intervalSeconds": health.interval,
        "timeoutSeconds": health.timeout,
        # A check tells; it ends nobody, as in the collection.
        "maxConsecutiveFailures": 0,
    }
    if health.command:
        return [{"protocol": "COMMAND", "command": {"value": shlex.join(health.command)}, **limits}]
    containers = [port.container for port in app.ports]
    where = {"portIndex": containers.index(health.port)} if health.port in containers else {"port": health.port}
    kind = {"protocol": "MESOS_HTTP", "path": health.path} if health.path else {"protocol": "MESOS_TCP"}
    return [{**kind, **where, **limits}]


def _find_notes(plan: Plan) -> Iterator[Note]:
    yield Note("marathon", RETIRED)
    yield from compile_limits.find_notes("marathon", plan)
    for app in compile_limits.choose_apps(plan):
        external = _find_external(app)
        for one in app.bindings:
            name = render_name(one.volume.name, one.read_only)
            if one in external:
                yield Note(
                    app.name, f"volume {name} must be one of Docker on the agent already: dvdi passes no options"
                )
            elif one.by_engine:
                what = f"volume {one.volume.name} is a host path: external volumes are for apps with one instance"
                yield Note(app.name, what)
