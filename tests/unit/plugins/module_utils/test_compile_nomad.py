# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_nomad import compile_nomad, render_job
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import find_notes, load_plan

# What the API takes, place by place: developer.hashicorp.com/nomad/api-docs/json-jobs, and what it is.
_TEXT, _WHOLE, _SWITCH = str, int, bool
_PORT = {"Label": _TEXT, "Value": _WHOLE, "To": _WHOLE}
FIELDS = {
    "ID": _TEXT,
    "Name": _TEXT,
    "Type": _TEXT,
    "ParameterizedJob": {"Payload": _TEXT},
    "Constraints": [{"LTarget": _TEXT, "RTarget": _TEXT, "Operand": _TEXT}],
    "TaskGroups": [
        {
            "Name": _TEXT,
            "Count": _WHOLE,
            "Volumes": {
                "*": {
                    "Name": _TEXT,
                    "Type": _TEXT,
                    "Source": _TEXT,
                    "ReadOnly": _SWITCH,
                    "AccessMode": _TEXT,
                    "AttachmentMode": _TEXT,
                }
            },
            "Networks": [{"Mode": _TEXT, "ReservedPorts": [_PORT], "DynamicPorts": [_PORT]}],
            "Services": [
                {
                    "Name": _TEXT,
                    "Provider": _TEXT,
                    "PortLabel": _TEXT,
                    "Checks": [{"Type": _TEXT, "Path": _TEXT, "Interval": _WHOLE, "Timeout": _WHOLE}],
                }
            ],
            "Tasks": [
                {
                    "Name": _TEXT,
                    "Driver": _TEXT,
                    "User": _TEXT,
                    "Config": {"*": object},
                    "Env": {"*": _TEXT},
                    "Templates": [
                        {
                            "EmbeddedTmpl": _TEXT,
                            "DestPath": _TEXT,
                            "Envvars": _SWITCH,
                            "Perms": _TEXT,
                            "Uid": _WHOLE,
                            "Gid": _WHOLE,
                        }
                    ],
                    "VolumeMounts": [{"Volume": _TEXT, "Destination": _TEXT, "ReadOnly": _SWITCH}],
                }
            ],
        }
    ],
}
# Of the driver: developer.hashicorp.com/nomad/docs/job-declare/task-driver/docker
CONFIG = {"image", "args", "ports", "readonly_rootfs", "cap_add", "cap_drop", "security_opt", "mount"}


def check_fields(value, fields, place=""):
    """Assert that a value has no field but those that are known, each of its type."""
    if isinstance(fields, dict):
        assert isinstance(value, dict), place
        for key, one in value.items():
            assert key in fields or "*" in fields, f"{place}.{key}"
            check_fields(one, fields.get(key, fields.get("*")), f"{place}.{key}")
    elif isinstance(fields, list):
        assert isinstance(value, list), place
        for one in value:
            check_fields(one, fields[0], f"{place}[]")
    else:
        assert isinstance(value, fields), place
        assert fields is not int or not isinstance(value, bool), place


def find(name, **changes):
    return next(app for app in load_plan(**changes).apps if app.name == name)


def group(name, **changes):
    return render_job(find(name, **changes))["TaskGroups"][0]


@pytest.mark.parametrize("name", ["db", "keeper", "shop", "web", "web_ops"])
def test_a_job_has_the_fields_of_the_api(name):
    job = render_job(find(name))
    check_fields(job, FIELDS)
    assert set(job["TaskGroups"][0]["Tasks"][0]["Config"]) <= CONFIG


@pytest.mark.parametrize("broken", [{"Count": "1"}, {"Counts": 1}, {"Tasks": {}}])
def test_the_fields_are_really_looked_at(broken):
    with pytest.raises(AssertionError):
        check_fields({"TaskGroups": [broken]}, FIELDS)


def test_a_job_runs_where_its_exports_let_it():
    (constraint,) = render_job(find("web"))["Constraints"]
    assert constraint == {"LTarget": "${attr.unique.hostname}", "Operand": "regexp", "RTarget": "^(app1|app2)$"}
    assert render_job(replace(find("db"), hosts=("a.example",)))["Constraints"][0]["RTarget"] == r"^(a\.example)$"


def test_volumes_are_of_the_host_or_of_the_driver_as_they_are_attached():
    volumes = group("web")["Volumes"]
    assert volumes["site.ro"] == {"Name": "site.ro", "ReadOnly": True, "Type": "host", "Source": "site.ro"}
    assert volumes["site.in.drafts"]["Source"] == "site.in.drafts"
    assert volumes["logs"] == {
        "Name": "logs",
        "ReadOnly": False,
        "Type": "csi",
        "Source": "holdfast-logs",
        "AttachmentMode": "file-system",
        "AccessMode": "multi-node-multi-writer",
    }
    mounts = {one["Destination"]: one["Volume"] for one in group("web")["Tasks"][0]["VolumeMounts"]}
    assert mounts == {"/srv/www": "site.ro", "/srv/drafts": "site.in.drafts", "/var/log/nginx": "logs"}


def test_directories_of_one_volume_are_kept_apart():
    more = {
        "volumes": [{"volume": "site", "target": f"/{at}", "subpath": path} for at, path in enumerate(("a/b", "a-b"))]
    }
    assert len(group("web", web=more)["Volumes"]) == 2


@pytest.mark.parametrize(
    ("changes", "read_only", "mode"),
    [
        ({"rows": {"single_writer": True}}, False, "multi-node-single-writer"),
        ({"rows": {"single_writer": False}}, False, "multi-node-multi-writer"),
        ({}, True, "multi-node-reader-only"),
    ],
)
def test_access_follows_from_volume_and_binding(changes, read_only, mode):
    binding = {"volume": "rows", "target": "/rows", "attach": "engine", "read_only": read_only}
    volumes = group("db", db={"volumes": [binding]}, **changes)["Volumes"]
    assert [one["AccessMode"] for one in volumes.values()] == [mode]
    files = compile_nomad(load_plan(db={"volumes": [binding]}, **changes)).files
    name = "holdfast-rows.ro" if read_only else "holdfast-rows"
    assert f'access_mode = "{mode}"' in files[f"volumes/{name}.volume.hcl"]


def test_a_port_is_the_host_s_unless_instances_share_it():
    assert group("web")["Networks"][0]["ReservedPorts"][0] == {"Label": "tcp_8080", "Value": 8080, "To": 80}
    assert group("shop")["Networks"] == [{"Mode": "bridge", "DynamicPorts": [{"Label": "tcp_8000", "To": 8000}]}]
    assert "Networks" not in group("keeper")


def test_a_check_is_a_service_of_nomad_s_own():
    (service,) = group("web")["Services"]
    assert (service["Provider"], service["PortLabel"]) == ("nomad", "tcp_8080")
    assert service["Checks"] == [{"Type": "http", "Path": "/healthz", "Interval": 5 * 10**9, "Timeout": 5 * 10**9}]
    assert "Services" not in group("shop")


def test_a_check_of_a_port_that_is_not_published_is_told():
    changes = {"db": {"health": {"tcp": "5433"}}}
    assert "Services" not in group("db", **changes)
    assert any("port 5433" in what for what in find_notes(compile_nomad(load_plan(**changes)), "db"))


def test_what_is_on_demand_is_dispatched():
    job = render_job(find("web_ops"))
    assert (job["Type"], job["ParameterizedJob"]) == ("batch", {"Payload": "forbidden"})
    assert "ParameterizedJob" not in render_job(find("db"))


def test_values_come_from_a_variable_of_nomad():
    output = compile_nomad(load_plan())
    assert "pass%word" not in str(output.files) and "hello" not in str(output.files)
    variable = json.loads(output.confidential["variables/db.json"])
    assert variable["Path"] == "nomad/jobs/db"
    assert variable["Items"]["orders-password"] == "pass%word"
    task = group("db")["Tasks"][0]
    assert [one["DestPath"] for one in task["Templates"] if one.get("Envvars")] == ["secrets/app.env"]
    assert task["Env"]["POSTGRES_PASSWORD_FILE"] == "/secrets/orders-password"
    files = {one["DestPath"]: one for one in task["Templates"]}
    assert files["secrets/orders-password"]["Perms"] == "0400"
    assert files["secrets/orders-password"]["Uid"] == 70
    named = [item for item in variable["Items"] if f'"{item}"' in str(files)]
    assert named == list(variable["Items"])


def test_an_agent_knows_the_directories_of_its_host_alone():
    files = compile_nomad(load_plan()).files
    assert 'host_volume "rows.ro" {\n    path = "/srv/holdfast/rows"\n    read_only = true' in files["agents/app2.hcl"]
    assert "rows.ro" not in files["agents/app1.hcl"]
    assert "logs" not in files["agents/app1.hcl"]
    assert "agents/nfs1.hcl" not in files
