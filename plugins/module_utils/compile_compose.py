# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apps as a Compose file for each host, and what such a file and a stack of Docker Swarm say alike. Pure.

https://docs.docker.com/reference/compose-file/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_limits
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import (
    Content,
    Output,
    environment_path,
    prune,
    render_confidential,
    secret_path,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    BindingRecord,
    Plan,
    PortRecord,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import LABEL, render_name

PROFILE = "on_demand"
APP = "io.holdfast.app"

Service = dict[str, Any]


def compile_compose(plan: Plan) -> Output:
    """A Compose file for each host that has apps, with a service for each instance."""
    files: dict[str, Content] = {}
    confidential: dict[str, Content] = {}
    for host in plan.units:
        units = list(compile_limits.find_instances(plan, host))
        if units:
            services = {app.name: _render_compose_service(app) for app in units}
            files[f"{host}/compose.yaml"] = [render_file(services, units, _render_file_secrets(units))]
            found = render_confidential(units)
            confidential.update({f"{host}/{path}": content for path, content in found.items()})
    return Output(files, confidential, tuple(compile_limits.find_notes("compose", plan)))


def render_file(services: Mapping[str, Service], apps: Sequence[AppRecord], secrets: Mapping[str, Any]) -> Service:
    attached = {one.key: one for app in apps for one in app.bindings if one.by_engine}
    volumes = {render_name(one.volume.name, one.read_only): _render_volume(one) for one in attached.values()}
    return prune({"services": dict(services), "volumes": volumes, "secrets": dict(secrets)})


def _render_volume(binding: BindingRecord) -> Service:
    return {
        "name": render_name(binding.volume.name, binding.read_only),
        "driver": "local",
        "driver_opts": QUIRKS["docker"].render(binding.volume, binding.read_only),
        "labels": {LABEL: binding.volume.name},
    }


def render_service(app: AppRecord) -> Service:
    """What Compose and Swarm say alike."""
    unit = app.unit
    return {
        "image": unit.image,
        "command": list(map(_escape, unit.command)),
        "user": unit.user,
        "read_only": unit.read_only,
        "cap_drop": ["ALL"],
        "cap_add": list(unit.capabilities),
        "environment": {name: f"/run/secrets/{secret}" for name, secret in app.file_variables.items()},
        "secrets": [{"source": name_secret(app, one.name), "target": one.name} for one in unit.secrets],
        "volumes": [_render_mount(one) for one in app.bindings],
        "healthcheck": _render_health(app),
        "labels": {APP: app.name},
    }


def _render_compose_service(app: AppRecord) -> Service:
    unit = app.unit
    label = [f"label=level:{unit.level}"] if unit.level else []
    return prune(
        {
            **render_service(app),
            # Raw: a dollar in a value is a dollar, as in the environment files of the collection.
            "env_file": [{"path": environment_path(app.name), "format": "raw"}] if app.variables else [],
            "pull_policy": "never" if unit.image_archive else "missing",
            "security_opt": ["no-new-privileges:true", *label],
            "tmpfs": list(unit.tmpfs),
            "ports": [render_port(port) for port in app.ports],
            "restart": "no" if app.on_demand else "always",
            "profiles": [PROFILE] if app.on_demand else [],
        }
    )


def render_port(port: PortRecord) -> Service:
    address = {"host_ip": port.address} if port.address else {}
    return {"target": port.container, "published": str(port.published), "protocol": port.protocol, **address}


def _render_mount(binding: BindingRecord) -> Service:
    common = {"target": binding.target, "read_only": binding.read_only}
    if binding.by_engine:
        # Without nocopy Docker fills an empty volume with what the image has there, and gives it that owner.
        name = render_name(binding.volume.name, binding.read_only)
        return {"type": "volume", "source": name, **common, "volume": {"nocopy": True}}
    return {"type": "bind", "source": binding.source, **common, "bind": {"create_host_path": False}}


def _render_health(app: AppRecord) -> Service:
    health = app.unit.health
    if health is None or not health.command:
        return {}
    return {
        "test": ["CMD", *map(_escape, health.command)],
        "interval": f"{health.interval}s",
        "timeout": f"{health.timeout}s",
        "start_period": f"{health.start_period}s",
    }


def _escape(word: str) -> str:
    """Keep a Compose file from taking a dollar for the beginning of a variable."""
    return word.replace("$", "$$")


def name_secret(app: AppRecord, secret: str) -> str:
    """No name of an app has a dot, so no two meet on one."""
    return f"{app.name}.{secret}"


def list_secrets(apps: Iterable[AppRecord]) -> Iterator[tuple[AppRecord, str]]:
    for app in apps:
        for secret in app.unit.secrets:
            yield app, secret.name


def _render_file_secrets(apps: Iterable[AppRecord]) -> dict[str, Any]:
    return {name_secret(app, name): {"file": f"./{secret_path(app.name, name)}"} for app, name in list_secrets(apps)}
