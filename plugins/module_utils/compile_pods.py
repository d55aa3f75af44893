# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An app as the template of a pod: security, mounts, probes, placement. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import prune
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import (
    AppRecord,
    BindingRecord,
    VolumeRecord,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_names import LONGEST, find_labels
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import MOUNTED

LABEL = "io.holdfast.app"
MANAGER = {"app.kubernetes.io/managed-by": "holdfast.volumes"}
HOST = "kubernetes.io/hostname"
CREDENTIALS = "credentials"
NO_GROUP = (
    "no fsGroup: the CSI driver would change owner and mode of every file of a volume whose directory is not setgid "
    "and writable for its group; the group is supplementary instead"
)
# What kubelet asks of a directory before it leaves the files in it alone (OnRootMismatch): setgid, and rwx for the
# group, see requiresPermissionChange() in pkg/volume/volume_linux.go.
_SHARED = 0o2770


@dataclass(frozen=True)
class Setting:
    """What the objects of an app are called, the claim of each key of its bindings, and volumes that get a fsGroup."""

    label: str
    namespace: str
    claims: Mapping[str, str]
    regrouped: Sequence[VolumeRecord]

    @property
    def service(self) -> str:
        """Its Service: a DNS label that begins with a letter (RFC 1035)."""
        return self.label if self.label[0].isalpha() else f"app-{self.label}"

    @property
    def environment(self) -> str:
        """The Secret with its environment."""
        return f"{self.label}-environment"

    @property
    def credentials(self) -> str:
        """The Secret with its credentials."""
        return f"{self.label}-{CREDENTIALS}"


def render_template(app: AppRecord, setting: Setting, restart: str) -> dict[str, Any]:
    """The template of the pods of an app."""
    names = _name_volumes(app)
    group = find_group(app, setting)
    volumes = [*_render_volumes(app, setting, names), *render_credentials(app, setting, group), *render_memory(app)]
    mounts = [_render_mount(one, names[one.key]) for one in app.bindings]
    return {
        "metadata": {"labels": {LABEL: setting.label}},
        "spec": prune(
            {
                "restartPolicy": restart,
                "automountServiceAccountToken": False,
                "affinity": _render_affinity(app),
                "topologySpreadConstraints": _render_spread(app, setting),
                "securityContext": render_security(app, group),
                "containers": [render_container(app, setting, mounts)],
                "volumes": volumes,
            }
        ),
    }


def find_groups(app: AppRecord) -> list[int]:
    """The groups that an app has to be in."""
    of_volumes = [one.volume.group for one in app.bindings]
    own = [app.ids[1]] if app.unit.secrets and app.ids else []
    return list(dict.fromkeys([*of_volumes, *own]))


def find_group(app: AppRecord, setting: Setting) -> int | None:
    """The fsGroup of an app, None where it would re-own files, or where there is no single one."""
    groups = find_groups(app)
    return groups[0] if len(groups) == 1 and not any(map(_is_unfit, setting.regrouped)) else None


def describe(setting: Setting, name: str = "") -> dict[str, Any]:
    """The metadata of an object of an app."""
    labels = {**MANAGER, LABEL: setting.label}
    return prune({"name": name or setting.label, "namespace": setting.namespace, "labels": labels})


def render_secrets(app: AppRecord, setting: Setting) -> Iterator[dict[str, Any]]:
    """The Secrets that the pods of an app refer to."""
    values = (
        (setting.environment, app.variables),
        (setting.credentials, {secret.name: secret.value for secret in app.unit.secrets}),
    )
    for name, data in values:
        if data:
            about = describe(setting, name)
            yield {"apiVersion": "v1", "kind": "Secret", "metadata": about, "type": "Opaque", "stringData": dict(data)}


def is_ungrouped(app: AppRecord, setting: Setting) -> bool:
    """Whether an app has no fsGroup since that would change the files of a volume."""
    return find_group(app, setting) is None and any(map(_is_unfit, setting.regrouped))


def _is_unfit(volume: VolumeRecord) -> bool:
    return int(volume.mode, 8) & _SHARED != _SHARED


def render_security(app: AppRecord, shared: int | None) -> dict[str, Any]:
    """What the processes of a pod are; ``shared`` is its fsGroup."""
    user, group = app.ids or (None, None)
    return prune(
        {
            "runAsUser": user,
            "runAsGroup": group,
            "runAsNonRoot": True if user else None,
            "fsGroup": shared,
            "fsGroupChangePolicy": None if shared is None else "OnRootMismatch",
            "supplementalGroups": find_groups(app) if shared is None else [],
            "seLinuxOptions": {"level": app.unit.level} if app.unit.level else None,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    )


def render_container(app: AppRecord, setting: Setting, volumes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The container of an app, with the mounts of its volumes."""
    mounts = [*volumes]
    mounts += [{"name": f"memory-{at}", "mountPath": one.path} for at, one in enumerate(app.memory, start=1)]
    if app.unit.secrets:
        mounts.append({"name": CREDENTIALS, "mountPath": MOUNTED, "readOnly": True})
    return prune(
        {
            "name": setting.label,
            "image": app.unit.image,
            "args": list(map(_escape, app.unit.command)),
            "env": list(_render_environment(app, setting)),
            "ports": [
                {"name": port.name, "containerPort": port.container, "protocol": port.protocol.upper()}
                for port in app.ports
            ],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": app.unit.read_only,
                "capabilities": prune({"drop": ["ALL"], "add": list(app.unit.capabilities)}),
            },
            "readinessProbe": _render_probe(app),
            "volumeMounts": mounts,
        }
    )


def _render_environment(app: AppRecord, setting: Setting) -> Iterator[dict[str, Any]]:
    for name, secret in app.file_variables.items():
        yield {"name": name, "value": f"{MOUNTED}/{secret}"}
    for name in app.variables:
        yield {"name": name, "valueFrom": {"secretKeyRef": {"name": setting.environment, "key": name}}}


def _render_probe(app: AppRecord) -> dict[str, Any] | None:
    """The check of an app; it tells who is asked, and ends nobody, as in the collection."""
    health = app.unit.health
    if health is None:
        return None
    if health.command:
        handler: dict[str, Any] = {"exec": {"command": list(map(_escape, health.command))}}
    elif health.path:
        handler = {"httpGet": {"path": health.path, "port": health.port}}
    else:
        handler = {"tcpSocket": {"port": health.port}}
    return {**handler, "periodSeconds": health.interval, "timeoutSeconds": health.timeout}


def _escape(word: str) -> str:
    """Keep Kubernetes from taking $(NAME) for a variable."""
    return word.replace("$(", "$$(")


def _render_mount(binding: BindingRecord, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "mountPath": binding.target,
        "readOnly": binding.read_only,
        **({"subPath": binding.subpath} if binding.subpath else {}),
    }


def _name_volumes(app: AppRecord) -> dict[str, str]:
    """What the pod calls each of its volumes, by the keys of its bindings."""
    labels = find_labels({one.key for one in app.bindings}, LONGEST - len("volume-"))
    return {key: f"volume-{label}" for key, label in labels.items()}


def _render_volumes(app: AppRecord, setting: Setting, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for key, one in {one.key: one for one in app.bindings}.items():
        if one.volume.source:
            claim = {"claimName": setting.claims[key], "readOnly": one.read_only}
            yield {"name": names[key], "persistentVolumeClaim": claim}
        else:
            yield {"name": names[key], "hostPath": {"path": one.volume.path, "type": "Directory"}}


def render_credentials(app: AppRecord, setting: Setting, shared: int | None) -> list[dict[str, Any]]:
    """The volume with the credentials of an app; ``shared`` is the fsGroup of its pod."""
    # The files are root's. With a fsGroup they are its group's; without one only other can read them.
    secret = {"secretName": setting.credentials, "defaultMode": 0o444 if shared is None else 0o440}
    return [{"name": CREDENTIALS, "secret": secret}] if app.unit.secrets else []


def render_memory(app: AppRecord) -> list[dict[str, Any]]:
    """The directories in memory of an app."""
    return [
        {"name": f"memory-{index}", "emptyDir": prune({"medium": "Memory", "sizeLimit": str(one.size or "")})}
        for index, one in enumerate(app.memory, start=1)
    ]


def _render_affinity(app: AppRecord) -> dict[str, Any]:
    """Its hosts: exports name no other client."""
    hosts = {"key": HOST, "operator": "In", "values": list(app.hosts)}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [hosts]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _render_spread(app: AppRecord, setting: Setting) -> list[dict[str, Any]]:
    if len(app.hosts) < 2:
        return []
    same = {"matchLabels": {LABEL: setting.label}}
    return [{"maxSkew": 1, "topologyKey": HOST, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": same}]
