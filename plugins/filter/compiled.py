# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue as files of other engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.module_utils import compiler
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Content, Output, render_notes
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_kubernetes import NAMESPACE
from ansible_collections.holdfast.volumes.plugins.plugin_utils.compiled_text import render_content
from ansible_collections.holdfast.volumes.plugins.plugin_utils.plain import make_plain

VARIABLES = ("container_units_operations", "container_units_units", "holdfast_orchestrated", "host_mounts_mounts")


def compile_for(
    hostvars: Mapping[str, Any],
    engine: str,
    hosts: str | Iterable[str],
    values: bool = False,
    namespace: str = NAMESPACE,
) -> dict[str, Any]:
    """{files, confidential, notes} of one engine, from the variables of ``hosts``; a single name will do."""
    output = _compile(engine, *_read(hostvars, hosts), namespace)
    return {
        "files": _render(output.files),
        "confidential": _render(output.confidential) if values else {},
        "notes": [vars(note) for note in output.notes],
    }


def compile_all(
    hostvars: Mapping[str, Any],
    hosts: str | Iterable[str],
    engines: Iterable[str] = (),
    values: bool = False,
    namespace: str = NAMESPACE,
) -> dict[str, Any]:
    """{files, confidential, notes} of ``engines``, all where none is given, below a directory for each."""
    catalogue, found = _read(hostvars, hosts)
    outputs = {engine: _compile(engine, catalogue, found, namespace) for engine in list(engines) or compiler.TARGETS}
    files = {f"{engine}/notes.txt": render_notes(output.notes) for engine, output in outputs.items()}
    confidential: dict[str, str] = {}
    for engine, output in outputs.items():
        files.update(_render(output.files, f"{engine}/"))
        confidential.update(_render(output.confidential, f"{engine}/") if values else {})
    return {
        "files": files,
        "confidential": confidential,
        "notes": [{"engine": engine, **vars(note)} for engine, output in outputs.items() for note in output.notes],
    }


def _read(hostvars: Mapping[str, Any], hosts: str | Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [hosts] if isinstance(hosts, str) else list(hosts)
    found = {name: {key: hostvars[name].get(key) for key in VARIABLES} for name in names}
    catalogues = [hostvars[name]["holdfast_catalogue"] for name in names if "holdfast_catalogue" in hostvars[name]]
    if not catalogues:
        raise AnsibleFilterError("none of the hosts has holdfast_catalogue; give an inventory with a catalogue")
    return make_plain(catalogues[0]), make_plain(found)


def _compile(engine: str, catalogue: dict[str, Any], found: dict[str, Any], namespace: str) -> Output:
    try:
        return compiler.compile_plan(engine, catalogue, found, make_plain(namespace))
    except ValueError as error:
        raise AnsibleFilterError(f"the catalogue cannot be compiled: {error}") from error


def _render(contents: Mapping[str, Content], directory: str = "") -> dict[str, str]:
    return {directory + path: render_content(content) for path, content in contents.items()}


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Tell Ansible what this file has."""
        return {"compile_all": compile_all, "compile_for": compile_for}
