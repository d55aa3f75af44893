# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pods of Kubernetes as ``podman kube play`` starts them on a single host, on what that host has mounted. Pure.

A PersistentVolumeClaim would become a volume of Podman's own, and Podman gives the root of one that is empty to the
container's user and copies into it what the image has there, on NFS, too: no annotation of a claim says otherwise.
https://docs.podman.io/en/v5.4.2/markdown/podman-kube-play.1.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_limits, compile_pods
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Content, Output, prune
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import AppRecord, Note, Plan
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_names import LONGEST, find_labels
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_pods import Setting

Document = dict[str, Any]
SHARED_MEMORY = "/dev/shm"  # where POSIX has it


def compile_play(plan: Plan) -> Output:
    """For each host a pod for each container that it runs, and the Secrets that it refers to."""
    files: dict[str, Content] = {}
    confidential: dict[str, Content] = {}
    for host in plan.units:
        for app, setting in find_pods(plan, host):
            files[f"{host}/{setting.label}.yaml"] = [_render_pod(_share_nothing(app), setting)]
            secrets = list(compile_pods.render_secrets(app, setting))
            if secrets:
                confidential[f"{host}/{setting.label}.secrets.yaml"] = secrets
    return Output(files, confidential, tuple(_find_notes(plan)))


def find_pods(plan: Plan, host: str) -> list[tuple[AppRecord, Setting]]:
    """Each container of a host, and what the objects of its pod are called."""
    apps = list(compile_limits.find_instances(plan, host))
    labels = find_labels(app.name for app in apps)
    return [(app, Setting(label=labels[app.name], namespace="", claims={}, regrouped=())) for app in apps]


def _share_nothing(app: AppRecord) -> AppRecord:
    """The app with shared memory of its own: what Podman gives a pod has a level that no container of it may open."""
    if any(one.path == SHARED_MEMORY for one in app.memory):
        return app
    return replace(app, unit=replace(app.unit, tmpfs=(*app.unit.tmpfs, SHARED_MEMORY)))


def _render_pod(app: AppRecord, setting: Setting) -> Document:
    names = _name_sources(app)
    mounts = [{"name": names[one.source], "mountPath": one.target, "readOnly": one.read_only} for one in app.bindings]
    # Podman publishes a port of the host only, and on the address that it is told.
    ports = [
        {
            "name": port.name,
            "containerPort": port.container,
            "hostPort": port.published,
            "protocol": port.protocol.upper(),
            **({"hostIP": port.address} if port.address else {}),
        }
        for port in app.ports
    ]
    volumes = [{"name": name, "hostPath": {"path": path, "type": "Directory"}} for path, name in names.items()]
    volumes += [*compile_pods.render_credentials(app, setting, None), *compile_pods.render_memory(app)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": compile_pods.describe(setting),
        "spec": prune(
            {
                "restartPolicy": "Never" if app.on_demand else "Always",
                # Podman knows no fsGroup.
                "securityContext": compile_pods.render_security(app, None),
                "containers": [prune({**compile_pods.render_container(app, setting, mounts), "ports": ports})],
                "volumes": volumes,
            }
        ),
    }


def _name_sources(app: AppRecord) -> dict[str, str]:
    """What a pod calls each directory of the host that it binds, by its path."""
    paths = {one.source: "/".join(filter(None, (one.volume.name, one.subpath))) for one in app.bindings}
    labels = find_labels(paths.values(), LONGEST - len("volume-"))
    return {path: f"volume-{labels[name]}" for path, name in paths.items()}


def _find_notes(plan: Plan) -> Iterator[Note]:
    yield from compile_limits.find_notes("kube-play", plan)
    hosts = {host: {mount["path"] for mount in mounts} for host, mounts in plan.mounts.items()}
    for app in compile_limits.choose_apps(plan):
        for one in app.bindings:
            without = [host for host in app.hosts if one.by_engine and one.volume.path not in hosts.get(host, ())]
            if without:
                what = f"volume {one.volume.name} has to be mounted at {one.volume.path} on {', '.join(without)} first"
                yield Note(app.name, what)
