# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_catalogue import adopt
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_compare import (
    compare,
    covers,
    find_export_differences,
    find_option_differences,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Share
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.adopt_case import make_hand_made, make_share
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check


def compare_fleet(fleet):
    adopted = adopt(fleet)
    catalogue, hosts, levels, problems = check({"catalogue": adopted.data, "addresses": dict(fleet.addresses)})
    assert problems == []
    plans = plan_hosts(catalogue, hosts, levels, fleet.addresses)
    return compare(fleet, adopted.uses, adopted.described, adopted.apps, plans)


def find(differences, about):
    (found,) = [one for one in differences if one.about.startswith(about)]
    return found


@pytest.fixture
def fleet():
    return make_hand_made()


def test_a_line_of_fstab_becomes_a_mount_unit(fleet):
    found = find(compare_fleet(fleet), "the line of fstab for /mnt/site")
    assert (found.host, found.kind) == ("app1", "moves")
    assert found.text == (
        "apps get /srv/holdfast/site in place of /mnt/site, a mount of a unit of its own; access is ro, was rw, "
        "vers is 4.2, was not said"
    )
    assert "take the line out" in found.way_out


def test_a_mount_that_no_app_has_stays_as_it_is(fleet):
    fleet.looks["app1"]["boxes"].clear()
    found = find(compare_fleet(fleet), "the mount unit of /mnt/reports")
    assert found.kind == "left_out"
    assert "stays as it is" in found.text


def test_volumes_of_docker_are_made_anew_and_those_with_data_are_left(fleet):
    found = compare_fleet(fleet)
    assert find(found, "the volume of Docker shop_logs").text == "is made anew as holdfast-logs, with the same data"
    assert [one for one in found if "shop_rows" in one.about] == []
    fleet.looks["app1"]["boxes"] = [box for box in fleet.looks["app1"]["boxes"] if box["name"] != "db"]
    assert find(compare_fleet(fleet), "the volume of Docker shop_rows").kind == "left_out"


def test_containers_become_units(fleet):
    found = compare_fleet(fleet)
    assert find(found, "the container web").text == "becomes the unit holdfast-web.service"
    assert find(found, "the container reader").way_out.startswith("stop its service")


def test_exports_are_held_against_those_of_the_catalogue(fleet):
    found = compare_fleet(fleet)
    wide = find(found, "the export of /srv/exports/logs to *")
    assert (wide.kind, wide.text) == ("left_out", "the catalogue serves /srv/exports/logs to 10.77.0.21")
    same = find(found, "the export of /srv/exports/reports to 10.77.0.21")
    assert same.kind == "in_place"
    net = find(found, "the export of /srv/exports/site to 10.77.0.0/24")
    assert net.text.endswith("/srv/exports/site to 10.77.0.21; other options: ro, was rw")


def test_an_export_with_other_options_differs(fleet):
    for one in fleet.looks["nfs1"]["exports"]:
        if one["host"] == "10.77.0.21":
            one["options"] = ["insecure", "ro", "root_squash"]
    found = find(compare_fleet(fleet), "the export of /srv/exports/reports")
    assert (found.kind, found.text) == ("differs", "has other options there: secure, was insecure")
    assert found.way_out == "take the line out before site.yml runs"


def test_an_export_of_nobody_is_served_to_nobody(fleet):
    fleet.looks["app1"]["boxes"].clear()
    found = find(compare_fleet(fleet), "the export of /srv/exports/logs")
    assert found.text == "the catalogue serves nothing of it to anybody"


def test_exports_of_somebody_elses_server_are_left_alone():
    assert [one for one in compare_fleet(make_hand_made(True)) if one.host == "nfs1"] == []


def test_what_could_not_be_read_is_told(fleet):
    fleet.looks["app1"]["unread"].append({"about": "/opt/compose.yaml", "text": "it is no YAML"})
    assert find(compare_fleet(fleet), "/opt/compose.yaml").kind == "unknown"


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("*", True),
        ("10.77.0.0/24", True),
        ("10.77.0.0/255.255.255.0", True),
        ("10.77.0.21", True),
        ("10.77.1.0/24", False),
        ("app1", False),
        ("@group", False),
    ],
)
def test_a_client_of_exports_covers_an_address(client, expected):
    assert covers(client, "10.77.0.21") is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["rw", "sync", "no_subtree_check", "root_squash", "sec=sys"], []),
        (["rw"], []),
        (["rw", "async", "fsid=7"], ["no fsid, was fsid=7", "sync, was async"]),
        (["rw", "all_squash", "anonuid=7"], ["anonuid=65534, was anonuid=7", "no_all_squash, was all_squash"]),
        (["rw", "sec=krb5"], ["sec=sys, was sec=krb5"]),
    ],
)
def test_options_of_exports_are_compared_with_their_defaults(found, expected):
    wanted = ["rw", "sync", "no_subtree_check", "root_squash", "sec=sys"]
    assert find_export_differences(found, wanted) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["nfsvers=4.2", "noexec"], []),
        (["vers=4.2", "noexec", "defaults", "_netdev", "rw", "hard"], []),
        (["vers=4.2", "noexec", "soft", "timeo=50"], ["recovery is hard, was soft", "timeo is not said, was 50"]),
        (["vers=4.1"], ["exec is no, was yes", "vers is 4.2, was 4.1"]),
        (["noexec", "nconnect=4"], ["nconnect is not said, was 4", "vers is 4.2, was not said"]),
    ],
)
def test_options_of_mounts_are_compared_by_what_they_mean(options, expected):
    wanted = ["nfsvers=4.2", "hard", "nosharecache", 'context="a:b:c:s0"', "nodev", "nosuid", "noexec", "rw"]
    assert find_option_differences(make_share("/a", "/mnt", options=options), wanted) == expected


def test_of_a_mount_that_is_written_down_nowhere_only_what_is_wanted_is_compared():
    share = Share("hand", "/mnt", "a:/b", "nfs4", ("rw", "vers=4.2", "rsize=131072", "clientaddr=10.0.0.1", "timeo=50"))
    assert find_option_differences(share, ["nfsvers=4.2", "hard", "noexec"]) == ["exec is no, was yes"]
