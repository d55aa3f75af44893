# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secrets of running containers as their own users read them, told by fingerprints alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import container_view, quadlet
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.secret_store import find_names
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import CONTAINER_PREFIX
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import MOUNTED, fingerprint
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container


def describe(system: System, containers: Sequence[Container], key: str, timeout: float) -> list[dict[str, Any]]:
    """{app, engine, container_id, name, fingerprint, error} of each secret of each container that runs.

    Fingerprints made with one ``key`` are equal where content, owner and mode are.
    """
    return [told for container in containers if container.pid for told in _describe(system, container, key, timeout)]


def _describe(system: System, container: Container, key: str, timeout: float) -> list[dict[str, Any]]:
    definition = f"{quadlet.DIRECTORY}/{CONTAINER_PREFIX}{container.app}{quadlet.SUFFIX}"
    names = find_names(system, container.app, system.read(definition) or "")
    about = {"app": container.app, "engine": container.engine, "container_id": container.container_id}
    answers = _ask(system, container, names, timeout) if names else []
    return [{**about, "name": name, **_tell(name, answer, key)} for name, answer in zip(names, answers)]


def _ask(system: System, container: Container, names: Sequence[str], timeout: float) -> list[dict[str, Any]]:
    jobs = [{"action": "read", "path": f"{MOUNTED}/{name}"} for name in names]
    try:
        identity = container_view.read_identity(system, container.pid)
        return container_view.visit(container.pid, identity, jobs, timeout)
    except HostError as error:
        return [{"message": str(error)}] * len(names)


def _tell(name: str, answer: dict[str, Any], key: str) -> dict[str, str]:
    found = answer.get("value")
    if not found:
        return {"fingerprint": "", "error": answer.get("message") or "it is not there"}
    place = f"{MOUNTED}/{name}"
    return {
        "fingerprint": fingerprint(key, place, found["owner"], int(found["mode"], 8), found["content"]),
        "error": "",
    }
