from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.container_report import report_unit

STATE = {"ActiveState": "active", "SubState": "running"}
DOCKER = {
    "Id": "3f2a",
    "Name": "/holdfast-web",
    "Image": "sha256:5ef7",
    "State": {"Running": True, "Pid": 812, "StartedAt": "2026-01-01T12:00:00.5Z"},
    "Config": {"Image": "r/nginx:1", "User": "1000:1000"},
    "ProcessLabel": "system_u:system_r:container_t:s0:c12,c500",
    "HostConfig": {
        "PortBindings": {
            "80/tcp": [{"HostIp": "", "HostPort": "8080"}],
            "53/udp": [{"HostIp": "::1", "HostPort": "53"}],
        }
    },
}


def test_a_running_unit():
    assert report_unit("holdfast-web.service", "docker", STATE, {"holdfast-web": DOCKER}, ["orders-user"]) == {
        "name": "web",
        "engine": "docker",
        "service": "holdfast-web.service",
        "active_state": "active",
        "sub_state": "running",
        "container_id": "3f2a",
        "pid": 812,
        "image": "r/nginx:1",
        "image_id": "sha256:5ef7",
        "user": "1000:1000",
        "level": "s0:c12,c500",
        "ports": ["8080:80/tcp", "::1:53:53/udp"],
        "started_at": "2026-01-01T12:00:00.5Z",
        "secrets": ["orders-user"],
    }


def test_a_unit_without_a_container():
    told = report_unit("holdfast-web.service", "podman", {"ActiveState": "failed", "SubState": "failed"}, {})
    assert (told["active_state"], told["container_id"], told["pid"], told["ports"]) == ("failed", "", 0, [])


def test_a_host_without_selinux_has_no_level():
    assert (
        report_unit("holdfast-web.service", "docker", STATE, {"holdfast-web": {**DOCKER, "ProcessLabel": ""}})["level"]
        == ""
    )
