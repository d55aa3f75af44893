# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_play import compile_play
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import find_notes, load_plan


def pod(path, **changes):
    """The spec of the pod in a file."""
    (document,) = compile_play(load_plan(**changes)).files[path]
    assert (document["apiVersion"], document["kind"]) == ("v1", "Pod")
    return document["spec"]


def container(path, **changes):
    (found,) = pod(path, **changes)["containers"]
    return found


def test_each_container_of_each_host_is_a_pod_of_its_own():
    assert sorted(compile_play(load_plan()).files) == [
        "app1/db.yaml",
        "app1/web.yaml",
        "app2/keeper.yaml",
        "app2/shop-2.yaml",
        "app2/shop.yaml",
        "app2/web-ops.yaml",
        "app2/web.yaml",
    ]


def test_a_volume_is_what_the_host_has_mounted_and_never_one_that_podman_would_give_to_another_owner():
    output = compile_play(load_plan())
    kinds = {one["kind"] for files in (output.files, output.confidential) for file in files.values() for one in file}
    assert kinds == {"Pod", "Secret"}
    assert "persistentVolumeClaim" not in str(output.files)
    volumes = {one["name"]: one for one in pod("app1/web.yaml")["volumes"]}
    assert volumes["volume-site"]["hostPath"] == {"path": "/srv/holdfast/site", "type": "Directory"}
    assert volumes["volume-logs"]["hostPath"] == {"path": "/srv/holdfast/logs", "type": "Directory"}


def test_nothing_is_made_where_a_mount_is_missing():
    output = compile_play(load_plan())
    paths = [one["hostPath"] for (doc,) in output.files.values() for one in doc["spec"]["volumes"] if "hostPath" in one]
    assert {one["type"] for one in paths} == {"Directory"}


def test_each_binding_is_mounted_as_it_says():
    mounts = {one["mountPath"]: one for one in container("app1/web.yaml")["volumeMounts"]}
    assert mounts["/srv/www"] == {"name": "volume-site", "mountPath": "/srv/www", "readOnly": True}
    assert mounts["/srv/drafts"] == {"name": "volume-site-drafts", "mountPath": "/srv/drafts", "readOnly": False}
    volumes = {one["name"]: one for one in pod("app1/web.yaml")["volumes"]}
    assert volumes["volume-site-drafts"]["hostPath"]["path"] == "/srv/holdfast/site/drafts"


def test_directories_whose_names_are_alike_are_kept_apart():
    volumes = [{"volume": "site", "target": f"/{at}", "subpath": path} for at, path in enumerate(("a/b", "a-b"))]
    names = [one["name"] for one in pod("app1/web.yaml", web={"volumes": volumes})["volumes"] if "hostPath" in one]
    assert len(set(names)) == 2
    twice = [{"volume": "site", "target": "/a"}, {"volume": "site", "target": "/b", "read_only": True}]
    spec = pod("app1/web.yaml", web={"volumes": twice})
    assert [one["name"] for one in spec["volumes"] if "hostPath" in one] == ["volume-site"]


def test_a_pod_has_user_groups_and_level_and_no_group_that_podman_does_not_know():
    security = pod("app1/db.yaml")["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["supplementalGroups"]) == (70, 70, [70])
    assert security["seLinuxOptions"] == {"level": "s0:c5,c6"}
    assert "fsGroup" not in security
    assert container("app1/db.yaml")["securityContext"]["readOnlyRootFilesystem"] is True


def test_ports_are_the_host_s_at_the_address_of_the_catalogue():
    ports = container("app1/web.yaml")["ports"]
    assert [(one["hostPort"], one["containerPort"], one.get("hostIP")) for one in ports] == [
        (8080, 80, None),
        (9090, 9090, "127.0.0.1"),
    ]
    bound = container("app1/web.yaml", web={"ports": ["[fd00::1]:8080:80"]})["ports"]
    assert bound[0]["hostIP"] == "fd00::1"


def test_each_instance_has_what_is_its_own():
    first, second = container("app2/shop.yaml"), container("app2/shop-2.yaml")
    assert (first["ports"][0]["hostPort"], second["ports"][0]["hostPort"]) == (8000, 8001)
    assert (first["args"][2], second["args"][2]) == ("shop", "shop-2")


def test_values_are_in_secrets_alone_and_each_pod_refers_to_its_own():
    output = compile_play(load_plan())
    assert "pass%word" not in str(output.files) and "hello" not in str(output.files)
    for path, documents in output.confidential.items():
        names = {one["metadata"]["name"] for one in documents}
        text = str(output.files[path.replace(".secrets.yaml", ".yaml")])
        assert [name for name in names if f"'{name}'" not in text] == []
    assert "app1/web.secrets.yaml" in output.confidential and "app2/keeper.secrets.yaml" not in output.confidential


def test_credentials_can_be_read_without_a_group_of_the_pod():
    volumes = {one["name"]: one for one in pod("app1/db.yaml")["volumes"]}
    assert volumes["credentials"]["secret"] == {"secretName": "db-credentials", "defaultMode": 0o444}


@pytest.mark.parametrize(("path", "policy"), [("app2/web-ops.yaml", "Never"), ("app1/db.yaml", "Always")])
def test_who_is_on_demand_is_not_started_again(path, policy):
    assert pod(path)["restartPolicy"] == policy


def test_a_mount_that_a_host_does_not_have_is_told_with_that_host():
    notes = find_notes(compile_play(load_plan()), "web")
    assert "volume logs has to be mounted at /srv/holdfast/logs on app1 first" in notes
    assert not any("volume site has" in what for what in notes)
    assert not any("volume logs has" in what for what in find_notes(compile_play(load_plan()), "web_ops"))


@pytest.mark.parametrize(
    ("app", "words", "other"),
    [
        ("db", "no readiness probe", "keeper"),
        ("web", "has no limit there", "db"),
        ("db", "after a boot", "web_ops"),
        ("web_ops", "nothing ends it after 15m", "db"),
        ("keeper", "podman load", "web"),
    ],
)
def test_what_podman_does_not_obey_is_told_of_whom_it_concerns(app, words, other):
    output = compile_play(load_plan())
    assert any(words in what for what in find_notes(output, app))
    assert not any(words in what for what in find_notes(output, other))


def test_a_root_image_is_left_out_and_told():
    assert any(what.startswith("left out") for what in find_notes(compile_play(load_plan()), "static"))


def test_shared_memory_is_of_each_container_since_that_of_a_pod_has_another_level():
    spec = pod("app1/db.yaml")
    (mount,) = [one for one in spec["containers"][0]["volumeMounts"] if one["mountPath"] == "/dev/shm"]
    assert {"name": mount["name"], "emptyDir": {"medium": "Memory"}} in spec["volumes"]


def test_shared_memory_that_the_catalogue_sizes_is_left_so():
    spec = pod("app1/web.yaml", web={"tmpfs": ["/dev/shm:size=16m"]})
    mounts = [one["name"] for one in spec["containers"][0]["volumeMounts"] if one["mountPath"] == "/dev/shm"]
    sizes = {one["name"]: one["emptyDir"].get("sizeLimit") for one in spec["volumes"] if "emptyDir" in one}
    assert [sizes[name] for name in mounts] == [str(16 << 20)]
