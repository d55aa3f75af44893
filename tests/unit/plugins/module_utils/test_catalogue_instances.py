# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names, ports and health checks of instances; what contradicts what is in data/catalogue_validate/instances.yml."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import catalogue_instances as instances
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit


def findings(read, value):
    with pytest.raises(Unfit) as caught:
        read(value)
    assert all(way_out for _key, _what, way_out in caught.value.findings)
    return [(key, what) for key, what, _way_out in caught.value.findings]


def test_the_first_instance_is_called_as_one_that_is_alone():
    assert [instances.name_instance("web", number) for number in (1, 2, 3)] == ["web", "web-2", "web-3"]


@pytest.mark.parametrize(
    ("ports", "third"),
    [
        (["8080-8082:80"], ["8082:80"]),
        (["127.0.0.1:53-60:53/udp", "[::1]:1-3:9"], ["127.0.0.1:55:53/udp", "[::1]:3:9"]),
        (["{{ port }}:80"], ["{{ port }}:80"]),
        ("{{ ports }}", "{{ ports }}"),
        ([], []),
    ],
)
def test_ports_are_shared_out(ports, third):
    assert instances.share_out(ports, 3) == third


def test_the_first_port_of_a_range_is_written_as_it_would_be_alone():
    assert instances.share_out(["8080-8082:80"], 1) == ["8080:80"]


@pytest.mark.parametrize("value", [0, 101, -1, True, "2", 1.5, "{{ n }}"])
def test_what_is_no_number_of_instances(value):
    ((key, what),) = findings(instances.read_instances, value)
    assert (key, what.endswith("is no number of instances")) == ("", True)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"http": ":8080/up?x=1"}, {"http": ":8080/up?x=1"}),
        ({"tcp": 5432}, {"tcp": "5432"}),
        ({"tcp": "808{number}"}, {"tcp": "808{number}"}),
        ({"command": ["pg_isready", "-q"]}, {"command": ["pg_isready", "-q"]}),
    ],
)
def test_a_check_is_kept_with_its_limits(value, kept):
    assert instances.read_health(value) == {**kept, "interval": 2, "timeout": 5, "start_period": 60}
    assert instances.read_health({**value, "timeout": 9})["timeout"] == 9


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, [("", "says nothing to check")]),
        ({"timeout": 3}, [("", "says nothing to check")]),
        ({"http": ":80/", "tcp": 80}, [("", "has http and tcp")]),
        ({"http": "http://a/"}, [(".http", "'http://a/' is no request")]),
        ({"http": ":70000/"}, [(".http", "':70000/' is no request")]),
        ({"tcp": "x"}, [(".tcp", "'x' is no port")]),
        ({"tcp": 80, "interval": 0, "timeout": "5s"}, [(".interval", "0 is no"), (".timeout", "'5s' is no")]),
        ({"tcp": 80, "retries": 3}, [(".retries", 'unknown key "retries"')]),
        ({"tcp": "{{ port }}"}, [(".tcp", "it is a template")]),
        (":80/", [("", "it is no mapping")]),
    ],
)
def test_what_is_no_check(value, expected):
    found = findings(instances.read_health, value)
    assert [key for key, _what in found] == [key for key, _what in expected]
    assert all(what.startswith(start) for (_key, what), (_k, start) in zip(found, expected))
