from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import find_problems, parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import (
    find_owner,
    find_place,
    find_unit,
    fingerprint,
    parse_secret,
)

WEB = {"name": "web", "engine": "podman", "image": "r/x:1", "user": "70:71"}
PASSWORD = {"name": "password", "value": "hunter2", "variables": ["PASSWORD_FILE"]}


def test_a_value_is_put_together_and_encoded_for_a_url_where_that_is_asked_for():
    parts = [{"text": "mysql://"}, {"secret": "a:b@c/d %", "encode": True}, {"text": "@db:3306/x"}, {"secret": "&"}]
    assert parse_secret({"name": "url", "parts": parts}).value == "mysql://a%3Ab%40c%2Fd%20%25@db:3306/x&"
    assert parse_secret({"name": "port", "value": 3306}).value == "3306"


def test_the_environment_names_the_file():
    (unit,) = parse_units([{**WEB, "environment": {"A": "b"}, "secrets": [PASSWORD]}])
    assert unit.environment == (("A", "b"), ("PASSWORD_FILE", "/run/secrets/password"))


def test_no_value_is_in_a_representation():
    secrets = [PASSWORD, {"name": "url", "parts": [{"text": "x://"}, {"secret": "hunter2"}]}]
    assert "hunter2" not in repr(parse_units([{**WEB, "secrets": secrets}]))


@pytest.mark.parametrize(("user", "owner"), [("", 0), ("70", 70), ("70:71", 70)])
def test_the_owner_is_the_user(user, owner):
    assert find_owner(user) == owner
    assert find_problems([{**WEB, "user": user, "secrets": [PASSWORD]}]) == []


@pytest.mark.parametrize("engine", ["podman", "docker", "nspawn"])
@pytest.mark.parametrize("name", ["web", "web.a", "a-b"])
def test_a_place_knows_its_unit(engine, name):
    place = find_place(engine, name, "orders-password")
    assert find_unit(place) == name
    assert find_unit(place.rpartition("/")[0] or place) == name


@pytest.mark.parametrize("place", ["/etc/holdfast/secrets.key", "/var/lib/containers/.holdfast-input", "other"])
def test_a_place_of_no_unit(place):
    assert find_unit(place) == ""


def test_a_fingerprint_depends_on_everything_and_says_nothing():
    values = ("key", "/etc/x", 70, 0o400, "hunter2")
    other = ("yek", "/etc/y", 71, 0o444, "hunter3")
    made = {fingerprint(*values[:at], other[at], *values[at + 1 :]) for at in range(5)}
    assert len(made | {fingerprint(*values)}) == 6
    assert "hunter2" not in fingerprint(*values)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"secrets": [{**PASSWORD, "name": "a.b"}]}, "secret 'a.b': use a-z, 0-9, '_' and '-' for its name"),
        ({"secrets": [{**PASSWORD, "name": "a/b"}]}, "secret 'a/b': use a-z"),
        (
            {"secrets": [{"name": "a"}]},
            "secret a: its value, or a part of it, is empty; set it, or leave the secret out",
        ),
        ({"secrets": [{"name": "a", "value": ""}]}, "secret a: its value, or a part of it, is empty"),
        ({"secrets": [{"name": "a", "parts": [{"text": "x"}, {"secret": ""}]}]}, "secret a: its value, or a part"),
        ({"secrets": [{"name": "a", "value": "hunter2\nx"}]}, "secret a: its value has a newline or NUL"),
        ({"secrets": [{"name": "a", "parts": [{"secret": "hunter2\0"}]}]}, "secret a: its value has a newline or NUL"),
        ({"secrets": [{**PASSWORD, "variables": ["A-B"]}]}, "secret password: variable 'A-B': use letters, digits"),
        ({"secrets": [PASSWORD, {**PASSWORD, "variables": []}]}, "secret password: given 2 times; keep one"),
        (
            {"secrets": [PASSWORD], "environment": {"PASSWORD_FILE": "/x"}},
            "secret password: the variable PASSWORD_FILE is set already; give it another",
        ),
        ({"secrets": [PASSWORD], "user": "mysql"}, "user 'mysql': its secrets shall be its own, so give it as uid:gid"),
        (
            {"secrets": [PASSWORD], "mounts": [{"source": "/a", "target": "/run/secrets/x"}]},
            "mount target /run/secrets/x: the secrets are there; use another",
        ),
        ({"secrets": [PASSWORD], "tmpfs": ["/run/secrets:size=1m"]}, "mount target /run/secrets: the secrets are"),
    ],
)
def test_what_cannot_be_kept_is_refused_without_its_value(wrong, complaint):
    (problem,) = find_problems([{**WEB, **wrong}])
    assert complaint in problem
    assert "hunter2" not in problem


def test_a_line_end_between_secrets_is_fine():
    parts = [{"text": "[default]\na = "}, {"secret": "b"}, {"text": "\n"}]
    assert find_problems([{**WEB, "tmpfs": ["/run"], "secrets": [{"name": "a", "parts": parts}]}]) == []
