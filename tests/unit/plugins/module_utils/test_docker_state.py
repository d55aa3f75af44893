# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import docker_engine, docker_state
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_engine import DockerEngine
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume, render_docker_options
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, System

SITE = EngineVolume("holdfast-site", "10.0.0.1:/srv/site", volume="site")


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.stat.return_value = FileState("other", 0o660, 0, 0)
    fake.listdir.return_value = []
    return fake


@pytest.fixture
def engine():
    fake = create_autospec(DockerEngine, instance=True)
    fake.find_containers.return_value = []
    return fake


def record(name, options=None, volume=""):
    labels = {"io.holdfast.volume": volume} if volume else {}
    return {"Name": name, "Driver": "local", "Options": options, "Labels": labels}


def test_where_no_docker_listens_there_is_nothing(system):
    system.stat.return_value = None
    assert docker_state.find_engine(system, "unix:///run/docker.sock", 5) is None
    assert docker_state.read(None, [SITE]) == {}


@pytest.mark.parametrize("url", ["tcp://10.0.0.1:2375", "/run/docker.sock", "unix://docker.sock"])
def test_another_host_is_refused(system, url):
    with pytest.raises(HostError, match="volumes are made on this host only"):
        docker_state.find_engine(system, url, 5)


def test_without_the_sdk_there_is_nothing_unless_a_volume_of_ours_is_there(system, monkeypatch):
    monkeypatch.setattr(docker_engine, "HAS_SDK", False)
    system.listdir.return_value = ["data", "metadata.db"]
    assert docker_state.find_engine(system, "unix:///run/docker.sock", 5) is None
    system.listdir.return_value = ["holdfast-site"]
    with pytest.raises(HostError, match="install python3-docker"):
        docker_state.find_engine(system, "unix:///run/docker.sock", 5)


def test_a_converged_docker_is_asked_once(engine):
    engine.find_volumes.return_value = [record("holdfast-site", render_docker_options(SITE), "site"), record("data")]
    assert list(docker_state.read(engine, [SITE])) == ["holdfast-site"]
    engine.find_containers.assert_not_called()


def test_users_are_asked_for_where_a_volume_would_have_to_go(engine):
    old = {"type": "nfs", "device": ":/srv/old", "o": "addr=10.0.0.1"}
    names = {"holdfast-site": "", "holdfast-old": "old", "data": ""}
    engine.find_volumes.return_value = [record(name, old, volume) for name, volume in names.items()]
    mounts = [{"Name": "holdfast-old"}]
    engine.find_containers.return_value = [{"Names": ["/web"], "State": "running", "Mounts": mounts}]
    found = docker_state.read(engine, [SITE])
    assert {name: [user.name for user in one.users] for name, one in found.items()} == {
        "holdfast-site": [],
        "holdfast-old": ["web"],
    }
    engine.find_containers.assert_called_once_with(["holdfast-old", "holdfast-site"])
