"""What follows from resources; whole plans and problems are cases of the catalogue's tests."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts, render_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import find_problems
from ansible_collections.holdfast.volumes.plugins.module_utils.resource_plan import find_resource_hosts
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases

CASE = dict(load_cases("catalogue_plan"))["resources"]


class Vault:
    """A value that is encrypted and must not be looked at."""

    def __eq__(self, other):
        raise AssertionError("it was decrypted")

    __hash__ = None


def plan(case):
    catalogue, fleet, levels, problems = check(case)
    assert problems == []
    return plan_hosts(catalogue, fleet, levels, case["addresses"])


def test_the_hosts_of_apps_that_are_resources():
    catalogue, fleet, _levels, _problems = check(CASE)
    assert find_resource_hosts(catalogue, fleet.placement) == ["app1", "app3"]


def test_reports_hold_no_secret_and_say_what_is_bound():
    catalogue, fleet, levels, _problems = check(CASE)
    rendered = render_catalogue(catalogue, fleet, levels)
    assert rendered["resources"] == {
        "hook": {"type": "url", "app": "", "address": ""},
        "media": {"type": "s3", "app": "s3", "address": "[2001:db8::13]:9000"},
        "orders": {"type": "mysql", "app": "db", "address": "10.0.0.11:3306"},
        "people": {"type": "couchdb", "app": "", "address": "https://couch:6984"},
    }
    assert rendered["resource_bindings"][-1] == {
        "app": "shop",
        "resource": "hook",
        "variables": ["NOTIFY_URL_FILE", "NOTIFY_TOKEN_FILE"],
        "hosts": ["app2"],
    }
    assert not {"word", "key", "token", "pw", "AK"} & set(str(rendered).replace("'", " ").split())


def test_an_encrypted_value_passes_through_unseen():
    vault = Vault()
    couch = {"type": "couchdb", "url": "http://c", "database": "d", "user": "u", "password": vault}
    orders = {**CASE["catalogue"]["resources"]["orders"], "password": vault, "user": vault}
    resources = {**CASE["catalogue"]["resources"], "people": couch, "orders": orders}
    plans = plan({**CASE, "catalogue": {**CASE["catalogue"], "resources": resources}})
    secrets = plans["app1"]["container_units_units"][0]["secrets"]
    assert secrets[0]["value"] is vault
    assert [part["secret"] for part in secrets[2]["parts"] if "secret" in part][1] is vault


def test_what_the_catalogue_plans_the_module_takes():
    units = [unit for host in plan(CASE).values() for unit in host["container_units_units"]]
    assert find_problems(units) == []


def test_a_database_without_a_user_has_an_address_alone():
    couch = {"type": "couchdb", "url": "http://c:1", "database": "d"}
    resources = {**CASE["catalogue"]["resources"], "people": couch}
    plans = plan({**CASE, "catalogue": {**CASE["catalogue"], "resources": resources}})
    secrets = {one["name"]: one for one in plans["app2"]["container_units_units"][0]["secrets"]}
    assert "people-user" not in secrets
    assert [part["text"] for part in secrets["people-url"]["parts"]] == ["http://", "c:1/", "d"]
