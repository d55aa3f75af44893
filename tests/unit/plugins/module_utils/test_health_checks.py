from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.health_checks import find_faults, parse


def test_no_check_is_none():
    assert (list(find_faults("podman", {})), parse({})) == ([], None)


@pytest.mark.parametrize(
    ("health", "told"),
    [
        ({"http": ":8080/up"}, "GET http://127.0.0.1:8080/up"),
        ({"http": ":8080"}, "GET http://127.0.0.1:8080/"),
        ({"tcp": "5432"}, "a connection to port 5432"),
        ({"command": ["pg_isready", "--password=secret"]}, "the command pg_isready"),
    ],
)
def test_a_check_says_what_it_is(health, told):
    assert list(find_faults("podman", health)) == []
    assert str(parse(health)) == told


def test_limits_are_whole_seconds():
    assert [getattr(parse({"tcp": 1}), key) for key in ("interval", "timeout", "start_period")] == [2, 5, 60]
    keys = [key for key, _what, _out in find_faults("docker", {"tcp": 1, "interval": 0, "timeout": "x"})]
    assert keys == ["interval", "timeout"]
    assert parse({"tcp": 1, "timeout": "x"}).timeout == 0


@pytest.mark.parametrize(
    ("engine", "health", "key"),
    [
        ("docker", {"interval": 3}, ""),
        ("docker", {"tcp": 1, "command": ["x"]}, ""),
        ("docker", {"tcp": 0}, ""),
        ("docker", {"tcp": "0"}, "tcp"),
        ("docker", {"tcp": 65536}, "tcp"),
        ("docker", {"http": "/up"}, "http"),
        ("docker", {"http": ":80/a b"}, "http"),
        ("nspawn", {"command": ["x"]}, "command"),
    ],
)
def test_faults_name_their_key(engine, health, key):
    ((found, what, way_out),) = find_faults(engine, health)
    assert found == key
    assert what
    assert way_out
