# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import engine_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume, parse_volume

SITE = EngineVolume("holdfast-site", "10.0.0.1:/srv/site", ("nfsvers=4.2", "hard", "rw"), owner=1000, group=1001)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("volume", ["site", "site-ro", "a_b-c"])
def test_a_name_leads_back_to_its_volume(volume, read_only):
    assert engine_volumes.parse_name(engine_volumes.render_name(volume, read_only)) == volume


def test_read_only_is_a_name_of_its_own():
    names = [engine_volumes.render_name(volume, ro) for volume in ("site", "site-ro") for ro in (False, True)]
    assert len(set(names)) == 4


@pytest.mark.parametrize("name", ["data", "0f" * 32, ""])
def test_names_of_others_are_no_volume(name):
    assert engine_volumes.parse_name(name) == ""


def test_docker_gets_the_address_beside_the_options():
    assert engine_volumes.render_docker_options(SITE) == {
        "type": "nfs",
        "device": ":/srv/site",
        "o": "addr=10.0.0.1,nfsvers=4.2,hard,rw",
    }


def test_ipv6_has_brackets_in_a_source_and_none_in_an_option():
    options = engine_volumes.render_docker_options(EngineVolume("a", "[fd00::1]:/srv/site"))
    assert options == {"type": "nfs", "device": ":/srv/site", "o": "addr=fd00::1"}


@pytest.mark.parametrize("option", ["xprtsec=tls", "xprtsec=mtls", "sec=krb5", "sec=krb5p"])
def test_docker_tells_the_kernel_the_name_that_a_server_has_to_prove(option):
    options = engine_volumes.render_docker_options(EngineVolume("a", "nfs1:/srv/site", (option,)))
    assert options == {"type": "nfs", "device": "nfs1:/srv/site", "o": f"addr=nfs1,{option}"}
    assert engine_volumes.find_source(options) == "nfs1:/srv/site"


@pytest.mark.parametrize("option", ["xprtsec=none", "sec=sys"])
def test_where_it_proves_nothing_its_address_does(option):
    options = engine_volumes.render_docker_options(EngineVolume("a", "nfs1:/srv/site", (option,)))
    assert options["device"] == ":/srv/site"


def test_words_that_only_mount_knows_do_not_reach_the_kernel():
    words = ("_netdev", "retry=2", "x-systemd.automount", "nofail", "nconnect=4")
    assert engine_volumes.render_docker_options(EngineVolume("a", "s:/p", words))["o"] == "addr=s,nconnect=4"


def test_podman_is_told_the_owner_so_that_it_changes_none():
    # Seen with Podman 5.4: without them an empty 1000:1000 0750 volume became 0:0 0755, as the image's directory.
    options = engine_volumes.render_podman_options(SITE)
    assert options == {
        "type": "nfs4",
        "device": "10.0.0.1:/srv/site",
        "o": "nfsvers=4.2,hard,rw,sloppy,uid=1000,gid=1001",
        "nocopy": "",
    }


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({"type": "nfs", "device": ":/srv/a", "o": "addr=10.0.0.1,rw"}, "10.0.0.1:/srv/a"),
        ({"type": "nfs", "device": ":/srv/a", "o": "rw,addr=fd00::1"}, "[fd00::1]:/srv/a"),
        ({"type": "nfs4", "device": "nfs1:/srv/a", "o": "rw"}, "nfs1:/srv/a"),
        ({"type": "none", "device": "/srv/a", "o": "bind"}, ""),
        ({"type": "tmpfs", "device": "tmpfs"}, ""),
        ({}, ""),
    ],
)
def test_what_a_volume_mounts(options, source):
    assert engine_volumes.find_source(options) == source


@pytest.mark.parametrize("volume", [SITE, EngineVolume("a", "[fd00::1]:/srv/a")])
def test_both_engines_mount_the_source(volume):
    for render in (engine_volumes.render_docker_options, engine_volumes.render_podman_options):
        assert engine_volumes.find_source(render(volume)) == volume.source


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"UID": "1000"}, True),
        ({"o": "uid=1000,gid=1001,rw,hard,nfsvers=4.2,sloppy"}, True),
        ({"o": "nfsvers=4.2,hard,rw"}, False),
        ({"device": "10.0.0.2:/srv/site"}, False),
        ({"type": "nfs"}, False),
    ],
)
def test_the_order_of_options_has_no_meaning(change, same):
    wanted = engine_volumes.render_podman_options(SITE)
    assert engine_volumes.is_same({**wanted, **change}, wanted) is same


def test_copying_up_is_a_difference():
    wanted = engine_volumes.render_podman_options(SITE)
    assert not engine_volumes.is_same({key: wanted[key] for key in wanted if key != "nocopy"}, wanted)


GOOD = {"name": "holdfast-site", "source": "nfs1.example.com:/srv/site", "options": ["nfsvers=4.2", "x-a.b=c:d/e"]}


def test_a_short_item_has_defaults():
    volume = parse_volume(GOOD)
    assert engine_volumes.find_faults(volume) == []
    assert (volume.volume, volume.fstype, volume.owner, volume.group) == ("site", "nfs4", 0, 0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "a/b"}, "name 'a/b'"),
        ({"name": ""}, "name ''"),
        ({"source": "/srv/site"}, "source '/srv/site'"),
        ({"source": "fd00::1:/srv/site"}, "source"),
        ({"source": "nfs1:srv"}, "source"),
        ({"source": "nfs1:/srv/../etc"}, "source"),
        ({"source": "nfs1:/srv/a,b"}, "source"),
        ({"fstype": "ext4"}, "fstype 'ext4': use one of nfs, nfs4"),
        ({"options": ["rw,hard"]}, "option 'rw,hard'"),
        ({"options": ["a b"]}, "option 'a b'"),
        ({"options": ['context="system_u:object_r:container_file_t:s0"']}, "may not set it under SELinux"),
        ({"options": ["addr=10.0.0.1"]}, "it follows from the source"),
        ({"owner": "nginx"}, "use numeric ids"),
    ],
)
def test_a_wrong_item_is_told_with_its_way_out(wrong, told):
    assert told in "; ".join(engine_volumes.find_faults(parse_volume({**GOOD, **wrong})))


def test_a_repeated_name_is_told_once():
    assert engine_volumes.find_repeated(["a", "b", "a", "a"]) == ["a: given 3 times; keep one"]
