# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_kubernetes import compile_kubernetes
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import find_notes, load_plan


def compile_case(driver="kubernetes", **changes):
    return compile_kubernetes(load_plan(**changes), driver)


def find(output, kind, name):
    """The one object of a kind and name."""
    documents = [one for content in (*output.files.values(), *output.confidential.values()) for one in content]
    (found,) = [one for one in documents if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def names(output, kind):
    return [one["metadata"]["name"] for file in output.files.values() for one in file if one["kind"] == kind]


def test_every_volume_of_a_network_has_a_claim_bound_by_name_and_both_ways():
    output = compile_case()
    volumes, claims = names(output, "PersistentVolume"), names(output, "PersistentVolumeClaim")
    assert volumes == claims
    assert "holdfast-unbound" in volumes and "holdfast-cache" not in volumes
    for name in volumes:
        volume, claim = find(output, "PersistentVolume", name)["spec"], find(output, "PersistentVolumeClaim", name)
        assert volume["claimRef"]["name"] == name == claim["spec"]["volumeName"]
        assert volume["claimRef"]["namespace"] == claim["metadata"]["namespace"]
        assert volume["storageClassName"] == claim["spec"]["storageClassName"] == ""
        assert volume["accessModes"] == claim["spec"]["accessModes"]


def test_no_claim_takes_its_data_along():
    output = compile_case()
    kept = {
        find(output, "PersistentVolume", name)["spec"]["persistentVolumeReclaimPolicy"]
        for name in names(output, "PersistentVolume")
    }
    assert kept == {"Retain"}


@pytest.mark.parametrize(
    ("name", "mode", "last"),
    [
        ("holdfast-rows", "ReadWriteOncePod", "rw"),
        ("holdfast-rows.ro", "ReadOnlyMany", "ro"),
        ("holdfast-logs", "ReadWriteMany", "rw"),
        ("holdfast-site.ro", "ReadOnlyMany", "ro"),
        ("holdfast-archive", "ReadWriteOncePod", "rw"),
    ],
)
def test_access_follows_from_bindings(name, mode, last):
    volume = find(compile_case(), "PersistentVolume", name)["spec"]
    assert volume["accessModes"] == [mode]
    assert volume["mountOptions"][-1] == last


def test_a_claim_that_writer_and_readers_share_lets_more_than_one_pod_in():
    more = {"volumes": ["logs:/var/log/nginx:ro", "archive:/archive:ro"]}
    output = compile_case(web_ops=more)
    assert find(output, "PersistentVolume", "holdfast-archive")["spec"]["accessModes"] == ["ReadWriteMany"]
    assert any("share one claim" in what for what in find_notes(output, "archive"))


def test_a_size_is_said_and_one_that_is_missing_is_told():
    output = compile_case()
    assert find(output, "PersistentVolume", "holdfast-site")["spec"]["capacity"] == {"storage": str(20 * 2**30)}
    assert find(output, "PersistentVolume", "holdfast-logs")["spec"]["capacity"] == {"storage": "1Gi"}
    assert any("without a size" in what for what in find_notes(output, "volumes"))


@pytest.mark.parametrize(
    ("driver", "name", "kind"),
    [
        ("kubernetes", "holdfast-site", "nfs"),
        ("kubernetes-csi", "holdfast-site", "nfs.csi.k8s.io"),
        ("kubernetes", "holdfast-media", "efs.csi.aws.com"),
        ("kubernetes-csi", "holdfast-media", "efs.csi.aws.com"),
    ],
)
def test_the_driver_is_the_one_that_was_asked_for_and_that_of_amazon_for_its_own(driver, name, kind):
    spec = find(compile_case(driver), "PersistentVolume", name)["spec"]
    assert ("nfs" in spec) == (kind == "nfs")
    assert spec.get("csi", {}).get("driver", "nfs") == kind


@pytest.mark.parametrize(
    ("name", "kind", "replicas"), [("web", "Deployment", 2), ("shop", "Deployment", 2), ("db", "StatefulSet", 1)]
)
def test_who_writes_alone_is_a_stateful_set(name, kind, replicas):
    assert find(compile_case(), kind, name)["spec"]["replicas"] == replicas


def test_a_stateful_set_has_a_headless_service():
    output = compile_case()
    service = find(output, "StatefulSet", "db")["spec"]["serviceName"]
    assert find(output, "Service", service)["spec"]["clusterIP"] == "None"
    assert "ports" not in find(output, "Service", "keeper")["spec"]
    assert find(output, "Service", "web")["spec"]["ports"][1] == {
        "name": "udp-9090",
        "protocol": "UDP",
        "port": 9090,
        "targetPort": 9090,
    }


def test_an_app_on_demand_is_a_job_that_waits_and_ends_in_time():
    spec = find(compile_case(), "Job", "web-ops")["spec"]
    assert spec["suspend"] is True
    assert spec["activeDeadlineSeconds"] == 15 * 60
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_values_are_in_secrets_alone_and_everything_else_refers_to_them():
    output = compile_case()
    assert list(output.confidential) == ["secrets.yaml"]
    assert find(output, "Secret", "shop-credentials")["stringData"]["orders-password"] == "pass%word"
    assert find(output, "Secret", "web-environment")["stringData"]["DEBUG"] == "true"
    assert "pass%word" not in str(output.files) and "say" not in str(output.files)


def test_a_directory_of_the_host_is_told():
    output = compile_case()
    assert any("hostPath" in what for what in find_notes(output, "cache"))
    assert any("(hostPath)" in what for what in find_notes(output, "keeper"))


def test_a_mode_that_only_csi_drivers_keep_is_told():
    assert any("kubernetes-csi" in what for what in find_notes(compile_case(), "rows"))
    assert find_notes(compile_case("kubernetes-csi"), "rows") == []


def test_a_namespace_is_in_every_object_that_has_one():
    output = compile_kubernetes(load_plan(), namespace="shop")
    found = [one for content in (*output.files.values(), *output.confidential.values()) for one in content]
    spaces = {one["metadata"].get("namespace", "") for one in found if one["kind"] != "PersistentVolume"}
    spaces |= {one["spec"]["claimRef"]["namespace"] for one in found if one["kind"] == "PersistentVolume"}
    assert spaces == {"shop"}
