from __future__ import annotations

import json
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_runtime
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError, System

OURS = "# Managed by holdfast.volumes\n"


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.stat.return_value = None  # no systemd to start podman by; that way is tested in test_engine_client.py
    return fake


def give_files(system, files):
    system.read.side_effect = files.get
    system.listdir.side_effect = lambda path: [
        name.rpartition("/")[2] for name in files if name.rpartition("/")[0] == path
    ]


def test_an_empty_host_is_not_asked_anything(system):
    give_files(system, {})
    current = container_runtime.read(system)
    assert (current.files, current.states, current.pending) == ({}, {}, None)
    system.check.assert_not_called()
    system.run.assert_not_called()


def test_only_files_with_our_marker_are_ours(system):
    files = {
        "/etc/systemd/system/holdfast-a.service": OURS,
        "/etc/systemd/system/holdfast-b.service": "[Unit]\n",
        "/etc/systemd/system/srv-holdfast-a.mount": OURS,
        "/etc/containers/systemd/holdfast-c.container": OURS,
        "/etc/containers/systemd/other.container": OURS,
        "/etc/holdfast/env/a.env": OURS,
        container_runtime.PENDING: OURS + "holdfast-a.service\n",
    }
    give_files(system, files)
    system.check.return_value = "Id=holdfast-a.service\nActiveState=active\n"
    units = parse_units([{"name": "b", "engine": "docker", "image": "r/x"}])
    current = container_runtime.read(system, units)
    assert sorted(current.files) == [
        "/etc/containers/systemd/holdfast-c.container",
        "/etc/holdfast/env/a.env",
        "/etc/systemd/system/holdfast-a.service",
    ]
    assert current.foreign == ["/etc/systemd/system/holdfast-b.service"]
    assert current.pending == ["holdfast-a.service"]
    (argv,) = system.check.call_args.args
    assert argv[-3:] == ["holdfast-a.service", "holdfast-b.service", "holdfast-c.service"]


def test_inspect_gives_those_that_exist(system):
    found = json.dumps([{"Name": "/holdfast-a"}, {"Name": "holdfast-b"}])
    system.run.return_value = Completed(1, found, "no such container holdfast-c")
    assert sorted(container_runtime.inspect(system, "docker", ["holdfast-a", "holdfast-b", "holdfast-c"])) == [
        "holdfast-a",
        "holdfast-b",
    ]


@pytest.mark.parametrize("out", ["", "[]\n", "Cannot connect to the Docker daemon"])
def test_inspect_without_an_answer_gives_nothing(system, out):
    system.run.return_value = Completed(1, out, "")
    assert container_runtime.inspect(system, "docker", ["holdfast-a"]) == {}


def test_an_engine_that_is_not_there_is_not_called(system):
    system.has.return_value = False
    assert container_runtime.inspect(system, "podman", ["holdfast-a"]) == {}
    container_runtime.remove(system, "podman", ["holdfast-a"])
    system.run.assert_not_called()


def test_a_container_that_stays_is_an_error(system):
    system.run.side_effect = [Completed(1, "", "device busy"), Completed(0, '[{"Name": "/holdfast-a"}]', "")]
    with pytest.raises(HostError, match="docker cannot remove holdfast-a.*device busy"):
        container_runtime.remove(system, "docker", ["holdfast-a"])


def test_removing_what_is_gone_is_fine(system):
    system.run.side_effect = [Completed(0, "", ""), Completed(125, "[]", "no such object")]
    container_runtime.remove(system, "podman", ["holdfast-a"])
    assert "--ignore" in system.run.call_args_list[0].args[0]


def test_podman_that_fails_silently_is_an_error(system):
    # Under SELinux its output may be lost.
    system.run.side_effect = [Completed(125, "", ""), Completed(125, "", "")]
    with pytest.raises(HostError, match="podman cannot remove holdfast-a"):
        container_runtime.remove(system, "podman", ["holdfast-a"])


def test_podman_is_asked_once_for_its_volumes_and_about_suspects(system):
    volume = {"name": "holdfast-site", "source": "nfs1:/srv/site"}
    mounts = [{"target": "/www", "engine_volume": volume}]
    units = parse_units([{"name": "a", "engine": "podman", "image": "r/x", "mounts": mounts}])
    give_files(system, {"/etc/containers/systemd/holdfast-old.volume": OURS})
    system.has.return_value = True
    system.check.return_value = "Id=holdfast-site-volume.service\nActiveState=active\n"
    fine = {"type": "nfs4", "device": "nfs1:/srv/site", "o": "sloppy,uid=0,gid=0", "nocopy": ""}
    records = [{"Name": "holdfast-site", "Options": fine}, {"Name": "holdfast-old", "Options": None}]
    system.run.side_effect = [Completed(0, json.dumps(records), ""), Completed(0, "web\nsomebody\n", "")]
    current = container_runtime.read(system, units)
    assert {name: (dict(one.options), list(one.users)) for name, one in current.volumes.items()} == {
        "holdfast-site": (fine, []),
        "holdfast-old": ({}, ["web", "somebody"]),
    }
    asked = [call.args[0] for call in system.run.call_args_list]
    assert asked == [
        ["podman", "volume", "inspect", "holdfast-old", "holdfast-site"],
        ["podman", "ps", "--all", "--filter", "volume=holdfast-old", "--format", "{{.Names}}"],
    ]
    (argv,) = system.check.call_args.args
    assert argv[-3:] == ["holdfast-a.service", "holdfast-old-volume.service", "holdfast-site-volume.service"]


def test_volumes_are_none_where_there_is_no_podman(system):
    system.has.return_value = False
    assert container_runtime.read_volumes(system, ["holdfast-site"]) == {}


@pytest.mark.parametrize("answers", [[Completed(125, "", "database is locked")], [Completed(0, "[]", "")]])
def test_an_engine_that_cannot_answer_is_no_engine_without_volumes(system, answers):
    system.run.side_effect = answers
    if answers[0].rc:
        with pytest.raises(HostError, match="volume inspect failed .125.: database is locked"):
            container_runtime.read_volumes(system, ["holdfast-site"])
    else:
        assert container_runtime.read_volumes(system, ["holdfast-site"]) == {}


@pytest.mark.parametrize(("rc", "gone"), [(0, True), (1, True), (2, False)])
def test_a_volume_in_use_is_not_removed_by_force(system, rc, gone):
    system.run.return_value = Completed(rc, "", "volume is being used by container web")
    if gone:
        container_runtime.remove_volume(system, "holdfast-site")
    else:
        with pytest.raises(HostError, match="cannot remove its volume holdfast-site: volume is being used"):
            container_runtime.remove_volume(system, "holdfast-site")
    assert system.run.call_args.args[0] == ["podman", "volume", "rm", "holdfast-site"]


def test_without_a_wish_podman_is_not_asked_for_volumes(system):
    give_files(system, {"/etc/containers/systemd/holdfast-old.volume": OURS})
    system.check.return_value = "Id=holdfast-old-volume.service\nActiveState=active\n"
    assert container_runtime.read(system).volumes == {}
    system.run.assert_not_called()
    system.run.return_value = Completed(0, "[]", "")
    container_runtime.read(system, [])
    assert system.run.call_args.args[0] == ["podman", "volume", "inspect", "holdfast-old"]


def test_the_engine_of_a_service_file_is_told_by_what_it_starts(system):
    found = container_runtime.find_engines(
        {
            "/etc/systemd/system/holdfast-a.service": OURS + "[Service]\nExecStart=/usr/bin/docker run x\n",
            "/etc/systemd/system/holdfast-b.service": OURS + "[Service]\nExecStart=/usr/bin/systemd-nspawn x\n",
            "/etc/containers/systemd/holdfast-c.container": OURS,
            "/etc/containers/systemd/holdfast-d.volume": OURS,
            "/etc/systemd/nspawn/holdfast-b.nspawn": OURS,
            "/etc/holdfast/nspawn/b.passwd": OURS,
        }
    )
    assert found == {
        "holdfast-a.service": "docker",
        "holdfast-b.service": "nspawn",
        "holdfast-c.service": "podman",
    }


def test_settings_users_and_images_of_nspawn_are_read(system):
    image = "/var/lib/holdfast/images/" + "a" * 64
    files = {"/etc/systemd/nspawn/holdfast-b.nspawn": OURS, "/etc/holdfast/nspawn/b.passwd": OURS, image: ""}
    give_files(system, files)
    current = container_runtime.read(system)
    assert sorted(current.files) == ["/etc/holdfast/nspawn/b.passwd", "/etc/systemd/nspawn/holdfast-b.nspawn"]
    assert current.images == [image]


def test_a_container_of_nspawn_is_gone_with_its_service(system):
    container_runtime.remove(system, "nspawn", ["holdfast-a"])
    system.run.assert_not_called()
