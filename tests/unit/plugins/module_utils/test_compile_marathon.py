# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_marathon import compile_marathon, render_app
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import find_notes, load_plan
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.test_compile_nomad import check_fields

# What Marathon 1.9 takes, place by place, as the types of its REST API have it (docs/rest-api/public/api/v2/types).
FIELDS = {
    "id": str,
    "instances": int,
    "args": [str],
    "env": {"*": str},
    "labels": {"*": str},
    "constraints": [[str]],
    "networks": [{"mode": str}],
    "container": {
        "type": str,
        "docker": {"image": str, "parameters": [{"key": str, "value": str}]},
        "portMappings": [{"name": str, "containerPort": int, "hostPort": int, "protocol": str}],
        "volumes": [
            {
                "containerPath": str,
                "hostPath": str,
                "mode": str,
                "external": {"name": str, "provider": str, "options": {"*": str}},
            }
        ],
    },
    "healthChecks": [
        {
            "protocol": str,
            "path": str,
            "port": int,
            "portIndex": int,
            "command": {"value": str},
            "gracePeriodSeconds": int,
            "intervalSeconds": int,
            "timeoutSeconds": int,
            "maxConsecutiveFailures": int,
        }
    ],
    "upgradeStrategy": {"minimumHealthCapacity": (int, float), "maximumOverCapacity": (int, float)},
}


def load(name, **changes):
    app = next(app for app in load_plan(**changes).apps if app.name == name)
    return render_app(app, name)


def read_parameters(name):
    found = {}
    for one in load(name)["container"]["docker"]["parameters"]:
        found.setdefault(one["key"], []).append(one["value"])
    return found


@pytest.mark.parametrize("name", ["db", "keeper", "shop", "web", "web_ops"])
def test_a_definition_has_the_fields_of_the_api(name):
    check_fields(load(name), FIELDS)


def test_each_app_has_a_file_under_a_name_that_marathon_takes():
    output = compile_marathon(load_plan())
    assert sorted(output.files) == ["db.json", "keeper.json", "shop.json", "web-ops.json", "web.json"]
    assert json.loads(output.files["web-ops.json"])["id"] == "/web-ops"


def test_shared_data_is_a_path_of_the_host():
    volumes = {one["containerPath"]: one for one in load("web")["container"]["volumes"]}
    assert volumes["/srv/www"] == {"containerPath": "/srv/www", "mode": "RO", "hostPath": "/srv/holdfast/site"}
    assert volumes["/var/log/nginx"]["hostPath"] == "/srv/holdfast/logs"
    notes = find_notes(compile_marathon(load_plan()), "web")
    assert any("apps with one instance" in what for what in notes)


def test_a_single_instance_has_an_external_volume_where_the_engine_mounts_it():
    """As in the documented example, mesosphere.github.io/marathon/docs/external-volumes.html, with Docker's driver."""
    one = {"volumes": [{"volume": "logs", "target": "/data", "attach": "engine"}]}
    app = load("keeper", keeper=one)
    assert app["container"]["volumes"] == [
        {
            "containerPath": "/data",
            "mode": "RW",
            "external": {"name": "holdfast-logs", "provider": "dvdi", "options": {"dvdi/driver": "local"}},
        }
    ]
    assert app["upgradeStrategy"] == {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}


def test_who_writes_alone_ends_before_its_successor_begins():
    assert load("db")["upgradeStrategy"] == {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}
    assert "upgradeStrategy" not in load("web")


def test_a_container_may_do_no_more_than_elsewhere():
    words = read_parameters("web")
    assert words["security-opt"] == ["no-new-privileges", "label=level:s0:c1,c2,c3,c4"]
    assert (words["cap-drop"], words["cap-add"]) == (["ALL"], ["NET_BIND_SERVICE"])
    assert words["tmpfs"] == ["/tmp", "/run:size=64m,mode=0755"]
    assert words["env-file"] == ["/etc/holdfast/env/web.env"]
    assert words["read-only"] == ["true"] and "read-only" not in read_parameters("keeper")


def test_an_app_runs_where_its_exports_let_it():
    assert load("web")["constraints"] == [["hostname", "LIKE", "app1|app2"]]
    assert load("web")["instances"] == 2
    assert load("web_ops")["instances"] == 0


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("web", {"protocol": "MESOS_HTTP", "path": "/healthz", "portIndex": 0}),
        ("db", {"protocol": "MESOS_TCP", "portIndex": 0, "gracePeriodSeconds": 300}),
        ("shop", {"protocol": "COMMAND", "command": {"value": "check 'it'\"'\"'s up'"}}),
    ],
)
def test_a_check_tells_and_ends_nobody(name, check):
    (found,) = load(name)["healthChecks"]
    assert check.items() <= found.items()
    assert found["maxConsecutiveFailures"] == 0


def test_a_check_of_a_port_that_is_not_published_names_it():
    (found,) = load("db", db={"health": {"tcp": "5433"}})["healthChecks"]
    assert found["port"] == 5433 and "portIndex" not in found


def test_instances_on_one_agent_have_ports_of_their_own():
    assert load("shop")["container"]["portMappings"][0]["hostPort"] == 0
    assert load("web")["container"]["portMappings"][1]["protocol"] == "udp"


def test_no_value_is_in_a_definition():
    output = compile_marathon(load_plan())
    assert "pass%word" not in str(output.files) and "hello" not in str(output.files)
    assert output.confidential["secrets/db/orders-password"] == "pass%word"
    secret = load("db")["container"]["volumes"][-1]
    assert secret["hostPath"].startswith("/etc/holdfast/secrets/db/") and secret["mode"] == "RO"


def test_that_the_project_has_retired_is_the_first_thing_to_know():
    assert "retired" in compile_marathon(load_plan()).notes[0].what
