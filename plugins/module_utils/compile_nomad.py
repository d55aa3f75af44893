# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Apps as jobs of Nomad in the form of its API, their volumes, and what agents must know of hosts. Pure.

https://developer.hashicorp.com/nomad/api-docs/json-jobs and /nomad/docs/other-specifications/volume
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_limits, hcl, nomad_hcl
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Content, Output, prune, render_json
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    BindingRecord,
    MemoryRecord,
    Note,
    Plan,
    PortRecord,
    VolumeRecord,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import READ_ONLY, render_name
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import escape_path

# The id under which the plugin jobs of csi-driver-nfs have registered.
PLUGIN = "nfs"
HOSTNAME = "${attr.unique.hostname}"
# Where a task of the driver docker finds what its templates write.
SECRETS = "/secrets"
_SECOND = 10**9

Job = dict[str, Any]


def compile_nomad(plan: Plan) -> Output:
    """A job for each app, a volume for each that Nomad mounts, and a file for the agent of each host."""
    apps = compile_limits.choose_apps(plan)
    files: dict[str, Content] = {}
    confidential: dict[str, Content] = {}
    for app in apps:
        job = render_job(app)
        files[f"jobs/{app.name}.nomad.hcl"] = hcl.render([nomad_hcl.convert_job(job)])
        files[f"jobs/{app.name}.json"] = render_json({"Job": job})
        items = {**app.variables, **{secret.name: secret.value for secret in app.unit.secrets}}
        if items:
            confidential[f"variables/{app.name}.json"] = render_json({"Path": _find_path(app), "Items": items})
    attached = {one.key: one for app in apps for one in app.bindings if one.by_engine}
    for one in attached.values():
        name = render_name(one.volume.name, one.read_only)
        files[f"volumes/{name}.volume.hcl"] = hcl.render(list(_render_volume(one.volume, one.read_only)))
    files.update(_render_agents(apps))
    return Output(files, confidential, tuple(_find_notes(plan)))


def render_job(app: AppRecord) -> Job:
    """The job of an app, in the form of the API."""
    return prune(
        {
            "ID": app.name,
            "Name": app.name,
            "Type": "batch" if app.on_demand else "service",
            "ParameterizedJob": {"Payload": "forbidden"} if app.on_demand else None,
            # Exports name no other client.
            "Constraints": [{"LTarget": HOSTNAME, "Operand": "regexp", "RTarget": _match_hosts(app)}],
            "TaskGroups": [_render_group(app)],
        }
    )


def _match_hosts(app: AppRecord) -> str:
    return f"^({'|'.join(map(re.escape, app.hosts))})$"


def _render_group(app: AppRecord) -> Job:
    return prune(
        {
            "Name": app.name,
            "Count": 1 if app.on_demand else app.replicas,
            "Volumes": dict(_render_request(one) for one in app.bindings),
            "Networks": [_render_network(app)] if app.ports else [],
            "Services": _render_services(app),
            "Tasks": [_render_task(app)],
        }
    )


def _name_request(binding: BindingRecord) -> str:
    """The label of a volume in its job; a directory in a volume is a host volume of its own."""
    if not binding.subpath:
        return binding.key
    # As systemd names paths, which no two share; a name has no dot, and a backslash is no part of one.
    inside = escape_path(binding.subpath).replace("\\", "~")
    return f"{binding.volume.name}.in.{inside}" + (READ_ONLY if binding.read_only else "")


def _render_request(binding: BindingRecord) -> tuple[str, Job]:
    name = _name_request(binding)
    request: Job = {"Name": name, "ReadOnly": binding.read_only}
    if not binding.by_engine:
        return name, {**request, "Type": "host", "Source": name}
    return name, {
        **request,
        "Type": "csi",
        "Source": render_name(binding.volume.name, binding.read_only),
        "AttachmentMode": "file-system",
        "AccessMode": _find_access(binding.volume, binding.read_only),
    }


def _find_access(volume: VolumeRecord, read_only: bool) -> str:
    if read_only:
        return "multi-node-reader-only"
    return "multi-node-single-writer" if volume.single_writer else "multi-node-multi-writer"


def _render_network(app: AppRecord) -> Job:
    # Instances on one host cannot share a port of it.
    if app.instances > 1:
        return {
            "Mode": "bridge",
            "DynamicPorts": [{"Label": _name_port(one), "To": one.container} for one in app.ports],
        }
    ports = [{"Label": _name_port(one), "Value": one.published, "To": one.container} for one in app.ports]
    return {"Mode": "bridge", "ReservedPorts": ports}


def _name_port(port: PortRecord) -> str:
    """The label of a port, which becomes a part of the names of variables."""
    return port.name.replace("-", "_")


def _render_services(app: AppRecord) -> list[Job]:
    health = app.unit.health
    port = next((one for one in app.ports if health and one.container == health.port), None)
    if health is None or health.command or port is None:
        return []
    check = {
        "Type": "http" if health.path else "tcp",
        "Path": health.path,
        "Interval": health.interval * _SECOND,
        "Timeout": health.timeout * _SECOND,
    }
    name = re.sub("[^a-z0-9-]", "-", app.name)
    return [{"Name": name, "Provider": "nomad", "PortLabel": _name_port(port), "Checks": [prune(check)]}]


def _render_task(app: AppRecord) -> Job:
    return prune(
        {
            "Name": app.name,
            "Driver": "docker",
            "User": app.unit.user,
            "Config": _render_config(app),
            "Env": {name: f"{SECRETS}/{secret}" for name, secret in app.file_variables.items()},
            "Templates": list(_render_templates(app)),
            "VolumeMounts": [
                {"Volume": _name_request(one), "Destination": one.target, "ReadOnly": one.read_only}
                for one in app.bindings
            ],
        }
    )


def _render_config(app: AppRecord) -> Job:
    unit = app.unit
    return prune(
        {
            "image": unit.image,
            "args": list(unit.command),
            "ports": [_name_port(port) for port in app.ports],
            "readonly_rootfs": unit.read_only,
            "cap_drop": ["all"],
            "cap_add": [name.lower() for name in unit.capabilities],
            "security_opt": ["no-new-privileges", *([f"label=level:{unit.level}"] if unit.level else [])],
            "mount": [_render_memory(one) for one in app.memory],
        }
    )


def _render_memory(memory: MemoryRecord) -> Job:
    options = {key: value for key, value in (("size", memory.size), ("mode", memory.mode)) if value is not None}
    return prune({"type": "tmpfs", "target": memory.path, "tmpfs_options": [options] if options else []})


def _find_path(app: AppRecord) -> str:
    """The variable that a job of this name may read."""
    return f"nomad/jobs/{app.name}"


def _render_templates(app: AppRecord) -> Iterator[Job]:
    path = _find_path(app)
    if app.variables:
        lines = "".join(f'{key}={{{{ index . "{key}" | toJSON }}}}\n' for key in app.variables)
        data = f'{{{{ with nomadVar "{path}" }}}}{lines}{{{{ end }}}}'
        yield {"EmbeddedTmpl": data, "DestPath": "secrets/app.env", "Envvars": True}
    owner = dict(zip(("Uid", "Gid"), app.ids)) if app.ids else {}
    for secret in app.unit.secrets:
        data = f'{{{{ with nomadVar "{path}" }}}}{{{{ index . "{secret.name}" }}}}{{{{ end }}}}'
        yield {"EmbeddedTmpl": data, "DestPath": f"secrets/{secret.name}", "Perms": "0400", **owner}


def _render_volume(volume: VolumeRecord, read_only: bool) -> Iterator[hcl.Item]:
    words = QUIRKS["nomad"].render(volume, read_only)
    name = render_name(volume.name, read_only)
    yield from (("id", name), ("name", name), ("type", "csi"), ("plugin_id", PLUGIN))
    yield ("external_id", words["external_id"])
    access = [("access_mode", _find_access(volume, read_only)), ("attachment_mode", "file-system")]
    yield hcl.Block("capability", access)
    yield hcl.Block("mount_options", list(words["mount_options"].items()))
    yield hcl.Block("context", list(words["context"].items()))


def _render_agents(apps: list[AppRecord]) -> dict[str, Content]:
    """What the agent of each host must know of the directories that are mounted there."""
    hosts: dict[str, dict[str, BindingRecord]] = {}
    for app in apps:
        for host in app.hosts:
            hosts.setdefault(host, {}).update({_name_request(one): one for one in app.bindings if not one.by_engine})
    return {
        f"agents/{host}.hcl": hcl.render([hcl.Block("client", list(map(_render_host_volume, names.items())))])
        for host, names in hosts.items()
        if names
    }


def _render_host_volume(item: tuple[str, BindingRecord]) -> hcl.Block:
    name, binding = item
    return hcl.Block("host_volume", [("path", binding.source), ("read_only", binding.read_only)], [name])


def _find_notes(plan: Plan) -> Iterator[Note]:
    yield from compile_limits.find_notes("nomad", plan)
    for app in compile_limits.choose_apps(plan):
        health = app.unit.health
        if health and health.port and health.port not in [port.container for port in app.ports]:
            yield Note(app.name, f"its health check asks port {health.port}, which it does not publish; left out")
