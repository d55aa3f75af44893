# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import csv
import shlex
from dataclasses import replace

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts, render_catalogue
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import Plan
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_read import read_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_swarm import compile_swarm
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import find_source
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import find_notes, load_plan


def load(**changes):
    (document,) = compile_swarm(load_plan(**changes)).files["stack.yaml"]
    return document


def read_command(app):
    """The options of ``docker service create`` for an app, {option: values}."""
    lines = [shlex.split(line) for line in compile_swarm(load_plan()).files["commands.txt"].splitlines()]
    (words,) = [line for line in lines if line[:3] == ["docker", "service", "create"] and app in line]
    found = {}
    for option, value in zip(words, words[1:]):
        if option.startswith("--"):
            found.setdefault(option, []).append(value)
    return found


def read_mount(text):
    """A value of --mount as Docker reads it: a line of CSV."""
    (fields,) = csv.reader([text])
    return [tuple(field.partition("=")[::2]) for field in fields]


def test_a_service_runs_where_its_exports_let_it():
    services = load()["services"]
    assert services["web"]["deploy"]["replicas"] == 2
    assert services["web"]["deploy"]["placement"]["constraints"] == ["node.labels.io.holdfast.app.web==true"]
    assert services["db"]["deploy"]["placement"]["constraints"] == ["node.hostname==app1"]
    labels = [line for line in compile_swarm(load_plan()).files["commands.txt"].splitlines() if " node update " in line]
    assert labels == [f"docker node update --label-add io.holdfast.app.web=true {host}" for host in ("app1", "app2")]


def test_the_old_task_ends_before_the_new_one_begins():
    for service in load()["services"].values():
        assert service["deploy"]["update_config"]["order"] == "stop-first"
        assert service["deploy"]["rollback_config"]["order"] == "stop-first"


def test_what_is_on_demand_has_no_replica():
    deploy = load()["services"]["web_ops"]["deploy"]
    assert (deploy["replicas"], deploy["restart_policy"]) == (0, {"condition": "none"})


def test_ports_are_those_of_nodes_but_for_instances():
    services = load()["services"]
    assert {port["mode"] for port in services["web"]["ports"]} == {"host"}
    assert not any("host_ip" in port for port in services["web"]["ports"])
    assert services["shop"]["ports"][0]["mode"] == "ingress"
    assert any("every address" in what for what in find_notes(compile_swarm(load_plan()), "web"))


def test_secrets_are_the_swarm_s_and_the_user_s_own():
    document = load()
    assert document["secrets"]["db.orders-password"] == {"external": True}
    assert document["services"]["db"]["secrets"][1] == {
        "source": "db.orders-password",
        "target": "orders-password",
        "uid": "70",
        "gid": "70",
        "mode": 0o400,
    }


def test_memory_is_a_mount():
    memory = [one for one in load()["services"]["web"]["volumes"] if one["type"] == "tmpfs"]
    assert memory[1] == {"type": "tmpfs", "target": "/run", "tmpfs": {"size": 2**26, "mode": 0o755}}
    assert "tmpfs" not in load()["services"]["web"]


def test_a_stack_says_nothing_that_swarm_leaves_out():
    left_out = {"security_opt", "restart", "tmpfs", "profiles", "pull_policy", "container_name", "network_mode"}
    assert not [name for name, service in load()["services"].items() if left_out & set(service)]
    assert any("no-new-privileges" in what for what in find_notes(compile_swarm(load_plan()), "db"))


def test_the_command_says_the_same_as_the_stack():
    services = load()["services"]
    web = read_command("web")
    assert web["--replicas"] == ["2"]
    assert web["--constraint"] == services["web"]["deploy"]["placement"]["constraints"]
    assert web["--publish"][1] == "published=9090,target=9090,protocol=udp,mode=host"
    assert read_command("db")["--secret"][0] == "source=db.orders-user,target=orders-user,uid=70,gid=70,mode=0400"
    assert read_command("shop")["--health-cmd"] == [shlex.join(["check", "it's up"])]
    targets = [dict(read_mount(text))["target"] for text in web["--mount"]]
    assert targets == [one["target"] for one in services["web"]["volumes"]]


def test_options_of_a_volume_survive_the_commas_of_the_command():
    mount = read_mount(read_command("web")["--mount"][2])
    options = dict(value.partition("=")[::2] for key, value in mount if key == "volume-opt")
    assert options == load()["volumes"]["holdfast-logs"]["driver_opts"]
    assert find_source(options) == "10.0.0.1:/srv/volumes/logs"
    assert dict(mount)["source"] == "holdfast-logs" and ("volume-nocopy", "") in mount


def test_no_app_is_no_file():
    plan = load_plan()
    nothing = Plan(plan.volumes, (), {}, {})
    assert compile_swarm(nothing).files == {}
    only_root = replace(plan, apps=tuple(app for app in plan.apps if app.name == "static"))
    assert [note.subject for note in compile_swarm(only_root).notes if "root file system" in note.what] == ["static"]


def test_an_app_of_a_swarm_has_its_replicas_and_its_update():
    catalogue, fleet, levels, _problems = check(dict(load_cases("catalogue_plan"))["swarm"])
    plans = plan_hosts(catalogue, fleet, levels, ["nfs1", "app1", "app2"])
    plan = read_plan(render_catalogue(catalogue, fleet, levels), plans)
    (stack,) = compile_swarm(plan).files["stack.yaml"]
    deploy = {name: service["deploy"] for name, service in stack["services"].items()}
    assert [deploy[name]["replicas"] for name in ("kube", "ledger", "pages", "peek")] == [3, 1, 2, 1]
    assert deploy["pages"]["update_config"]["failure_action"] == "rollback"
    assert deploy["ledger"]["update_config"]["failure_action"] == "pause"
