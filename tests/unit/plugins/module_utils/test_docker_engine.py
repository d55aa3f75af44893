# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The boundary with the real SDK, against a server on a unix socket."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import docker_engine
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.tests.unit.plugins.docker_api import DockerApi

OPTIONS = {"type": "nfs", "device": ":/srv/site", "o": "addr=10.0.0.1,rw"}


@pytest.fixture
def api(tmp_path):
    with DockerApi(tmp_path / "docker.sock") as server:
        yield server


def test_a_volume_is_made_listed_and_removed(api):
    engine = docker_engine.connect(api.url, 5)
    made = engine.create("holdfast-site", "local", OPTIONS, {"io.holdfast.volume": "site"})
    assert engine.find_volumes() == [made]
    assert (made["Options"], made["Labels"]) == (OPTIONS, {"io.holdfast.volume": "site"})
    engine.remove("holdfast-site")
    engine.remove("holdfast-site")
    assert engine.find_volumes() == []


def test_only_the_users_of_the_named_volumes_are_asked_for(api):
    for container, volume in (("web", "holdfast-site"), ("api", "holdfast-logs"), ("other", "data")):
        api.use(container, volume)
    engine = docker_engine.connect(api.url, 5)
    found = engine.find_containers(["holdfast-site", "holdfast-logs"])
    assert [one["Names"] for one in found] == [["/web"], ["/api"]]
    assert engine.find_containers([]) == []
    assert api.asked == ["GET /containers/json"]


def test_a_volume_in_use_stays(api):
    api.add("holdfast-site", OPTIONS)
    api.use("web", "holdfast-site")
    with pytest.raises(
        HostError, match="Docker could not remove the volume holdfast-site: remove .*: volume is in use"
    ):
        docker_engine.connect(api.url, 5).remove("holdfast-site")
    assert list(api.volumes) == ["holdfast-site"]


def test_what_the_daemon_says_is_passed_on(api):
    engine = docker_engine.connect(api.url, 5)
    api.broken = True
    with pytest.raises(HostError, match="Docker could not list its volumes: the daemon is not well"):
        engine.find_volumes()


def test_a_daemon_that_hangs_costs_no_more_than_the_limit(api):
    engine = docker_engine.connect(api.url, 1)
    api.slow = 30
    with pytest.raises(HostError, match="Docker could not make the volume holdfast-site: .*timed out"):
        engine.create("holdfast-site", "local", OPTIONS, {})


def test_no_daemon_is_told_so(tmp_path):
    with pytest.raises(HostError, match="Docker could not be reached at unix://"):
        docker_engine.connect(f"unix://{tmp_path}/docker.sock", 1)


def test_without_the_sdk_its_package_is_named(api, monkeypatch):
    monkeypatch.setattr(docker_engine, "HAS_SDK", False)
    with pytest.raises(HostError, match="Docker SDK for Python is not installed on this host; install python3-docker"):
        docker_engine.connect(api.url, 1)
