# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_quirks import QUIRKS, find_obstacle
from ansible_collections.holdfast.volumes.plugins.module_utils.nfs_mount_options import parse
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan

VOLUMES = {volume.name: volume for volume in load_plan().volumes}
NFS = ("logs", "papers", "rows", "site")


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("name", NFS)
@pytest.mark.parametrize("engine", sorted(set(QUIRKS) - {"kubernetes-efs"}))
def test_every_language_says_the_same_of_a_volume(engine, name, read_only):
    quirk, volume = QUIRKS[engine], VOLUMES[name]
    source, options = quirk.read(quirk.render(volume, read_only))
    assert source == volume.source
    assert parse(options) == parse(volume.find_options(read_only, labelled=quirk.labelled))


@pytest.mark.parametrize("name", ["archive", "media"])
def test_the_driver_of_amazon_efs_says_the_same(name):
    quirk, volume = QUIRKS["kubernetes-efs"], VOLUMES[name]
    source, options = quirk.read(quirk.render(volume, False))
    assert source == f"{volume.file_system_id}:/{'archive' if name == 'archive' else ''}"
    assert parse(options) == parse(volume.find_options(False, labelled=True))


SAID = {
    "systemd": {"What": "10.0.0.1:/srv/volumes/rows", "Where": "/srv/holdfast/rows", "Type": "nfs4"},
    "docker": {"type": "nfs", "device": "10.0.0.1:/srv/volumes/rows"},
    "podman": {"type": "nfs4", "device": "10.0.0.1:/srv/volumes/rows", "nocopy": ""},
    "kubernetes": {"nfs": {"server": "10.0.0.1", "path": "/srv/volumes/rows", "readOnly": True}},
    "kubernetes-csi": {
        "csi": {
            "driver": "nfs.csi.k8s.io",
            "volumeHandle": "10.0.0.1#/srv/volumes/rows##holdfast-rows.ro",
            "readOnly": True,
            "volumeAttributes": {"server": "10.0.0.1", "share": "/srv/volumes/rows"},
        }
    },
    "nomad": {
        "external_id": "10.0.0.1#/srv/volumes/rows##holdfast-rows.ro",
        "context": {"server": "10.0.0.1", "share": "/srv/volumes/rows"},
    },
}


@pytest.mark.parametrize("engine", SAID)
def test_each_engine_has_its_own_words(engine):
    words = QUIRKS[engine].render(VOLUMES["rows"], True)
    assert {key: words[key] for key in SAID[engine]} == SAID[engine]


def test_docker_has_the_address_in_its_options_and_the_path_alone_where_no_name_is_proved():
    plain = dataclasses.replace(VOLUMES["rows"], options=("nfsvers=4.2", "hard"))
    assert QUIRKS["docker"].render(plain, False) == {
        "type": "nfs",
        "device": ":/srv/volumes/rows",
        "o": "addr=10.0.0.1,nfsvers=4.2,hard,rw",
    }


def test_the_level_is_said_wherever_a_mount_can_say_it():
    context = 'context="system_u:object_r:container_file_t:s0:c5,c6"'
    silent = {name for name, quirk in QUIRKS.items() if context not in str(quirk.render(VOLUMES["rows"], False))}
    assert silent - {"nomad", "kubernetes-efs"} == {"docker", "podman"}
    assert context in QUIRKS["nomad"].render(VOLUMES["rows"], False)["mount_options"]["mount_flags"]


@pytest.mark.parametrize("engine", ["kubernetes", "kubernetes-csi", "nomad", "docker", "podman"])
def test_a_transport_is_a_mount_option(engine):
    assert "xprtsec=mtls" in str(QUIRKS[engine].render(VOLUMES["logs"], False))
    assert "sec=krb5p" in str(QUIRKS[engine].render(VOLUMES["papers"], False))


def test_an_ipv6_address_is_bare_where_it_stands_alone():
    assert QUIRKS["kubernetes"].render(VOLUMES["papers"], False)["nfs"]["server"] == "fd00::5"
    assert QUIRKS["podman"].render(VOLUMES["papers"], False)["device"] == "[fd00::5]:/vol/x/papers"


def test_the_tunnel_of_amazon_efs_is_the_driver_s():
    words = QUIRKS["kubernetes-efs"].render(VOLUMES["media"], False)
    assert words["csi"]["volumeHandle"] == "fs-0123456789abcdef0:/:fsap-0123456789abcdef0"
    assert words["csi"]["volumeAttributes"] == {"encryptInTransit": "true"}
    assert not [one for one in words["mountOptions"] if one.startswith(("tls", "accesspoint"))]


@pytest.mark.parametrize(
    ("engine", "name", "why"),
    [
        ("docker", "rows", ""),
        ("docker", "media", "amazon-efs-utils"),
        ("kubernetes-efs", "media", ""),
        ("nomad", "rows", ""),
    ],
)
def test_what_an_engine_cannot_mount_has_a_reason(engine, name, why):
    obstacle = find_obstacle(engine, VOLUMES[name])
    assert why in obstacle and bool(obstacle) == bool(why)


def test_docker_negotiates_no_version():
    free = dataclasses.replace(VOLUMES["papers"], options=("hard",))
    assert "version" in find_obstacle("docker", free)
    assert find_obstacle("podman", free) == ""
