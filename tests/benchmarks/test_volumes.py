"""The end state: what counts as the same, and that the collection is asked for what the others are asked for."""

from __future__ import annotations

import json
import subprocess

import pytest

from benchmarks import contestants, volumes
from lab import converge
from lab.fleet import Fleet
from lab.machine import Machine


def state_of(wanted):
    """What guests/state.py prints where everything is as wanted."""
    options = sorted(wanted.volumes[0].export_options.split(","))
    contexts = {one.target: f"system_u:object_r:container_file_t:{one.level}" for one in wanted.volumes}
    return {
        "directories": {one.directory: [one.owner, one.owner, one.mode] for one in (*wanted.volumes, *wanted.gone)},
        "exports": {one.directory: {"10.77.0.21": options} for one in wanted.volumes},
        "mounts": {
            one.mount: {"source": one.source, "fstype": "nfs4", "options": ["hard", "rw"]} for one in wanted.volumes
        },
        "contexts": {"/usr/lib/podman/.* --": "system_u:object_r:bin_t:s0", **contexts},
        "after_boot": {one.mount: one.source for one in wanted.volumes},
        "policy_modules": {"holdfast_debian": True},
        "versions": {"-3": True, "+4.2": True},
    }


@pytest.mark.parametrize("step", ["first", "nothing", "added", "removed"])
def test_a_state_as_wanted_has_no_differences(step):
    wanted = volumes.steps(3)[step]
    assert volumes.find_differences(state_of(wanted), wanted) == []


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("directories", "/srv/volumes/v001", [0, 0, "0755"]),
        ("exports", "/srv/volumes/v001", {"*": ["rw"]}),
        ("mounts", "/srv/holdfast/v001", {"source": "10.77.0.12:/other", "fstype": "nfs4", "options": []}),
        ("contexts", "/srv/holdfast/v001(/.*)?", "system_u:object_r:container_file_t:s0"),
        ("after_boot", "/srv/holdfast/v001", ""),
        ("policy_modules", "holdfast_debian", False),
    ],
)
def test_each_kind_is_compared(kind, key, value):
    wanted = volumes.want(3)
    state = state_of(wanted)
    state[kind][key] = value
    (difference,) = volumes.find_differences(state, wanted)
    assert difference.startswith(f"{kind}: 1 of ")
    assert key in difference


def test_what_is_gone_must_be_gone_but_for_its_data():
    steps = volumes.steps(2)
    differences = volumes.find_differences(state_of(steps["added"]), steps["removed"])
    assert [text.split(":")[0] for text in differences] == ["exports", "mounts", "contexts", "after_boot"]


def test_contestants_disagree_where_the_kernel_shows_other_options():
    one, other = state_of(volumes.want(2)), state_of(volumes.want(2))
    assert volumes.find_disagreements(one, other) == []
    other["mounts"]["/srv/holdfast/v000"]["options"] = ["ro", "soft"]
    (text,) = volumes.find_disagreements(one, other)
    assert "/srv/holdfast/v000" in text


def test_the_plan_of_the_catalogue_is_what_the_others_are_asked_for(tmp_path):
    """The inventory plugin itself says what the collection will make."""
    fleet = Fleet("test", 1, (Machine("nfs1", str(tmp_path), 1), Machine("app1", str(tmp_path), 2)))
    wanted = volumes.want(4)
    contestants.collection(fleet, wanted, tmp_path)
    command = ["ansible-inventory", "-i", str(tmp_path / "inventory"), "--list"]
    done = subprocess.run(command, env=converge.environment(), capture_output=True, text=True, check=True)
    plans = json.loads(done.stdout, object_hook=lambda one: one.get("__ansible_unsafe", one))["_meta"]["hostvars"]
    server, client = plans["nfs1"], plans["app1"]
    for number, volume in enumerate(wanted.volumes):
        directory, export = server["nfs_server_volumes"][number], server["nfs_server_exports"][number]
        mount, context = client["host_mounts_mounts"][number], client["selinux_file_contexts"][number]
        assert [directory[key] for key in ("path", "owner", "group", "mode")] == [
            *(volume.directory, volume.owner, volume.owner, volume.mode)
        ]
        (one,) = export["clients"]
        assert (export["path"], one["host"]) == (volume.directory, "10.77.0.21")
        assert ",".join(one["options"]) == volume.export_options
        assert (mount["path"], mount["source"]) == (volume.mount, volume.source)
        assert ",".join(mount["options"]) == volume.mount_options
        assert context == {"target": volume.target, "type": "container_file_t", "level": volume.level}
    assert server["nfs_server_firewall"] == "none"
    assert client["container_units_units"] == client["container_host_engines"] == []
