"""What the tests of witness and witness_info share."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container

RUNNING = [Container("web", "docker", "3f2a", 812, "nginx:1", ()), Container("db", "podman", "51d0", 813, "pg", ())]


@pytest.fixture
def container_files(monkeypatch):
    """The files of all containers by witness key, behind the real grouping of ``ask``."""
    held = {}

    def go(system, where, running, jobs, timeout):
        if where not in running:
            raise HostError(f"no container holdfast-{where[1]} runs")
        return [answer(f"{where[1] or 'host'}:{job['path']}", job) for job in jobs]

    def answer(key, job):
        if held.get(key) == "denied" or (job["action"] == "attempt" and held.get("read only")):
            return {"errno": "EROFS", "message": "Read-only file system"}
        if job["action"] == "write":
            held[key] = job["content"]
        if job["action"] == "remove":
            held.pop(key)
        found = (
            {"content": held[key], "owner": 1000, "group": 1000, "mode": "0644", "label": ""} if key in held else None
        )
        return {"value": found if job["action"] == "read" else None}

    monkeypatch.setattr(container_view, "_go", go)
    monkeypatch.setattr(container_view, "_viewer", lambda system, container: {"uid": 1000, "pid": container.pid})
    monkeypatch.setattr(container_view, "find_all", lambda system, engines=(): RUNNING)
    return held
