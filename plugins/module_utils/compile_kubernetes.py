# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes as PersistentVolumes with their claims, and apps as workloads of Kubernetes. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import compile_limits, compile_pods
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Content, Output
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    Note,
    Plan,
    VolumeRecord,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_names import find_labels
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_pods import Setting
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS, find_obstacle
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import LABEL, render_name
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import parse_span

NAMESPACE = "default"
# What a volume without a size asks for and offers. NFS keeps nobody to it, and claims are bound by name.
PLACEHOLDER = "1Gi"

Document = dict[str, Any]


def compile_kubernetes(plan: Plan, driver: str = "kubernetes", namespace: str = NAMESPACE) -> Output:
    """The objects of a plan; ``driver`` is the quirk by which NFS is mounted, kubernetes or kubernetes-csi."""
    labels = find_labels(app.name for app in plan.apps)
    claims = _Claims(plan, driver)
    apps = compile_limits.choose_apps(plan)
    settings = {app.name: _find_setting(app, labels[app.name], claims, namespace) for app in apps}
    files: dict[str, Content] = {
        "volumes.yaml": [one for volume in plan.volumes for one in _render_volume(volume, claims, namespace)],
        "apps.yaml": [one for app in apps for one in _render_app(app, settings[app.name])],
    }
    secrets: list[Document] = [one for app in apps for one in compile_pods.render_secrets(app, settings[app.name])]
    notes = [*_find_volume_notes(plan, claims), *compile_limits.find_notes("kubernetes", plan)]
    ungrouped = [app.name for app in apps if compile_pods.is_ungrouped(app, settings[app.name])]
    notes += [Note(name, compile_pods.NO_GROUP) for name in ungrouped]
    return Output(
        files={path: content for path, content in files.items() if content},
        confidential={"secrets.yaml": secrets} if secrets else {},
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Claims:
    """How each volume is claimed."""

    plan: Plan
    driver: str

    def find_quirk(self, volume: VolumeRecord) -> str:
        """The engine of the table by which it is mounted."""
        return "kubernetes-efs" if volume.file_system_id else self.driver

    def find_name(self, volume: VolumeRecord, read_only: bool) -> str:
        """The name of its claim for apps that write, or for those that only read."""
        return render_name(volume.name, read_only in self.find_sides(volume) and read_only)

    def find_sides(self, volume: VolumeRecord) -> list[bool]:
        """Whether each of its claims is read-only: a twin for readers where writers have one, too."""
        sides = sorted({one.read_only for one in self.plan.bindings[volume.name]} or {False})
        return sides if QUIRKS[self.find_quirk(volume)].splits else sides[:1]

    def find_access(self, volume: VolumeRecord, read_only: bool) -> str:
        """The access mode of a claim."""
        if read_only:
            return "ReadOnlyMany"
        bindings = self.plan.bindings[volume.name]
        alone = all(not one.read_only for one in bindings) or len(self.find_sides(volume)) > 1
        return "ReadWriteOncePod" if volume.single_writer and alone else "ReadWriteMany"


def _render_volume(volume: VolumeRecord, claims: _Claims, namespace: str) -> Iterator[Document]:
    for read_only in claims.find_sides(volume) if volume.source else ():
        name, words = claims.find_name(volume, read_only), QUIRKS[claims.find_quirk(volume)].render(volume, read_only)
        common = {
            "accessModes": [claims.find_access(volume, read_only)],
            "storageClassName": "",
            "volumeMode": "Filesystem",
        }
        size = {"storage": str(volume.size) if volume.size else PLACEHOLDER}
        about = {"name": name, "labels": {**compile_pods.MANAGER, LABEL: volume.name}}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name}
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": about,
            "spec": {
                "capacity": size,
                **common,
                # Data outlives every claim.
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": claim,
                **words,
            },
        }
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {**about, "namespace": namespace},
            "spec": {**common, "volumeName": name, "resources": {"requests": size}},
        }


def _find_volume_notes(plan: Plan, claims: _Claims) -> Iterator[Note]:
    if any(not volume.size for volume in plan.volumes if volume.source):
        yield Note("volumes", f"those without a size offer {PLACEHOLDER}: Kubernetes wants one, NFS keeps nobody to it")
    for volume in plan.volumes:
        obstacle = find_obstacle(claims.find_quirk(volume), volume) if volume.source else ""
        if obstacle:
            yield Note(volume.name, obstacle)
        if volume.single_writer and volume.source and "nfs" in QUIRKS[claims.find_quirk(volume)].render(volume, False):
            yield Note(volume.name, "Kubernetes documents ReadWriteOncePod for CSI drivers only; see kubernetes-csi")
        if not volume.source:
            yield Note(volume.name, "a directory of the host: apps get it as hostPath, and no PersistentVolume is made")
        elif volume.single_writer and claims.find_access(volume, False) == "ReadWriteMany":
            what = "its writer and its readers share one claim, so ReadWriteOncePod, which lets one pod in, is not said"
            yield Note(volume.name, what)


def _find_setting(app: AppRecord, label: str, claims: _Claims, namespace: str) -> Setting:
    remote = [one.volume for one in app.bindings if one.volume.source]
    return Setting(
        label=label,
        namespace=namespace,
        claims={one.key: claims.find_name(one.volume, one.read_only) for one in app.bindings},
        regrouped=[volume for volume in remote if QUIRKS[claims.find_quirk(volume)].owns_groups],
    )


def _render_app(app: AppRecord, setting: Setting) -> Iterator[Document]:
    yield {
        **_KINDS[_find_kind(app)],
        "metadata": compile_pods.describe(setting),
        "spec": _SPECS[_find_kind(app)](app, setting),
    }
    if app.ports or _find_kind(app) == "StatefulSet":
        yield _render_service(app, setting)


def _find_kind(app: AppRecord) -> str:
    if app.on_demand:
        return "Job"
    # A second pod of a StatefulSet is never started before the first is known to be gone.
    return "StatefulSet" if app.writes_alone else "Deployment"


def _render_deployment(app: AppRecord, setting: Setting) -> Document:
    return {"replicas": app.replicas, **_render_template(app, setting)}


def _render_stateful_set(app: AppRecord, setting: Setting) -> Document:
    return {**_render_deployment(app, setting), "serviceName": setting.service}


def _render_job(app: AppRecord, setting: Setting) -> Document:
    template = compile_pods.render_template(app, setting, "Never")
    deadline = parse_span(app.unit.max_run_time)
    return {"suspend": True, "backoffLimit": 0, "activeDeadlineSeconds": deadline, "template": template}


_KINDS: Mapping[str, Document] = {
    "Deployment": {"apiVersion": "apps/v1", "kind": "Deployment"},
    "StatefulSet": {"apiVersion": "apps/v1", "kind": "StatefulSet"},
    "Job": {"apiVersion": "batch/v1", "kind": "Job"},
}
_SPECS = {"Deployment": _render_deployment, "StatefulSet": _render_stateful_set, "Job": _render_job}


def _render_template(app: AppRecord, setting: Setting) -> Document:
    selector = {"matchLabels": {compile_pods.LABEL: setting.label}}
    return {"selector": selector, "template": compile_pods.render_template(app, setting, "Always")}


def _render_service(app: AppRecord, setting: Setting) -> Document:
    ports = [
        {"name": port.name, "protocol": port.protocol.upper(), "port": port.published, "targetPort": port.container}
        for port in app.ports
    ]
    headless = {"clusterIP": "None"} if app.writes_alone else {}
    selector = {compile_pods.LABEL: setting.label}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": compile_pods.describe(setting, setting.service),
        "spec": {**headless, "selector": selector, **({"ports": ports} if ports else {})},
    }
