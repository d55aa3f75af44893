# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_plan, mount_units, nspawn_unit
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_hosts import compile_hosts
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import find_source
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import parse_entries
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import (
    find_notes,
    load_hostvars,
    load_plan,
)

UNITS = "/etc/systemd/system"
QUADLETS = "/etc/containers/systemd"
SETTINGS = "app1/etc/systemd/nspawn/holdfast-static.nspawn"


@pytest.mark.parametrize(("engine", "host"), [("docker", "app2"), ("podman", "app1")])
def test_what_is_compiled_for_an_engine_is_what_a_run_would_write(engine, host):
    items = load_hostvars()[host]["container_units_units"]
    of_engine = parse_units([item for item in items if item["engine"] == engine])
    wanted = container_plan.render_files([replace(unit, confined=True) for unit in of_engine])
    output = compile_hosts(load_plan(), engine)
    written = {**output.files, **output.confidential}
    assert wanted
    assert {host + path: written.get(host + path) for path in wanted} == {
        host + path: text for path, text in wanted.items()
    }


def test_apps_of_the_other_engine_are_compiled_as_well():
    podman, docker = compile_hosts(load_plan(), "podman").files, compile_hosts(load_plan(), "docker").files
    assert f"app2{QUADLETS}/holdfast-shop-2.container" in podman
    assert f"app1{UNITS}/holdfast-db.service" in docker
    assert f"app1{QUADLETS}/holdfast-logs.volume" in podman


def test_docker_s_own_volumes_are_as_its_api_takes_them():
    volumes = json.loads(compile_hosts(load_plan(), "docker").files["app2/volumes.json"])
    assert [one["Name"] for one in volumes] == ["holdfast-logs", "holdfast-logs.ro"]
    assert {find_source(one["DriverOpts"]) for one in volumes} == {"10.0.0.1:/srv/volumes/logs"}


def test_mount_units_are_read_back_as_the_plan_has_them():
    files = compile_hosts(load_plan(), "systemd").files
    for host, values in load_hostvars().items():
        for mount in values["host_mounts_mounts"]:
            unit = mount_units.parse(files[f"{host}{UNITS}/{mount_units.find_name(mount['path'])}"])
            assert (unit.what, unit.where, unit.fstype) == (mount["source"], mount["path"], mount["fstype"])
            assert list(unit.options) == mount["options"]


def test_settings_of_nspawn_are_read_back_as_the_plan_has_them():
    text = compile_hosts(load_plan(), "systemd").files[SETTINGS]
    assert nspawn_unit.parse_binds(text) == [{"source": "/srv/holdfast/site", "target": "/srv/www", "read_only": False}]


def test_an_environment_is_in_no_file_that_was_not_asked_for():
    output = compile_hosts(load_plan(), "systemd")
    assert "8081" not in str(output.files)
    assert 'PORT="8081"' in parse_entries(output.confidential[f"{SETTINGS}.with-environment"])["Environment"]
    assert any("left out of them" in what for what in find_notes(output, "static"))
    assert not [
        path for engine in ("docker", "podman") for path in compile_hosts(load_plan(), engine).files if "env" in path
    ]


def test_credentials_are_where_the_host_keeps_them():
    docker, podman = compile_hosts(load_plan(), "docker"), compile_hosts(load_plan(), "podman")
    assert docker.confidential["app2/etc/holdfast/secrets/shop/orders-password"] == "pass%word"
    assert podman.confidential["app1/secrets/holdfast-db.orders-password"] == "pass%word"
    assert "pass%word" not in str(docker.files) + str(podman.files)


@pytest.mark.parametrize(("engine", "left_out"), [("docker", ["static"]), ("podman", ["static"])])
def test_a_root_image_is_left_out_and_told(engine, left_out):
    output = compile_hosts(load_plan(), engine)
    assert [note.subject for note in output.notes if note.what.startswith("left out")] == left_out
    assert not [path for path in output.files if "static" in path]


def test_systemd_leaves_images_of_the_other_kind_out_and_tells():
    output = compile_hosts(load_plan(), "systemd")
    left_out = [note.subject for note in output.notes if note.what.startswith("left out")]
    assert left_out == ["db", "keeper", "shop", "web", "web_ops"]
    assert any("digest" in what for what in find_notes(output, "static"))


def test_what_an_engine_would_refuse_is_left_out_with_its_reason():
    output = compile_hosts(load_plan(keeper={"command": ["run", ";"]}), "podman")
    assert f"app2{QUADLETS}/holdfast-keeper.container" not in output.files
    assert any("Quadlet" in what for what in find_notes(output, "keeper"))
