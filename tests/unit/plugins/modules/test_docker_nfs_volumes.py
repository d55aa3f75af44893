# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules docker_nfs_volumes and docker_nfs_volumes_info, by the real SDK against a server on a unix socket."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, System
from ansible_collections.holdfast.volumes.plugins.modules import docker_nfs_volumes, docker_nfs_volumes_info
from ansible_collections.holdfast.volumes.tests.unit.plugins.docker_api import DockerApi

SITE = {"name": "holdfast-site", "source": "10.0.0.1:/srv/site", "options": ["nfsvers=4.2", "rw"]}
LOGS = {"name": "holdfast-logs", "source": "[fd00::1]:/srv/logs", "options": []}
DRIFTED = {"type": "nfs", "device": ":/srv/site", "o": "addr=10.0.0.1,nfsvers=4.1,rw"}


class Host(System):
    """Resolves the names in ``known`` and counts the questions."""

    def __init__(self):
        self.known, self.asked = {"nfs1"}, []

    def run(self, argv, timeout=60.0, stdin=""):
        assert argv[:2] == ["getent", "ahosts"]
        self.asked.append(argv[2])
        return Completed(0 if argv[2] in self.known else 2, "", "")


@pytest.fixture
def api(tmp_path):
    with DockerApi(tmp_path / "docker.sock") as server:
        yield server


def run(api, *volumes, retire=False, check_mode=False, system=None):
    api.asked.clear()
    params = {"volumes": list(volumes), "retire": retire, "docker_host": api.url, "timeout": 5}
    return docker_nfs_volumes.run(system or Host(), params, check_mode)


def test_volumes_are_made_and_a_second_run_asks_once(api):
    assert run(api, SITE, LOGS)["steps"] == ["create holdfast-logs", "create holdfast-site"]
    assert api.volumes["holdfast-logs"]["Options"] == {"type": "nfs", "device": ":/srv/logs", "o": "addr=fd00::1"}
    assert api.volumes["holdfast-site"]["Labels"] == {"io.holdfast.volume": "site"}
    assert not run(api, SITE, LOGS)["changed"]
    assert api.asked == ["GET /volumes"]


def test_check_mode_predicts_the_run_and_does_nothing(api):
    api.add("holdfast-site", DRIFTED, "site")
    api.add("holdfast-old", DRIFTED, "old")
    predicted = run(api, SITE, check_mode=True)
    assert set(api.volumes) == {"holdfast-site", "holdfast-old"}
    assert predicted == run(api, SITE)
    assert set(api.volumes) == {"holdfast-site"}


def test_a_volume_made_anew_by_hand_is_mended_when_nothing_uses_it(api):
    api.add("holdfast-site", DRIFTED)
    api.use("somebody", "holdfast-site", state="exited")
    with pytest.raises(HostError, match=r"holdfast-site differs .* in use by somebody \(exited\)"):
        run(api, SITE)
    api.containers.clear()
    assert run(api, SITE)["changed"]
    assert api.volumes["holdfast-site"]["Options"]["o"] == "addr=10.0.0.1,nfsvers=4.2,rw"


def test_local_data_is_left_alone(api):
    api.add("holdfast-site")
    with pytest.raises(HostError, match="holds data on this host's own disk"):
        run(api, LOGS, SITE)
    assert api.volumes["holdfast-site"]["Options"] is None
    assert "holdfast-logs" not in api.volumes


def test_what_is_no_longer_wanted_goes_when_its_user_is_gone(api):
    run(api, SITE)
    api.use("holdfast-web", "holdfast-site", app="web")
    first = run(api, LOGS)
    assert (first["steps"], first["left"]) == (["create holdfast-logs"], ["holdfast-site"])
    assert run(api, LOGS, retire=True, check_mode=True)["steps"] == ["remove holdfast-site"]
    with pytest.raises(HostError, match=r"volume is in use .*; it is in use by holdfast-web \(running\)"):
        run(api, LOGS, retire=True)
    api.containers.clear()
    last = run(api, LOGS, retire=True)
    assert (last["steps"], last["left"]) == (["remove holdfast-site"], [])


def test_a_stranger_that_has_what_is_no_longer_wanted_is_named(api):
    run(api, SITE)
    api.use("somebody", "holdfast-site")
    with pytest.raises(HostError, match=r"wanted no longer, but in use by somebody \(running\)"):
        run(api, retire=True)


def test_retire_makes_nothing(api):
    assert not run(api, SITE, retire=True)["changed"]
    assert not api.volumes


def test_a_run_killed_between_removing_and_making_is_completed_by_the_next(api, monkeypatch):
    api.add("holdfast-site", DRIFTED, "site")

    def killed(*dummy):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(docker_nfs_volumes, "create", killed)
        run(api, SITE)
    assert not api.volumes
    assert run(api, SITE)["steps"] == ["create holdfast-site"]


def test_a_volume_that_somebody_makes_meanwhile_is_not_taken_for_ours(api, monkeypatch):
    monkeypatch.setattr(docker_nfs_volumes, "check_names", lambda *dummy: api.add("holdfast-site"))
    with pytest.raises(HostError, match="somebody else made the volume holdfast-site at the same time"):
        run(api, SITE)


def test_a_server_that_nobody_knows_is_named_before_anything_changes(api):
    host = Host()
    wanted = [{**SITE, "source": "nfs1:/srv/site"}, {**LOGS, "source": "nfs9:/srv/logs"}]
    with pytest.raises(HostError, match="cannot resolve nfs9, nothing was changed"):
        run(api, *wanted, system=host)
    assert not api.volumes
    host.known.add("nfs9")
    run(api, *wanted, system=host)
    host.asked.clear()
    run(api, *wanted, system=host)
    assert host.asked == []


def test_a_wrong_item_is_told_before_docker_is_asked(api):
    with pytest.raises(HostError, match="source '/srv'"):
        run(api, {**SITE, "source": "/srv"})
    assert api.asked == []


def test_where_there_is_no_docker_nothing_is_wanted_and_nothing_can_be(tmp_path):
    params = {"volumes": [], "retire": False, "docker_host": f"unix://{tmp_path}/none.sock", "timeout": 1}
    assert not docker_nfs_volumes.run(Host(), params, False)["changed"]
    wanted = {**params, "volumes": [SITE]}
    assert docker_nfs_volumes.run(Host(), wanted, True)["steps"] == ["create holdfast-site"]
    with pytest.raises(HostError, match="Docker could not be reached at"):
        docker_nfs_volumes.run(Host(), wanted, False)


def test_info_lists_what_is_ours_with_its_users(api):
    run(api, SITE)
    api.add("data", DRIFTED)
    api.use("holdfast-web", "holdfast-site", app="web")
    api.asked.clear()
    found = docker_nfs_volumes_info.run(Host(), {"docker_host": api.url, "timeout": 5})
    assert [(one["name"], one["source"], [user["name"] for user in one["users"]]) for one in found] == [
        ("holdfast-site", "10.0.0.1:/srv/site", ["holdfast-web"])
    ]
    assert api.asked == ["GET /volumes", "GET /containers/json"]
