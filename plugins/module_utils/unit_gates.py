# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What keeps a container from starting before its volumes, and brings it up with them; same for every engine. Pure."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import find_name
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import Entry, Section, command_line, escape

GATE = "/usr/local/libexec/holdfast-gate"
# From /usr/bin/python3 and not by its own name: the policy lets systemd run what is labelled bin_t.
CALL = ("/usr/bin/python3", "-IS", GATE)
_BREAK = " \\\n    "


def mount_units(unit: ContainerUnit) -> list[str]:
    """The mount units that the app's network volumes are mounted by."""
    return sorted({find_name(gate.path) for gate in unit.gates if gate.source})


def render_unit(unit: ContainerUnit, after: tuple[str, ...] = ()) -> Section:
    """The [Unit] section. No start limit: a container that waits for its server waits as long as that takes."""
    mounts = mount_units(unit)
    entries: list[Entry] = [
        ("Description", f"{unit.name} ({unit.engine} container of holdfast.volumes)"),
        ("RequiresMountsFor", sorted({escape(gate.path) for gate in unit.gates})),
        ("Requires", after),
        ("BindsTo", mounts),
        ("After", [*after, *mounts]),
        ("StartLimitIntervalSec", "0"),
    ]
    return "Unit", entries


def render_service(unit: ContainerUnit, entries: list[Entry]) -> Section:
    """The [Service] section: the gate first, then what the engine adds."""
    gates = [_render_gates(unit)] if unit.gates or unit.volumes else []
    always: list[Entry] = [("Restart", "always"), ("RestartSec", "5")]
    # The limit is systemd's to keep: whoever started the app may be gone by then.
    once: list[Entry] = [("Restart", "no"), ("RuntimeMaxSec", unit.max_run_time)]
    restart = always if unit.start == "boot" else once
    # A container ended by SIGTERM exits with 143; the start limit covers an image that a boot has to fetch.
    limits: list[Entry] = [("SuccessExitStatus", "143"), ("TimeoutStartSec", "900"), ("TimeoutStopSec", "60")]
    return "Service", [*restart, *limits, ("ExecStartPre", gates), *entries]


def _render_gates(unit: ContainerUnit) -> str:
    """One call for all volumes, since each starts Python; one volume to a line, systemd takes 1 MiB of such lines."""
    volumes = [
        [
            *("--path", gate.path),
            *(("--source", gate.source) if gate.source else ()),
            *(("--identity", gate.identity) if gate.identity else ()),
        ]
        for gate in unit.gates
    ]
    volumes += [["--engine", unit.engine, "--volume", one.name, "--source", one.source] for one in unit.volumes]
    return (_BREAK if len(volumes) > 1 else " ").join(map(command_line, (CALL, *volumes)))


def join_calls(text: str) -> str:
    """What a unit file says, however many calls of the gate and lines it takes to say which volumes are checked.

    It was a call for each volume once. Nothing that runs need be stopped to have another form of the same.
    """
    return text.replace(_BREAK, " ").replace(f"\nExecStartPre={command_line(CALL)} ", " ")


def render_install(unit: ContainerUnit, wanted_by: tuple[str, ...] = ()) -> list[Section]:
    """The [Install] section, [] for units that are started on demand.

    BindsTo= stops the app with its mount and nothing but a wish of the mount itself starts it again; so the mount,
    not multi-user.target, wants it: a boot whose server is away then ends, and the app follows when the server does.
    UpheldBy= would do as well, but Quadlet up to 5.4 ignores it.
    """
    if unit.start != "boot":
        return []
    return [("Install", [("WantedBy", [*(mount_units(unit) or ["multi-user.target"]), *wanted_by])])]
