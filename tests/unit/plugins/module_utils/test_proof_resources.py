from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import certificate, certificate_picture
from ansible_collections.holdfast.volumes.plugins.module_utils.proof_resources import add_resources, judge_resources

CATALOGUE = {
    "stores": {"main": {"type": "nfs_server", "host": "nfs1", "address": "nfs1"}},
    "volumes": {"rows": {"store": "main", "owner": 1, "group": 1, "mode": "0750"}},
    "apps": {"shop": {"engine": "podman", "image": "x", "hosts": ["app1"]}},
    "bindings": [{"app": "shop", "volume": "rows", "target": "/x", "read_only": False, "hosts": ["app1"]}],
    "resources": {"orders": {"type": "mysql", "app": "db", "address": "10.0.0.1:3306"}},
    "resource_bindings": [{"app": "shop", "resource": "orders", "variables": [], "hosts": ["app1"]}],
}


def secret(name="orders-password", container_id="old", **changes):
    about = {"app": "shop", "engine": "podman", "container_id": container_id, "name": name}
    return {**about, "fingerprint": "a1", "error": "", **changes}


def judge(*now, host="app1"):
    had = [secret(), secret("orders-user"), secret("orders-url")]
    evidence = [
        {"host": "app1", "before": {"secrets": had}},
        {"host": "app2", "before": {}},
        {"host": host, "read": {"secrets": list(now)}},
    ]
    return judge_resources(evidence, CATALOGUE)


def again(**changes):
    return [secret("orders-password", "new", **changes), secret("orders-user", "new"), secret("orders-url", "new")]


@pytest.mark.parametrize("host", ["app1", "app2"])
def test_the_same_files_in_a_new_container_hold(host):
    (row,) = judge(*again(), host=host)
    assert (row["holds"], row["reason"], row["volume"]) == (True, "", "orders (mysql)")
    assert row["title"] == f"orders (mysql): 3 files in a new container of shop on {host}"
    assert (row["wrote"]["host"], row["read"]["host"]) == ("app1", host)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (again(fingerprint="b2"), "orders-password differs"),
        (again(error="Permission denied", fingerprint=""), "orders-password: Permission denied"),
        (again()[:2], "orders-url is gone"),
        ([*again()[:2], secret("orders-url")], "the old container answered: it was not replaced"),
        ([], "no container has it now"),
    ],
)
def test_what_does_not_hold(now, reason):
    (row,) = judge(*now)
    assert (row["holds"], row["reason"]) == (False, reason)


def test_a_url_may_have_another_address_but_not_where_it_is_the_secret():
    moved = [*again()[:2], secret("orders-url", "new", fingerprint="b2")]
    assert judge(*moved)[0]["holds"]
    hook = [secret("hook-url")], [secret("hook-url", "new", fingerprint="b2")]
    evidence = [{"host": "app1", "before": {"secrets": hook[0]}, "read": {"secrets": hook[1]}}]
    assert judge_resources(evidence, CATALOGUE)[0]["reason"] == "hook-url differs"


def test_a_certificate_has_a_row_and_does_not_hold_without_it():
    evidence = [{"host": "app1", "before": {"secrets": [secret()]}, "left": {"witnesses": []}}]
    about = {"run": "r", "marks": {}, "catalogue": CATALOGUE}
    assert not certificate.make_record(evidence, **about)["holds"]
    evidence[0]["read"] = {"secrets": [secret(container_id="new")]}
    record = certificate.make_record(evidence, **about)
    assert (record["holds"], [row["volume"] for row in record["rows"]]) == (True, ["orders (mysql)"])
    assert "orders (mysql)" in "\n".join(certificate.render_table(record))


def test_the_picture_has_resources_beside_the_volumes():
    picture = certificate_picture.render_picture(CATALOGUE, {"orders (mysql)": True})
    assert "shop on app1 binds orders (mysql) at /run/secrets/orders-*, read-only" in picture
    assert "app1 has the secrets of orders (mysql), read-only" in picture
    assert "10.0.0.1:3306" in picture
    assert ">1 store<" in picture
    assert ">1 volume<" in picture
    assert picture.count('class="mark good"') == 1


def test_the_picture_counts_the_instances_of_an_app_with_a_resource():
    shop = {**CATALOGUE["apps"]["shop"], "instances": 3}
    picture = certificate_picture.render_picture({**CATALOGUE, "apps": {"shop": shop}}, {})
    assert ">3 containers</text>" in picture
    assert ">1 volume<" in picture


def test_instances_are_judged_each():
    had = [secret(), secret(app="shop-2", container_id="old2")]
    has = [secret(container_id="new"), secret(app="shop-2", container_id="new2", fingerprint="b2")]
    rows = judge_resources([{"host": "app1", "before": {"secrets": had}, "read": {"secrets": has}}], CATALOGUE)
    assert [(row["read"]["app"], row["holds"]) for row in rows] == [("shop", True), ("shop-2", False)]


def test_a_catalogue_without_resources_is_left_as_it_is():
    assert add_resources({"volumes": {}}) == {"volumes": {}}
