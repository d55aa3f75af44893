# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan


def find(plan, name):
    return next(app for app in plan.apps if app.name == name)


def test_an_app_knows_its_hosts_bindings_and_ports():
    web = find(load_plan(), "web")
    assert (web.hosts, web.instances, web.replicas) == (("app1", "app2"), 1, 2)
    assert [(one.key, one.source, one.by_engine) for one in web.bindings] == [
        ("site.ro", "/srv/holdfast/site", False),
        ("site", "/srv/holdfast/site/drafts", False),
        ("logs", "/srv/holdfast/logs", True),
    ]
    assert [(port.address, port.published, port.container, port.protocol) for port in web.ports] == [
        ("", 8080, 80, "tcp"),
        ("127.0.0.1", 9090, 9090, "udp"),
    ]
    assert [(one.path, one.size, one.mode) for one in web.memory] == [("/tmp", None, None), ("/run", 2**26, 0o755)]


def test_an_environment_is_parted_into_files_and_the_rest():
    shop = find(load_plan(), "shop")
    assert shop.file_variables["ORDERS_PASSWORD_FILE"] == "orders-password"
    assert shop.variables == {"ORDERS_DATABASE": "orders", "ORDERS_HOST": "10.0.0.11", "ORDERS_PORT": "5432"}
    assert shop.resources == {"db": "10.0.0.11:5432"}
    assert find(load_plan(), "db").resources == {}


@pytest.mark.parametrize(
    ("user", "ids"),
    [("1000:50", (1000, 50)), ("1000", (1000, 1000)), ("0", (0, 0)), ("nginx", None), ("1000:nginx", None)],
)
def test_ids_are_numbers_or_nothing(user, ids):
    assert find(load_plan(keeper={"user": user}), "keeper").ids == ids


def test_only_who_writes_a_single_writer_volume_writes_alone():
    assert [app.name for app in load_plan().apps if app.writes_alone] == ["db", "keeper"]
