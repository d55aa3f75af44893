from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_resources import (
    RESOURCES,
    read_resource,
    read_resource_bindings,
)

SQL = {"type": "mysql", "host": "db", "database": "orders", "user": "shop", "password": "hunter2"}
S3 = {"type": "s3", "url": "https://s3", "bucket": "media", "access_key": "hunter2", "secret_key": "hunter2"}
COUCH = {"type": "couchdb", "url": "https://couch:6984/", "database": "people"}


def read(raw):
    problems = Problems()
    resource = read_resource("orders", raw, Place("c.yml", "resources.orders"), problems)
    assert (resource is None) == bool(problems.found)
    return resource, [str(problem) for problem in problems.found]


@pytest.mark.parametrize(
    ("raw", "port"),
    [
        (SQL, 3306),
        ({**SQL, "type": "postgresql"}, 5432),
        ({**SQL, "port": "3307", "host": "{{ host }}", "database": "{{ name }}"}, 3307),
        ({**SQL, "host": None, "app": "db"}, 3306),
        (COUCH, 5984),
        ({**S3, "url": None, "app": "s3", "port": 9000}, 9000),
        ({"type": "url", "url": "{{ hook }}", "token": "{{ token }}"}, 0),
        ({"type": "url", "url": "amqp://queue/%2f"}, 0),
    ],
)
def test_a_resource_is_elsewhere_or_an_app(raw, port):
    resource, problems = read(raw)
    assert problems == []
    assert (resource.kind, resource.app, resource.port) == (raw["type"], raw.get("app", ""), port)


def test_defaults_and_one_form():
    assert read(COUCH)[0].fields == {"url": "https://couch:6984", "database": "people", "user": "", "password": ""}
    assert read(S3)[0].fields["region"] == "us-east-1"
    assert read({**SQL, "password": 12345})[0].fields["password"] == "12345"


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("db", "orders: it is no mapping; write type and address"),
        ({}, "orders.type: nothing is no type of resource; use one of mysql, postgresql, couchdb, s3, url"),
        ({**SQL, "type": "redis"}, "orders.type: 'redis' is no type of resource"),
        ({**SQL, "type": "mariadb"}, "use mysql; MariaDB speaks it"),
        ({**SQL, "app": "db"}, "orders: it has both host and app; keep `host` for an address"),
        ({**SQL, "host": None}, "orders: nothing says where it is; write `host`, or `app`"),
        ({**SQL, "url": "x"}, 'orders.url: unknown key "url"'),
        ({**SQL, "port": 0}, "orders.port: it is no port; write a number of 1 to 65535"),
        ({**SQL, "port": "{{ port }}"}, "orders.port: it is a template"),
        ({**SQL, "host": "db/1"}, "orders.host: it is no address"),
        ({**SQL, "database": "a b"}, "orders.database: it is no name"),
        ({**SQL, "password": None}, "orders.password: it is missing; add `password:`"),
        ({**SQL, "password": ""}, "orders.password: it is no text"),
        ({**SQL, "password": ["hunter2"]}, "orders.password: it is no text"),
        ({**SQL, "password": "hunter2\n"}, "orders.password: it has a newline or another control character"),
        ({**S3, "url": "s3"}, "orders.url: it is no http or https address without user, password and query"),
        ({**S3, "url": "https://u:hunter2@s3"}, "orders.url: it is no http or https address without user"),
        ({**S3, "url": "https://s3\nhunter2"}, "orders.url: it is no http or https address"),
        ({**S3, "url": None, "app": "s3"}, "orders.port: it is missing; write the port that the app is reached at"),
        ({**S3, "port": 9000}, "orders.port: it is for an app; write the port into the url"),
        ({**COUCH, "url": "{{ couch }}"}, "orders.url: it is a template"),
        ({**COUCH, "user": "u"}, "orders: it has one of user and password; write both, or none of them"),
        ({"type": "url", "url": "hunter2"}, "orders.url: it is no URL; write scheme://host/path"),
    ],
)
def test_refuses_resources_and_repeats_no_secret(raw, complaint):
    problems = read(raw)[1]
    assert any(complaint in problem for problem in problems), problems
    assert "hunter2" not in str(problems)


def test_every_type_may_be_an_app():
    assert all({"app", "port"} <= set(table) for table in RESOURCES.values())


def read_bindings(value):
    problems = Problems()
    found = read_resource_bindings(value, Place("c.yml", "apps.web.resources"), problems)
    return found, [str(problem) for problem in problems.found]


def test_bindings_as_text_and_as_mappings():
    variables = {"password": "POSTGRES_PASSWORD_FILE"}
    found, problems = read_bindings(["my-orders", {"resource": "o", "as": "ORDERS", "variables": variables}])
    assert problems == []
    assert [(one.resource, one.prefix, one.variables) for one in found] == [
        ("my-orders", "MY_ORDERS", ()),
        ("o", "ORDERS", (("password", "POSTGRES_PASSWORD_FILE"),)),
    ]
    assert read_bindings(None) == ((), [])


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("orders", "apps.web.resources: it is no list; write [name]"),
        ([5], "apps.web.resources[0]: it is no mapping"),
        (["{{ x }}"], "apps.web.resources[0]: it is a template"),
        (["a", "B c"], "apps.web.resources[1].resource: 'B c' is no name"),
        (["1st"], 'apps.web.resources[0]: no variable begins with "1ST"; write a mapping with `resource` and `as`'),
        ([{"resource": "a", "as": "a"}], "apps.web.resources[0].as: 'a' begins no variables"),
        ([{"as": "A"}], "apps.web.resources[0].resource: it is missing"),
        ([{"resource": "a", "variables": ["x"]}], "apps.web.resources[0].variables: it is no mapping"),
        ([{"resource": "a", "variables": {"x": "A-B"}}], "variables.x: it is no name of a variable"),
        ([{"resource": "a", "env": {}}], 'apps.web.resources[0].env: unknown key "env"'),
    ],
)
def test_refuses_bindings(value, complaint):
    found, problems = read_bindings(value)
    assert found is None
    assert any(complaint in problem for problem in problems), problems
