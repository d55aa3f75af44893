# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which sets of a host are as they are wanted already, so that no module need be started for them.

Each is judged by the very code of the module that owns it. In doubt a set is not settled: wrong input, an error, a
warning and a look that takes too long are for that module to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_input,
    container_plan,
    container_runtime,
    directories,
    export_plan,
    export_state,
    lockdown,
    lockdown_state,
    mount_input,
    mount_plan,
    nspawn_image,
    selinux_input,
    selinux_plan,
    selinux_store,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_state import read_mounts

SETS = ("contexts", "directories", "exports", "lockdown", "mounts", "units")


def find_settled(system: System, sets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The names of those ``sets``, {one of SETS: the arguments of its module}, that need nothing."""
    return [name for name in SETS if name in sets and _is_settled(system, name, sets[name])]


def _is_settled(system: System, name: str, arguments: Mapping[str, Any]) -> bool:
    spec, needs_nothing = _LOOKS[name]
    checked = ArgumentSpecValidator(spec).validate(dict(arguments))
    try:
        return not checked.error_messages and needs_nothing(system, checked.validated_parameters)
    except HostError:
        return False


def _need_no_contexts(system: System, params: dict[str, Any]) -> bool:
    wanted = selinux_input.desired(params)
    return not selinux_plan.plan(selinux_store.read(system, wanted), wanted)


def _need_no_directories(system: System, params: dict[str, Any]) -> bool:
    wanted = directories.desired(params)
    return not directories.plan(directories.read(system, [directory.path for directory in wanted]), wanted)


def _need_no_exports(system: System, params: dict[str, Any]) -> bool:
    wanted = export_plan.desired(params)
    return not export_plan.plan(export_state.read(system, wanted), wanted)


def _need_no_lockdown(system: System, params: dict[str, Any]) -> bool:
    wanted = lockdown.desired(params)
    return not lockdown.plan(lockdown_state.read(system, wanted), wanted)


def _need_no_mounts(system: System, params: dict[str, Any]) -> bool:
    wanted = mount_input.desired(params)
    current = read_mounts(system, wanted, params["timeout"])
    verdicts = mount_input.judge(current, wanted, retire=False)
    blocks = mount_plan.find_blocks(verdicts, current, [], allow_disruption=False)
    change = mount_plan.plan(current, wanted, verdicts, blocks)
    return not (change or blocks or mount_plan.find_shadowed(current))


def _need_no_units(system: System, params: dict[str, Any]) -> bool:
    units = nspawn_image.resolve(system, parse_units(params["units"]))
    return not container_plan.plan(container_runtime.read(system, units), units)


_LOOKS: dict[str, tuple[dict[str, Any], Callable[[System, dict[str, Any]], bool]]] = {
    "contexts": (selinux_input.ARGUMENTS, _need_no_contexts),
    "directories": (directories.ARGUMENTS, _need_no_directories),
    "exports": (export_plan.ARGUMENTS, _need_no_exports),
    "lockdown": (lockdown.ARGUMENTS, _need_no_lockdown),
    "mounts": (mount_input.ARGUMENTS, _need_no_mounts),
    "units": (container_input.argument_spec(), _need_no_units),
}
