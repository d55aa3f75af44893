# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container unit as a systemd service around ``docker run``. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import Bind, ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import Entry, command_line, render
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import (
    render_install,
    render_service,
    render_unit,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import KINDS

DIRECTORY, SUFFIX = KINDS["docker"]
DOCKER = "/usr/bin/docker"
DAEMON = ("docker.service",)


def render_docker_unit(unit: ContainerUnit) -> str:
    """The text of its .service file."""
    # A container that outlived its client (the daemon was killed) must not keep the name.
    remove = "-" + command_line([DOCKER, "rm", "--force", "--volumes", unit.container])
    service: list[Entry] = [
        ("Type", "exec"),
        ("ExecStartPre", remove),
        ("ExecStart", command_line(_run_words(unit))),
        ("ExecStop", "-" + command_line([DOCKER, "stop", "--time", "30", unit.container])),
        ("ExecStopPost", remove),
    ]
    return render([render_unit(unit, DAEMON), render_service(unit, service), *render_install(unit, DAEMON)])


def _run_words(unit: ContainerUnit) -> list[str]:
    options = (
        ("--name", [unit.container]),
        ("--label", [f"io.holdfast.app={unit.name}"]),
        ("--pull", ["never" if unit.image_archive else "missing"]),
        # Bounded, unlike the default json-file; the journal has the output too.
        ("--log-driver", ["local"]),
        ("--env-file", [unit.environment_path] if unit.environment else []),
        ("--user", [unit.user] if unit.user else []),
        ("--tmpfs", unit.tmpfs),
        ("--cap-drop", ["ALL"]),
        ("--cap-add", unit.capabilities),
        # A core file has the data of the app's memory, and would lie where nobody guards it.
        ("--ulimit", ["core=0:0"]),
        ("--security-opt", ["no-new-privileges", *([f"label=level:{unit.level}"] if unit.level else [])]),
        ("--publish", unit.ports),
        ("--mount", [*(_mount(bind) for bind in unit.mounts if bind.volume is None), *_mount_secrets(unit)]),
        ("--volume", [_attach(bind.volume.name, bind) for bind in unit.mounts if bind.volume is not None]),
    )
    flags = [DOCKER, "run", "--rm", *(["--read-only"] if unit.read_only else [])]
    return [*flags, *_option_words(options), unit.image, *unit.command]


def _option_words(options: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    return [word for option, values in options for value in values for word in (option, value)]


def _mount(bind: Bind) -> str:
    # --volume would create a missing source as an empty directory; --mount refuses it.
    return ",".join(
        ["type=bind", f"source={bind.source}", f"target={bind.target}", *(["readonly"] if bind.read_only else [])]
    )


def _attach(name: str, bind: Bind) -> str:
    # Without nocopy the daemon would fill an empty volume with what the image has there, and give it that owner. What
    # --mount names it also relabels, and fails where the server lets root of this host read nothing.
    return f"{name}:{bind.target}:{'ro' if bind.read_only else 'rw'},nocopy"


def _mount_secrets(unit: ContainerUnit) -> list[str]:
    places = unit.secret_places.items()
    return [f"type=bind,source={place},target={secret.target},readonly" for place, secret in places]
