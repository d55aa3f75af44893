# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_docker import (
    find_compose,
    parse_containers,
    parse_volumes,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Bind, Share

ANONYMOUS = "0f" * 32
IMAGE = {"Id": "sha256:1", "Config": {"Env": ["PATH=/bin"], "Cmd": ["nginx"], "User": "", "Entrypoint": ["/entry"]}}
LABELS = {
    "com.docker.compose.project": "shop",
    "com.docker.compose.service": "web",
    "com.docker.compose.project.config_files": "/opt/shop/compose.yaml,more.yaml",
    "com.docker.compose.project.working_dir": "/opt/shop",
}
MOUNTS = [
    {"Type": "volume", "Name": "shop_logs", "Source": "/x", "Destination": "/var/log", "RW": True},
    {"Type": "volume", "Name": ANONYMOUS, "Source": "/x", "Destination": "/scratch", "RW": True},
    {"Type": "bind", "Source": "/mnt/site", "Destination": "/srv/www", "RW": False},
    {"Type": "tmpfs", "Destination": "/run"},
]


def make_record(config=None, host=None, **keys):
    return {
        "Name": "/shop-web-1",
        "Image": "sha256:1",
        "State": {"Running": True},
        "Config": {
            "Image": "nginx:1",
            "Env": ["PATH=/bin", "TOKEN=secret"],
            "Cmd": ["nginx"],
            "User": "1000:1000",
            "Entrypoint": ["/entry"],
            "Labels": LABELS,
            **(config or {}),
        },
        "HostConfig": {
            "NetworkMode": "default",
            "PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "80"}]},
            "Tmpfs": {"/tmp": ""},
            "IpcMode": "private",
            "Runtime": "runc",
            **(host or {}),
        },
        "Mounts": MOUNTS,
        **keys,
    }


def parse_one(*args, **keys):
    (box,) = parse_containers([make_record(*args, **keys)], [IMAGE])
    return box


def test_a_container_is_told_without_what_its_image_says_and_without_a_value():
    box = parse_one()
    assert (box.name, box.origin) == ("web", "the container shop-web-1 of the Compose project shop")
    assert (box.engine, box.image, box.user, box.start, box.read_only) == (
        "docker",
        "nginx:1",
        "1000:1000",
        "boot",
        False,
    )
    assert (box.ports, box.tmpfs, box.variables) == (("80:8080",), ("/tmp", "/run"), ("TOKEN",))
    assert (box.commanded, box.capabilities) == (False, ())
    assert box.binds == (Bind("/srv/www", path="/mnt/site", read_only=True), Bind("/var/log", volume="shop_logs"))
    assert box.unsaid == ("an anonymous volume at /scratch",)
    assert "secret" not in repr(box)


def test_a_command_of_its_own_is_named_and_told_on_request():
    record = make_record({"Cmd": ["nginx", "--key=secret"]})
    assert [(box.commanded, box.command) for box in parse_containers([record], [IMAGE])] == [(True, ())]
    assert parse_containers([record], [IMAGE], True)[0].command == ("nginx", "--key=secret")


@pytest.mark.parametrize(
    ("config", "host", "expected"),
    [
        ({}, {"Privileged": True}, "privileged"),
        ({}, {"NetworkMode": "shop_default"}, "the network shop_default"),
        ({}, {"Memory": 1 << 20}, "a limit of memory"),
        ({}, {"SecurityOpt": ["label=disable"]}, "security options"),
        ({}, {"CapAdd": ["ALL"]}, "all capabilities"),
        ({"Entrypoint": ["/other"]}, {}, "an entry point"),
        ({"Healthcheck": {"Test": ["CMD", "true"]}}, {}, "a health check"),
        ({}, {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": ""}]}}, "the port 80/tcp at any"),
    ],
)
def test_what_no_key_says_is_told(config, host, expected):
    assert expected in parse_one(config, host).unsaid


def test_a_port_that_no_key_says_is_not_in_the_ports():
    assert parse_one({}, {"PortBindings": {"80/sctp": [{"HostPort": "80"}]}}).ports == ()


@pytest.mark.parametrize(
    ("running", "restart", "expected"),
    [(False, "no", "on_demand"), (False, "unless-stopped", "boot"), (True, "no", "boot")],
)
def test_what_neither_runs_nor_restarts_is_on_demand(running, restart, expected):
    box = parse_one({}, {"RestartPolicy": {"Name": restart}}, State={"Running": running})
    assert box.start == expected


def test_a_task_of_swarm_is_called_as_its_service():
    box = parse_one({"Labels": {"com.docker.swarm.service.name": "shop_web"}})
    assert (box.name, box.unsaid[0]) == ("shop_web", "that Swarm places it")


def test_containers_of_the_collection_are_left_out():
    assert parse_containers([make_record({"Labels": {"io.holdfast.app": "web"}})], [IMAGE]) == []


def test_volumes_of_others_are_told_with_their_source():
    options = {"type": "nfs", "device": ":/srv/logs", "o": "addr=10.77.0.11,rw,nfsvers=4.2"}
    records = [
        {"Name": "shop_logs", "Driver": "local", "Options": options},
        {"Name": "shop_rows", "Driver": "local", "Options": None},
        {"Name": "filer", "Driver": "local", "Options": {"type": "cifs", "o": "password=secret"}},
        {"Name": "far", "Driver": "rexray", "Options": {"type": "nfs"}},
        {"Name": ANONYMOUS, "Driver": "local"},
        {"Name": "holdfast-site", "Driver": "local", "Options": options, "Labels": {"io.holdfast.volume": "site"}},
    ]
    assert parse_volumes(records) == [
        Share("docker", "shop_logs", "10.77.0.11:/srv/logs", "nfs", ("rw", "nfsvers=4.2")),
        Share("docker", "shop_rows", "", "local"),
        Share("docker", "filer", "", "local"),
        Share("docker", "far", "", "rexray"),
    ]


def test_compose_files_are_found_by_the_labels_of_containers():
    about = {"project": "shop", "services": ["web"]}
    assert find_compose([make_record()]) == {"/opt/shop/compose.yaml": about, "/opt/shop/more.yaml": about}
    assert find_compose([make_record({"Labels": None})]) == {}
