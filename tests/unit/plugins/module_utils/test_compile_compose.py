# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_compose import compile_compose
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan


def load(host, **changes):
    """The Compose file of a host."""
    (document,) = compile_compose(load_plan(**changes)).files[f"{host}/compose.yaml"]
    return document


def test_each_host_has_a_file_with_the_instances_that_it_runs():
    output = compile_compose(load_plan())
    assert sorted(output.files) == ["app1/compose.yaml", "app2/compose.yaml"]
    assert sorted(load("app1")["services"]) == ["db", "web"]
    assert sorted(load("app2")["services"]) == ["keeper", "shop", "shop-2", "web", "web_ops"]
    published = [load("app2")["services"][name]["ports"][0]["published"] for name in ("shop", "shop-2")]
    assert published == ["8000", "8001"]


def test_a_service_may_do_no_more_than_its_container_elsewhere():
    web = load("app1")["services"]["web"]
    assert web["security_opt"] == ["no-new-privileges:true", "label=level:s0:c1,c2,c3,c4"]
    assert (web["cap_drop"], web["cap_add"], web["read_only"]) == (["ALL"], ["NET_BIND_SERVICE"], True)
    assert load("app2")["services"]["keeper"]["read_only"] is False
    assert web["ports"][1]["host_ip"] == "127.0.0.1"


def test_a_directory_of_the_host_is_never_made_and_a_volume_never_filled():
    mounts = {one["target"]: one for one in load("app1")["services"]["web"]["volumes"]}
    assert mounts["/srv/www"] == {
        "type": "bind",
        "source": "/srv/holdfast/site",
        "target": "/srv/www",
        "read_only": True,
        "bind": {"create_host_path": False},
    }
    assert mounts["/srv/drafts"]["source"] == "/srv/holdfast/site/drafts"
    assert mounts["/var/log/nginx"]["source"] == "holdfast-logs"
    assert mounts["/var/log/nginx"]["volume"] == {"nocopy": True}


def test_only_volumes_that_docker_mounts_are_declared():
    volumes = load("app2")["volumes"]
    assert sorted(volumes) == ["holdfast-logs", "holdfast-logs.ro"]
    options = volumes["holdfast-logs.ro"]["driver_opts"]
    assert options["o"].endswith(",ro") and options["o"].startswith("addr=10.0.0.1,")


def test_no_value_is_in_the_file_and_no_dollar_is_expanded():
    output = compile_compose(load_plan())
    assert "pass%word" not in str(output.files) and "hello" not in str(output.files)
    assert output.confidential["app1/secrets/db/orders-password"] == "pass%word"
    assert load("app1")["services"]["web"]["env_file"] == [{"path": "env/web.env", "format": "raw"}]
    assert load("app2")["services"]["shop"]["command"][-1] == "cost $${PRICE}"
    assert load("app2")["services"]["shop-2"]["command"][2] == "shop-2"
    assert load("app2")["secrets"]["shop.orders-url"] == {"file": "./secrets/shop/orders-url"}


def test_what_is_on_demand_waits_in_a_profile():
    ops = load("app2")["services"]["web_ops"]
    assert (ops["profiles"], ops["restart"]) == (["on_demand"], "no")
    assert load("app1")["services"]["db"]["restart"] == "always"


def test_a_command_is_the_only_check():
    assert load("app2")["services"]["shop"]["healthcheck"]["test"] == ["CMD", "check", "it's up"]
    assert "healthcheck" not in load("app1")["services"]["db"]


def test_an_archive_is_never_pulled():
    services = load("app2")["services"]
    assert (services["keeper"]["pull_policy"], services["shop"]["pull_policy"]) == ("never", "missing")
