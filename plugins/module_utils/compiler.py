# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue in the language of each engine: which compiler writes which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_compose import compile_compose
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Output
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_hosts import compile_hosts
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_kubernetes import NAMESPACE, compile_kubernetes
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_marathon import compile_marathon
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import Plan
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_nomad import compile_nomad
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_operations import compile_operations
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_play import compile_play
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_read import read_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_swarm import compile_swarm

# engine -> what compiles a plan for it, with the namespace where it has such
TARGETS: Mapping[str, Callable[[Plan, str], Output]] = {
    "compose": lambda plan, dummy: compile_compose(plan),
    "docker": lambda plan, dummy: compile_hosts(plan, "docker"),
    "kube-play": lambda plan, dummy: compile_play(plan),
    "kubernetes": lambda plan, namespace: compile_kubernetes(plan, "kubernetes", namespace),
    "kubernetes-csi": lambda plan, namespace: compile_kubernetes(plan, "kubernetes-csi", namespace),
    "marathon": lambda plan, dummy: compile_marathon(plan),
    "nomad": lambda plan, dummy: compile_nomad(plan),
    "podman": lambda plan, dummy: compile_hosts(plan, "podman"),
    "swarm": lambda plan, dummy: compile_swarm(plan),
    "systemd": lambda plan, dummy: compile_hosts(plan, "systemd"),
}


def compile_plan(
    engine: str,
    catalogue: Mapping[str, Any],
    hosts: Mapping[str, Mapping[str, Any]],
    namespace: str = NAMESPACE,
) -> Output:
    """The files of one engine of TARGETS; ValueError where it is none of them."""
    if engine not in TARGETS:
        raise ValueError(f"no engine {engine}; there are {', '.join(TARGETS)}")
    plan = read_plan(catalogue, hosts)
    output = TARGETS[engine](plan, namespace)
    return replace(output, files={**output.files, **compile_operations(engine, plan, namespace)})
