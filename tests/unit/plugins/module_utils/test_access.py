# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.access import find_access


def bind(app, volume, *hosts, read_only=False):
    return {"app": app, "volume": volume, "hosts": list(hosts), "read_only": read_only}


CATALOGUE = {
    "stores": {
        "main": {"type": "nfs_server", "host": "nfs1"},
        "filer": {"type": "nfs"},
        "local": {"type": "directory"},
    },
    "volumes": {"logs": {"store": "main"}, "theirs": {"store": "filer"}, "cache": {"store": "local"}},
    "bindings": [
        bind("web", "logs", "app1"),
        bind("ops", "logs", "app1", "app2", read_only=True),
        bind("web", "theirs", "app1", read_only=True),
        bind("web", "cache", "app1", read_only=True),
    ],
}


@pytest.mark.parametrize(
    ("host", "volume", "access", "ways"),
    [
        ("app1", "logs", "write", ["export"]),
        ("app2", "logs", "read", ["export"]),
        ("app3", "logs", "none", []),
        ("nfs1", "logs", "write", ["disk"]),
        ("app1", "theirs", "read", ["mount"]),
        ("app2", "theirs", "unknown", ["server"]),
        ("app1", "cache", "write", ["disk"]),
        ("app2", "cache", "none", []),
    ],
)
def test_access_is_the_most_that_any_way_gives(host, volume, access, ways):
    (found,) = find_access(CATALOGUE, [host], [volume])
    assert (found["access"], [way["way"] for way in found["ways"]]) == (access, ways)


def test_a_server_that_binds_its_own_volume_has_two_ways():
    catalogue = {**CATALOGUE, "bindings": [bind("ops", "logs", "nfs1", read_only=True)]}
    (found,) = find_access(catalogue, ["nfs1"], ["logs"])
    assert found["access"] == "write"
    assert found["ways"] == [{"way": "disk", "access": "write"}, {"way": "export", "access": "read"}]


def test_apps_are_those_of_the_host_each_once():
    catalogue = {**CATALOGUE, "bindings": [*CATALOGUE["bindings"], bind("ops", "logs", "app1")]}
    (found,) = find_access(catalogue, ["app1"], ["logs"])
    assert found["apps"] == [{"name": "web", "access": "write"}, {"name": "ops", "access": "write"}]


def test_all_volumes_are_told_when_none_is_named():
    found = find_access(CATALOGUE, ["app1", "app2"])
    assert [(one["volume"], one["host"]) for one in found] == [
        (volume, host) for volume in ("cache", "logs", "theirs") for host in ("app1", "app2")
    ]


def test_an_unknown_volume_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="no volume log in the catalogue; it has cache, logs, theirs"):
        find_access(CATALOGUE, ["app1"], ["log"])
