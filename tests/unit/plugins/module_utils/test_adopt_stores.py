# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_kubernetes import Claim
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Share
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_stores import (
    Spot,
    describe,
    find_options,
    find_squash,
    find_uses,
    find_version,
    is_below,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.adopt_case import (
    OWNED,
    SHARED,
    make_export,
    make_fleet,
    make_hand_made,
    make_look,
    make_share,
)


def describe_fleet(fleet, claims=(), disk=()):
    return describe(fleet, find_uses(fleet), claims, disk)


def make_server(*paths, options=(*SHARED, "root_squash"), **keys):
    exports = [make_export(path, options=options) for path in paths]
    return make_look(exports=exports, directories=dict.fromkeys(paths, OWNED), **keys)


def test_a_server_of_the_fleet_is_a_store_that_the_collection_builds():
    found = describe_fleet(make_hand_made())
    common = {"store": "nfs1", "owner": 1000, "group": 1000, "mode": "0750"}
    assert found.stores == {"nfs1": {"type": "nfs_server", "host": "nfs1", "path": "/srv/exports"}}
    assert found.volumes == {
        "logs": {**common, "exec": True},
        "reports": {**common, "squash": "root"},
        "site": {**common, "squash": "none", "exec": True},
    }
    assert found.find(Spot("host", "nfs1", "/srv/exports/site/html")) == ("site", "html")
    assert found.differences == []


def test_on_request_a_server_of_the_fleet_is_somebody_elses_whose_directories_are_known_all_the_same():
    found = describe_fleet(make_hand_made(True))
    store = {"type": "nfs", "address": "10.77.0.11", "path": "/srv/exports", "version": "4.2"}
    assert found.stores == {"nfs-10-77-0-11": store}
    assert [volume["owner"] for volume in found.volumes.values()] == [1000] * 3
    assert all("squash" not in volume for volume in found.volumes.values())


def test_paths_below_a_root_of_nfs_4_are_not_those_of_the_server():
    server = make_server("/srv/exports", options=("rw", "fsid=0"))
    client = make_look(shares=[make_share("/site", "/mnt/site")], directories={"/mnt/site": {**OWNED, "owner": 7}})
    found = describe_fleet(make_fleet(server, client))
    assert found.stores == {"nfs-10-77-0-11": {"type": "nfs", "address": "10.77.0.11", "path": "/"}}
    assert found.volumes["site"]["owner"] == 7


def test_a_server_that_nobody_looked_at_is_known_by_what_is_mounted():
    share = make_share("/vol/x", "/mnt/x", options=["soft", "_netdev", "x-systemd.automount"], server="filer")
    found = describe_fleet(make_fleet(client=make_look(shares=[share], directories={"/mnt/x": OWNED})))
    assert found.stores == {"nfs-filer": {"type": "nfs", "address": "filer", "path": "/vol"}}
    assert found.volumes["x"]["options"] == ["soft"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, "no host of the run has it mounted"),
        ({}, "did not answer in time"),
        ({"errno": 13}, "no host of the run has it mounted"),
        ({"kind": "file", "owner": 0, "group": 0, "mode": "0644"}, "it is no directory"),
    ],
)
def test_a_directory_of_which_nobody_knows_whose_it_is_is_left_out(answer, expected):
    share = make_share("/vol/x", "/mnt/x", server="filer")
    directories = {} if answer is None else {"/mnt/x": answer}
    found = describe_fleet(make_fleet(client=make_look(shares=[share], directories=directories)))
    assert (found.stores, found.volumes) == ({}, {})
    assert [one.kind for one in found.differences] == ["left_out"]
    assert expected in found.differences[0].text
    with pytest.raises(Unfit, match=expected):
        found.find(Spot("nfs", "filer", "/vol/x"))


def test_an_inner_directory_is_a_part_of_the_volume_around_it():
    paths = ("/srv/a", "/srv/a/b", "/srv/ab")
    client = make_look(
        shares=[make_share(path, f"/mnt{path}") for path in paths],
        directories={f"/mnt{path}": OWNED for path in paths},
    )
    found = describe_fleet(make_fleet(make_server("/srv/a", "/srv/ab"), client))
    assert list(found.volumes) == ["a", "ab"]
    assert found.find(Spot("host", "nfs1", "/srv/a/b")) == ("a", "b")


def test_what_is_exported_and_not_used_is_a_volume_unless_others_lie_in_it():
    client = make_look(shares=[make_share("/srv/a/b", "/mnt/b")], directories={"/mnt/b": OWNED})
    found = describe_fleet(make_fleet(make_server("/srv/a", "/data", "/home"), client))
    assert {name: (volume["store"], volume.get("path")) for name, volume in found.volumes.items()} == {
        "b": ("nfs1-a", None),
        "data": ("nfs1", None),
    }


def test_directories_of_one_name_are_told_apart_as_are_stores():
    client = make_look(shares=[make_share("/srv/a/x", "/mnt/1"), make_share("/srv/b/x", "/mnt/2")])
    found = describe_fleet(make_fleet(make_server("/srv/a/x", "/srv/b/x"), client))
    assert {name: volume["store"] for name, volume in found.volumes.items()} == {"x": "nfs1-a", "b-x": "nfs1-b"}
    assert found.volumes["b-x"]["path"] == "x"


def test_a_directory_of_a_hosts_own_disk_is_in_a_store_of_its_own():
    fleet = make_fleet(client=make_look(directories={"/srv/local/rows": OWNED}))
    found = describe_fleet(fleet, disk=[("app1", "/srv/local/rows")])
    assert found.stores == {"local": {"type": "directory", "path": "/srv/local"}}
    assert found.volumes == {"rows": {"store": "local", **{key: OWNED[key] for key in ("owner", "group", "mode")}}}


def test_what_a_server_exports_is_no_local_directory_there():
    fleet = make_fleet(make_server("/srv/a"))
    found = describe_fleet(fleet, disk=[("nfs1", "/srv/a")])
    assert found.volumes["a"]["store"] == "nfs1"
    assert found.stores["nfs1"]["type"] == "nfs_server"


def test_a_claim_has_size_and_writer_and_gives_its_name():
    claim = Claim("rows", make_share("/srv/a", "pv-1", "kubernetes", ["nfsvers=4.1"]), "5G", True)
    found = describe_fleet(make_fleet(make_server("/srv/a")), [claim])
    assert found.volumes["rows"] == {
        "store": "nfs1",
        "path": "a",
        "owner": 1000,
        "group": 1000,
        "mode": "0750",
        "squash": "root",
        "size": "5G",
        "single_writer": True,
    }
    assert found.stores["nfs1"]["version"] == "4.1"


def test_a_file_system_of_amazon_is_known_by_its_name_and_by_its_helper():
    name = "fs-0123456789abcdef0.efs.eu-west-1.amazonaws.com"
    plain = make_share("/x", "/mnt/x", server=name)
    helped = Share("fstab", "/mnt/y", "fs-1123456789abcdef0:/", "efs", ("tls", "region=eu-west-1"))
    client = make_look(shares=[plain, helped], directories={"/mnt/x": OWNED, "/mnt/y": OWNED})
    assert describe_fleet(make_fleet(client=client)).stores == {
        "fs-0123456789abcdef0": {"type": "efs", "file_system_id": name[:20], "region": "eu-west-1"},
        "fs-1123456789abcdef0": {
            "type": "efs",
            "file_system_id": "fs-1123456789abcdef0",
            "region": "eu-west-1",
            "tls": True,
        },
    }


def test_an_address_that_several_hosts_have_leads_to_none():
    fleet = make_hand_made()
    assert fleet.find_server("10.0.2.15", "app1") == ""
    assert fleet.find_server("10.77.0.11", "app1") == "nfs1"
    assert fleet.find_server("127.0.0.1", "nfs1") == fleet.find_server("localhost", "nfs1") == "nfs1"
    assert fleet.find_server("127.0.0.1", "") == ""


def test_another_name_of_the_server_is_its_address_in_the_catalogue():
    server = make_server("/srv/a", names=["storage"])
    client = make_look(shares=[make_share("/srv/a", "/mnt/a", server="storage")])
    assert describe_fleet(make_fleet(server, client)).stores["nfs1"]["address"] == "storage"


def test_transport_is_that_of_the_mount():
    client = make_look(shares=[make_share("/srv/a", "/mnt/a", options=["sec=krb5p", "noexec"])])
    volume = describe_fleet(make_fleet(make_server("/srv/a"), client)).volumes["a"]
    assert volume["transport"] == "krb5p"
    assert not {"options", "exec"} & volume.keys()


@pytest.mark.parametrize(
    ("origin", "options", "expected"),
    [
        ("fstab", "defaults,_netdev,hard,ro,soft,rsize=1048576,nofail,x-systemd.automount", ["soft", "rsize=1048576"]),
        ("fstab", "nfsvers=3,nolock,local_lock=all", ["local_lock=all"]),
        ("fstab", "context=a:b:c:s0,nosuid,sec=sys,actimeo=3", ["actimeo=3"]),
        ("hand", "rw,vers=4.2,rsize=131072,timeo=600,soft", ["soft"]),
        ("docker", "addr=10.0.0.1,rw,nfsvers=4,nolock", []),
    ],
)
def test_options_are_those_that_a_volume_may_have(origin, options, expected):
    assert find_options(Share(origin, "x", "a:/b", "nfs", tuple(options.split(",")))) == expected


@pytest.mark.parametrize(
    ("origin", "fstype", "options", "expected"),
    [
        ("fstab", "nfs4", (), ""),
        ("fstab", "nfs", ("vers=4.1",), "4.1"),
        ("docker", "nfs", (), "3"),
        ("docker", "nfs4", (), "4.0"),
        ("docker", "nfs", ("nfsvers=4",), "4.0"),
    ],
)
def test_docker_negotiates_no_version(origin, fstype, options, expected):
    assert find_version(Share(origin, "x", "a:/b", fstype, options)) == expected


def test_squash_is_a_word_of_the_catalogue():
    assert [find_squash(words) for words in (["all_squash"], ["no_root_squash"], ["rw"])] == ["all", "none", "root"]


def test_a_path_is_below_whole_directories():
    assert is_below("/a/b", "/a")
    assert is_below("/a", "/")
    assert not is_below("/ab", "/a")
