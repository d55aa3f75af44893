# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container unit as Podman's Quadlet file (podman-systemd.unit(5)). Pure."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import Bind, ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import (
    LABEL,
    EngineVolume,
    render_podman_options,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import Entry, command_line, escape, render
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import (
    render_install,
    render_service,
    render_unit,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import MODE, Secret, find_owner
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import KINDS, VOLUME_SUFFIX

DIRECTORY, SUFFIX = KINDS["podman"]


def render_quadlet(unit: ContainerUnit) -> str:
    """The text of its .container file."""
    user, dummy_colon, group = unit.user.partition(":")
    container: list[Entry] = [
        ("ContainerName", unit.container),
        ("Image", escape(unit.image)),
        ("Pull", ["never"] if unit.image_archive else []),
        ("Label", f"io.holdfast.app={unit.name}"),
        ("EnvironmentFile", [escape(unit.environment_path)] if unit.environment else []),
        ("User", [user] if user else []),
        ("Group", [group] if group else []),
        ("ReadOnly", str(unit.read_only).lower()),
        ("Tmpfs", [escape(path) for path in unit.tmpfs]),
        ("DropCapability", "ALL"),
        ("AddCapability", unit.capabilities),
        ("NoNewPrivileges", "true"),
        # A core file has the data of the app's memory. Quadlet knows the word for it only since Podman 4.7.
        ("PodmanArgs", "--ulimit=core=0:0"),
        ("SecurityLabelLevel", [unit.level] if unit.level else []),
        ("PublishPort", unit.ports),
        ("Volume", [_volume(bind) for bind in unit.mounts]),
        ("Secret", [_secret(unit, place, secret) for place, secret in unit.secret_places.items()]),
        ("Exec", [command_line(unit.command)] if unit.command else []),
    ]
    return render(
        [render_unit(unit), ("Container", container), render_service(unit, []), *render_install(unit)],
    )


def render_volume(volume: EngineVolume) -> str:
    """The text of the .volume file that Podman makes a volume by, once and never again."""
    options = render_podman_options(volume)
    entries: list[Entry] = [
        ("VolumeName", volume.name),
        ("Driver", "local"),
        ("Type", options["type"]),
        ("Device", escape(options["device"])),
        ("Options", escape(options["o"])),
        ("Copy", "false"),
        ("Label", f"{LABEL}={volume.volume}"),
    ]
    return render([("Unit", [("Description", f"{volume.source} as a volume of Podman")]), ("Volume", entries)])


def _volume(bind: Bind) -> str:
    # Never z or Z: labels come from the mount or from the policy.
    source = bind.volume.name + VOLUME_SUFFIX if bind.volume else bind.source
    return escape(f"{source}:{bind.target}:{'ro' if bind.read_only else 'rw'}")


def _secret(unit: ContainerUnit, place: str, secret: Secret) -> str:
    # Podman makes a file of it with the label of the container, when it makes the container.
    return f"{place},type=mount,target={secret.target},uid={find_owner(unit.user)},mode={MODE:04o}"
