from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.secret_view import describe
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container, Identity

WEB = Container("web", "podman", "3f2a", 812, "nginx:1", ())
DB = Container("db", "docker", "51d0", 813, "pg", ())
DOWN = Container("down", "docker", "77aa", 0, "pg", ())
QUADLET = "Secret=holdfast-web.orders-user,type=mount\nSecret=holdfast-web.orders-password,type=mount\n"
FOUND = {"content": "hunter2", "owner": 70, "group": 0, "mode": "0400", "label": ""}


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.read.side_effect = {"/etc/containers/systemd/holdfast-web.container": QUADLET}.get
    fake.listdir.side_effect = lambda path: ["media-url"] if path == "/etc/holdfast/secrets/db" else []
    return fake


@pytest.fixture
def files(monkeypatch):
    """What is behind each path, whichever container looks; asked as the user of its process."""
    held = {f"/run/secrets/{name}": dict(FOUND) for name in ("orders-user", "orders-password", "media-url")}

    def visit(pid, identity, jobs, timeout):
        assert identity.uid == pid
        assert {job["action"] for job in jobs} == {"read"}
        return [
            held[job["path"]] if "message" in (held[job["path"]] or {}) else {"value": held[job["path"]]}
            for job in jobs
        ]

    monkeypatch.setattr(container_view, "visit", visit)
    monkeypatch.setattr(container_view, "read_identity", lambda system, pid: Identity(pid, 0, (), 0, ""))
    return held


def told(system, key="key"):
    return {(one["app"], one["name"]): one for one in describe(system, [WEB, DB, DOWN], key, 1.0)}


def test_every_secret_of_what_runs_and_no_value(system, files):
    found = told(system)
    assert list(found) == [("web", "orders-password"), ("web", "orders-user"), ("db", "media-url")]
    assert found["db", "media-url"]["container_id"] == "51d0"
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("change", [{"content": "hunter3"}, {"owner": 71}, {"mode": "0440"}])
def test_another_content_owner_or_mode_is_another_fingerprint(system, files, change):
    before = told(system)
    assert told(system) == before
    files["/run/secrets/orders-user"].update(change)
    changed = [where for where, one in told(system).items() if one != before[where]]
    assert changed == [("web", "orders-user")]
    assert told(system, "another key")["db", "media-url"]["fingerprint"] != before["db", "media-url"]["fingerprint"]


def test_what_cannot_be_read_is_an_answer(system, files, monkeypatch):
    files["/run/secrets/orders-user"] = {"errno": "EACCES", "message": "Permission denied"}
    files["/run/secrets/media-url"] = None
    found = told(system)
    assert (found["web", "orders-user"]["error"], found["db", "media-url"]["error"]) == (
        "Permission denied",
        "it is not there",
    )

    def refuse(*dummy):
        raise HostError("process 812 has ended")

    monkeypatch.setattr(container_view, "visit", refuse)
    assert {one["error"] for one in told(system).values()} == {"process 812 has ended"}
