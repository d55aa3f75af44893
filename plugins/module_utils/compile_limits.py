# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each engine cannot say of an app, or says otherwise, so that nothing is dropped in silence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import AppRecord, Note, Plan, find_app
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import find_obstacle
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units

ROOT_IMAGE = "left out: its image is a root file system for systemd-nspawn, and this engine needs an OCI image"

# What an app may have, by the name that the tables below know it by.
TRAITS: Mapping[str, Callable[[AppRecord], bool]] = {
    "volumes": lambda app: bool(app.bindings),
    "shared directory": lambda app: any(not one.volume.source for one in app.bindings),
    "host mounts": lambda app: any(one.volume.source and not one.by_engine for one in app.bindings),
    "engine volumes": lambda app: any(one.by_engine for one in app.bindings),
    "transport": lambda app: any(one.volume.transported for one in app.bindings),
    "memory limits": lambda app: any(one.size is not None or one.mode is not None or one.others for one in app.memory),
    "memory mode": lambda app: any(one.mode is not None for one in app.memory),
    "memory options": lambda app: any(one.others for one in app.memory),
    "single writer": lambda app: app.writes_alone,
    "level": lambda app: bool(app.unit.level),
    "credentials": lambda app: bool(app.unit.secrets),
    "environment": lambda app: bool(app.variables),
    "request": lambda app: app.unit.health is not None and not app.unit.health.command,
    "command check": lambda app: app.unit.health is not None and bool(app.unit.health.command),
    "health": lambda app: app.unit.health is not None,
    "at boot": lambda app: not app.on_demand,
    "on demand": lambda app: app.on_demand,
    "archive": lambda app: bool(app.unit.image_archive),
    "bound address": lambda app: any(port.address for port in app.ports),
    "ports": lambda app: bool(app.ports),
    "ports of instances": lambda app: bool(app.ports) and app.instances > 1,
    "named user": lambda app: bool(app.unit.user) and app.ids is None,
    "dollar": lambda app: any("${" in word for word in app.unit.command),
    "no-new-privileges": lambda app: True,
}

_ARCHIVE = "its image comes from an archive on its host; push it to a registry, {engine} fetches it by name"
_GATE = "no gate asks whether the right volume is mounted before it starts, as the units of the collection do"
_ADDRESS = "{engine} publishes its ports on every address of the node, not on the one that the catalogue names"
_ENVIRONMENT = "its environment is read from {where}, which holds no value unless asked to"
_NO_LEVEL = "what {engine} mounts has no SELinux level of its own: a boolean opens NFS to all containers of a host"
_TRANSPORT = (
    "its volumes are mounted through TLS or Kerberos: every node needs what the role nfs_transport gives its hosts"
)
_HOST_MOUNTS = "its volumes must be mounted on every node that it may run on, as the collection does on its hosts"
_LEVEL = (
    "its SELinux level cannot be given, as only the API has Privileges.SELinuxContext: where SELinux is on, tasks have "
    "other categories, and may not touch what the hosts have mounted with a level"
)
_MEMORY = "of a directory in memory {engine} says size and mode alone; the other options are left out"
_WRITER = "{engine} gives a node that does not answer up and starts it elsewhere, so two writers are possible"

# engine -> what is to be said of an app that has the trait
LIMITS: Mapping[str, Mapping[str, str]] = {
    "docker": {
        "engine volumes": _NO_LEVEL,
        "credentials": "its credentials are files below /etc/holdfast/secrets, which a run writes",
    },
    "podman": {
        "engine volumes": _NO_LEVEL,
        "credentials": "its credentials are secrets of Podman, which a run makes",
    },
    "systemd": {
        "environment": "its environment is part of its settings, and left out of them unless asked for",
        "credentials": "its credentials are files below /etc/holdfast/secrets, which a run writes",
    },
    "compose": {
        "engine volumes": _NO_LEVEL.replace("{engine}", "Docker"),
        "volumes": _GATE,
        "archive": "its image comes from an archive on its host: docker load, before the first start",
        "credentials": "its credentials are files below secrets/; make them readable for its user alone",
        "environment": _ENVIRONMENT.replace("{where}", "a file below env/"),
        "request": "its health check is a request from outside, and Compose runs a program in the container; left out",
        "on demand": "it has the profile on_demand, and nothing ends it after {limit}",
    },
    "swarm": {
        "memory options": _MEMORY,
        "transport": _TRANSPORT,
        "engine volumes": _NO_LEVEL.replace("{engine}", "Docker"),
        "volumes": _GATE,
        "host mounts": _HOST_MOUNTS,
        "shared directory": "each node has data of its own in a directory of the host",
        "single writer": _WRITER,
        "level": _LEVEL,
        "no-new-privileges": "services have no security options: no-new-privileges is a setting of each node's daemon",
        "archive": _ARCHIVE,
        "bound address": _ADDRESS,
        "ports of instances": "its port is the swarm's, not one of each instance: tasks share it",
        "credentials": "its credentials are secrets of the swarm, which must be there before",
        "environment": _ENVIRONMENT.replace("{where}", "a file below env/ at deployment"),
        "request": "its health check is a request from outside, and Swarm runs a program in the container; left out",
        "on demand": "it has no replica until it is scaled to one, and nothing ends it after {limit}",
    },
    "kubernetes": {
        "transport": _TRANSPORT,
        "volumes": _GATE,
        "shared directory": "each node has data of its own in a directory of the host (hostPath)",
        "archive": _ARCHIVE,
        "bound address": "a Service has an address of its own, not the one that the catalogue names",
        "ports": "its ports are those of a Service; what is outside of the cluster needs an Ingress or a LoadBalancer",
        "credentials": "its credentials are in a Secret that must be there, unless they are asked for",
        "environment": _ENVIRONMENT.replace("{where}", "a Secret"),
        "ports of instances": "its instances share the first port of the range, as one Service",
        "memory mode": "a directory in memory has the mode 0777 there, whatever the catalogue says",
        "memory options": "of a directory in memory Kubernetes says the size alone; the other options are left out",
        "named user": "user {user} is a name; the image decides who runs, and Kubernetes cannot check it",
        "on demand": 'it is a suspended Job: kubectl patch job NAME -p \'{{"spec":{{"suspend":false}}}}\' starts it',
    },
    "kube-play": {
        "volumes": _GATE,
        "engine volumes": (
            "what its engine would mount is bound from its host instead, which has to mount it (`attach: host`): "
            "Podman gives the root of an empty volume of its own to the container's user"
        ),
        "archive": "its image comes from an archive on its host: podman load, before the first start",
        "credentials": (
            "its credentials are in a Secret, which is played before its pod and which every process in the pod may "
            "read; podman kube down --force takes them off the host again"
        ),
        "environment": "its environment is read from a Secret, written on request only and to be played before its pod",
        "health": "its health check is not asked: Podman knows no readiness probe",
        "memory limits": "a directory in memory has no limit there and the mode 1777, whatever the catalogue says",
        "named user": "user {user} is a name, which no pod can say; the image decides who runs",
        "at boot": "nothing starts its pod after a boot; podman-restart.service, where it is enabled, does",
        "on demand": "it is a pod that is played when it is wanted, and nothing ends it after {limit}",
    },
    "nomad": {
        "memory options": _MEMORY,
        "transport": _TRANSPORT,
        "volumes": _GATE,
        "host mounts": _HOST_MOUNTS,
        "shared directory": "each node has data of its own in a directory of the host",
        "single writer": _WRITER,
        "archive": _ARCHIVE,
        "bound address": _ADDRESS,
        "ports of instances": "the ports of its instances are chosen by Nomad",
        "credentials": "its credentials are items of a Nomad variable, mounted at /secrets instead of /run/secrets",
        "environment": _ENVIRONMENT.replace("{where}", "a Nomad variable"),
        "command check": "its health check is a command, which needs Consul; left out",
        "on demand": "it is a parameterized batch job: nomad job dispatch starts it, and nothing ends it after {limit}",
        "dollar": "Nomad takes what stands in ${{}} in its command for a variable of its own",
    },
    "marathon": {
        "transport": _TRANSPORT,
        "engine volumes": _NO_LEVEL.replace("{engine}", "Docker"),
        "volumes": _GATE,
        "host mounts": _HOST_MOUNTS,
        "shared directory": "each agent has data of its own in a directory of the host",
        "single writer": _WRITER,
        "archive": _ARCHIVE,
        "bound address": _ADDRESS,
        "ports of instances": "the ports of its instances are chosen by Marathon",
        "credentials": "its credentials are files below /etc/holdfast/secrets on the agents",
        "environment": _ENVIRONMENT.replace("{where}", "a file below /etc/holdfast/env on the agents"),
        "on demand": "it has no instance until it is scaled to one, and nothing ends it after {limit}",
    },
}


# engine -> the line of the table of quirks by which it mounts volumes itself
_MOUNTED_BY: Mapping[str, str] = {
    "compose": "docker",
    "docker": "docker",
    "marathon": "docker",
    "nomad": "nomad",
    "podman": "podman",
    "swarm": "docker",
}
# Engines of single hosts: there an app finds others where the catalogue places them.
_HOSTS = ("docker", "kube-play", "podman", "systemd")
# Engines that are told of each instance by itself.
_BY_INSTANCE = (*_HOSTS, "compose")
_OTHER = "it finds {other} at {address}, as the catalogue places it; where {other} moves, give it another address"


def choose_apps(plan: Plan) -> list[AppRecord]:
    """The apps that an engine of OCI images can run."""
    return [app for app in plan.apps if app.unit.engine != "nspawn"]


def find_instances(plan: Plan, host: str) -> Iterator[AppRecord]:
    """Each unit of a host as an app of its own, with the volumes of its app."""
    apps = {app.name: app for app in choose_apps(plan)}
    for item in plan.units[host]:
        app = apps.get(find_app(item))
        if app is not None:
            unit = parse_units([dict(item)])[0]
            yield replace(app, name=unit.name, unit=unit, hosts=(host,), instances=1)


def find_notes(engine: str, plan: Plan) -> list[Note]:
    """What an engine of OCI images cannot say of a plan."""
    left_out = [Note(app.name, ROOT_IMAGE) for app in plan.apps if app.unit.engine == "nspawn"]
    variants = () if engine in _BY_INSTANCE else plan.variants
    said = [note for app in choose_apps(plan) for note in find_app_notes(engine, app)]
    return [*plan.notes, *variants, *left_out, *said]


def find_app_notes(engine: str, app: AppRecord) -> Iterator[Note]:
    """What an engine cannot say of one app."""
    words = {
        "engine": engine.capitalize(),
        "user": app.unit.user,
        "limit": app.unit.max_run_time,
    }
    for trait, sentence in LIMITS[engine].items():
        if TRAITS[trait](app):
            yield Note(app.name, sentence.format(**words))
    for one in app.bindings if engine in _MOUNTED_BY else ():
        obstacle = find_obstacle(_MOUNTED_BY[engine], one.volume) if one.by_engine else ""
        if obstacle:
            yield Note(app.name, f"volume {one.volume.name}: {obstacle}")
    for other, address in app.resources.items() if engine not in _HOSTS else ():
        yield Note(app.name, _OTHER.format(other=other, address=address))
