# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_kubernetes import compile_kubernetes
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import find_notes, load_plan


def pod(name, driver="kubernetes", **changes):
    """The pod of an app."""
    output = compile_kubernetes(load_plan(**changes), driver)
    workloads = [one for one in output.files["apps.yaml"] if "template" in one["spec"]]
    (found,) = [one["spec"]["template"]["spec"] for one in workloads if one["metadata"]["name"] == name]
    return found


def container(name, **changes):
    return pod(name, **changes)["containers"][0]


def test_a_pod_may_do_no_more_than_its_container_elsewhere():
    security = container("web")["securityContext"]
    assert security == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    }
    assert pod("web")["automountServiceAccountToken"] is False
    assert container("keeper")["securityContext"]["readOnlyRootFilesystem"] is False


def test_the_process_has_user_group_and_level_of_the_catalogue():
    security = pod("db")["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (70, 70, True)
    assert security["seLinuxOptions"] == {"level": "s0:c5,c6"}
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "runAsUser" not in pod("keeper")["securityContext"]
    assert "runAsNonRoot" not in pod("db", db={"user": "0:0"})["securityContext"]


def test_static_nfs_leaves_files_alone_so_a_group_does_no_harm():
    security = pod("db")["securityContext"]
    assert (security["fsGroup"], security["fsGroupChangePolicy"]) == (70, "OnRootMismatch")


@pytest.mark.parametrize(("mode", "shared"), [("2770", True), ("2775", True), ("0770", False), ("2750", False)])
def test_a_driver_that_re_owns_files_gets_a_group_only_where_it_has_nothing_to_do(mode, shared):
    security = pod("db", "kubernetes-csi", rows={"mode": mode})["securityContext"]
    assert (security.get("fsGroup") == 70) == shared
    assert (security.get("supplementalGroups") == [70]) == (not shared)
    output = compile_kubernetes(load_plan(rows={"mode": mode}), "kubernetes-csi")
    assert any("no fsGroup" in what for what in find_notes(output, "db")) == (not shared)


def test_volumes_of_two_groups_have_no_group_of_the_pod():
    security = pod("shop", papers={"group": 2001})["securityContext"]
    assert "fsGroup" not in security
    assert security["supplementalGroups"] == [2001, 1000]


def test_each_binding_is_mounted_as_it_says():
    mounts = {one["mountPath"]: one for one in container("web")["volumeMounts"]}
    assert mounts["/srv/www"] == {"name": "volume-site-ro", "mountPath": "/srv/www", "readOnly": True}
    assert mounts["/srv/drafts"]["subPath"] == "drafts"
    assert mounts["/srv/drafts"]["readOnly"] is False
    claims = {one["name"]: one["persistentVolumeClaim"] for one in pod("web")["volumes"] if "emptyDir" not in one}
    assert claims["volume-site-ro"] == {"claimName": "holdfast-site.ro", "readOnly": True}
    assert claims["volume-logs"] == {"claimName": "holdfast-logs", "readOnly": False}


def test_a_directory_of_the_host_is_taken_from_its_hosts_and_never_made():
    volumes = {one["name"]: one for one in pod("keeper")["volumes"]}
    assert volumes["volume-cache"]["hostPath"] == {"path": "/srv/local/cache", "type": "Directory"}


def test_an_app_stays_on_the_hosts_that_its_exports_name():
    affinity = pod("web")["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (expression,) = affinity["nodeSelectorTerms"][0]["matchExpressions"]
    assert expression == {"key": "kubernetes.io/hostname", "operator": "In", "values": ["app1", "app2"]}
    assert pod("web")["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"
    assert "topologySpreadConstraints" not in pod("db")


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("web", {"httpGet": {"path": "/healthz", "port": 80}}),
        ("db", {"tcpSocket": {"port": 5432}}),
        ("shop", {"exec": {"command": ["check", "it's up"]}}),
    ],
)
def test_a_check_tells_and_ends_nobody(name, handler):
    found = container(name)
    assert handler.items() <= found["readinessProbe"].items()
    assert "livenessProbe" not in found and "startupProbe" not in found


def test_credentials_are_files_that_the_app_alone_can_read():
    volumes = {one["name"]: one for one in pod("db")["volumes"]}
    assert volumes["credentials"]["secret"] == {"secretName": "db-credentials", "defaultMode": 0o440}
    environment = {one["name"]: one for one in container("db")["env"]}
    assert environment["POSTGRES_PASSWORD_FILE"]["value"] == "/run/secrets/orders-password"
    reference = environment["POSTGRES_HOST"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "db-environment", "key": "POSTGRES_HOST"}


def test_without_a_group_of_the_pod_credentials_are_readable_in_the_pod():
    volumes = {one["name"]: one for one in pod("db", "kubernetes-csi")["volumes"]}
    assert volumes["credentials"]["secret"]["defaultMode"] == 0o444


def test_memory_has_its_limit():
    memory = [one["emptyDir"] for one in pod("web")["volumes"] if "emptyDir" in one]
    assert memory == [{"medium": "Memory"}, {"medium": "Memory", "sizeLimit": str(2**26)}]


def test_no_word_of_a_command_is_taken_for_a_variable():
    assert container("shop", shop={"command": ["run", "$(HOME)"]})["args"] == ["run", "$$(HOME)"]
    assert container("shop")["args"][-1] == "cost ${PRICE}"


def test_a_volume_called_as_a_twin_is_kept_apart():
    more = {"volumes": ["site:/a", "site:/b:ro", "site-ro:/c"]}
    output = compile_kubernetes(load_plan(web=more, extra={"site-ro": {"store": "main", "owner": 1000}}))
    (web,) = [one for one in output.files["apps.yaml"] if one["metadata"]["name"] == "web" and one["kind"] != "Service"]
    volumes = [one["name"] for one in web["spec"]["template"]["spec"]["volumes"]]
    assert len(volumes) == len(set(volumes)) == 5
