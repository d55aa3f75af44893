from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_plan,
    container_runtime,
    container_traces,
    docker_state,
    export_state,
    host_traces,
    lockdown,
    secret_store,
    selinux_plan,
    swarm_rules,
    transport_state,
    unit_secrets,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import PREFIX
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState, HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import MountUnit, render
from ansible_collections.holdfast.volumes.plugins.modules import docker_nfs_volumes

PARENT = "/srv/holdfast"
ROLES = Path(__file__).resolve().parents[4] / "roles"
SHOWN = """\
Id=docker.service
ActiveState=active
UnitFileState=disabled

Id=nfs-server.service
ActiveState=active
UnitFileState=enabled

Id=nfs-firewall-holdfast.service
ActiveState=inactive
UnitFileState=
"""


class Host(System):
    """Files in memory; a directory is there when something is in it, or when it is among ``directories``."""

    def __init__(self, files=(), directories=(), answers=()):
        self.files, self.directories, self.answers = dict(files), set(directories), dict(answers)

    def read(self, path):
        return self.files.get(path)

    def stat(self, path):
        if path in self.files:
            return FileState("file", 0o644, 0, 0)
        there = path in self.directories or any(name.startswith(f"{path}/") for name in self.files)
        return FileState("directory", 0o755, 0, 0) if there else None

    def listdir(self, path):
        return sorted({name[len(path) + 1 :].split("/")[0] for name in self.files if name.startswith(f"{path}/")})

    def has(self, program):
        return program in self.answers

    def run(self, argv, timeout=60, stdin=""):
        if argv[0] not in self.answers:
            raise HostError(f"cannot run {argv[0]}: it is not installed on this host")
        return Completed(0, self.answers[argv[0]], "")


def look(files=(), directories=(), shown=SHOWN):
    return host_traces.read(Host(files, directories, {"systemctl": shown}), PARENT, True)


def test_a_bare_host_has_nothing():
    found = look(shown="")
    assert found == {
        "exports": False,
        "policy": False,
        "lockdown": False,
        "containers": False,
        "firewalld": False,
        "mounts": [],
        "units": {},
        "files": {},
        "docker": {},
        "docker_volumes": [],
        "swarm": "",
        "running": [],
        "transports": {
            "kernel": {"release": "", "handshake": False},
            "certificate": "",
            "key": False,
            "keytab": False,
        },
        "modules": [],
    }


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (export_state.PATH, "exports"),
        (selinux_plan.RECORD, "policy"),
        (lockdown.RECORD, "lockdown"),
        (container_runtime.PENDING, "containers"),
        (container_traces.GATE, "containers"),
        (unit_secrets.KEY, "containers"),
        (f"{secret_store.DIRECTORY}/web/password", "containers"),
        (f"{secret_store.STATE}/{secret_store._UNFINISHED}a1b2", "containers"),
        *((f"{directory}/{start}x{end}", "containers") for directory, start, end in container_plan.PLACES),
    ],
)
def test_whatever_a_module_would_look_at_is_a_trace(path, key):
    """The paths are those of the modules themselves, so one that moves fails here."""
    found = look({path: "text"})
    assert found[key] is True
    assert [name for name in ("exports", "policy", "lockdown", "containers") if found[name]] == [key]


@pytest.mark.parametrize("path", container_traces.DIRECTORIES)
def test_an_empty_directory_that_containers_left_is_a_trace(path):
    assert look(directories=[path, posixpath.dirname(path)])["containers"] is True


def test_the_directory_that_servers_have_too_is_none():
    assert look({"/etc/holdfast/nfs-firewall.nft": "", "/etc/holdfast/selinux.json": "{}"})["containers"] is False


def test_containers_are_told_by_file_with_what_they_are_bound_to():
    ours = "# Managed by holdfast.volumes\n[Unit]\nBindsTo=srv-holdfast-b.mount\nBindsTo=srv-holdfast-a.mount\n"
    files = {
        "/etc/containers/systemd/holdfast-web.container": ours,
        "/etc/systemd/system/holdfast-db.service": ours + "[Service]\nExecStart=/usr/bin/systemd-nspawn --quiet\n",
        "/etc/systemd/system/holdfast-other.service": "[Unit]\n",
        "/etc/systemd/system/web.service": ours,
    }
    mounts = ["srv-holdfast-a.mount", "srv-holdfast-b.mount"]
    assert look(files)["units"] == {
        "/etc/containers/systemd/holdfast-web.container": {"engine": "podman", "mounts": mounts},
        "/etc/systemd/system/holdfast-db.service": {"engine": "nspawn", "mounts": mounts},
    }


def test_volumes_of_docker_are_those_on_its_disk():
    assert docker_state.DATA == host_traces.DOCKER_VOLUMES
    kept = {f"{docker_state.DATA}/{PREFIX}site/_data": "", f"{docker_state.DATA}/other/_data": ""}
    assert look(kept)["docker_volumes"] == [f"{PREFIX}site"]
    assert look({**kept, "/run/docker.sock": ""})["docker_volumes"] == [f"{PREFIX}site"]


@pytest.mark.parametrize(
    ("files", "started"),
    [
        ({"/run/docker.sock": ""}, ""),
        ({"/etc/docker/daemon.json": '{"data-root": "/srv/docker"}'}, ""),
        ({}, "ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd --data-root=/srv/docker }\n"),
    ],
)
def test_docker_may_keep_its_volumes_elsewhere(files, started):
    shown = SHOWN.replace("UnitFileState=disabled\n", f"UnitFileState=disabled\n{started}")
    assert look(files, shown=shown)["docker_volumes"] == ["unknown"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"selinux-enabled": true, "proxies": {"http-proxy": "http://me:secret@proxy"}}', {"selinux-enabled": True}),
        ("{", {}),
        ("[]", {}),
    ],
)
def test_of_docker_settings_only_those_of_the_role_are_told(text, told):
    assert look({host_traces.DOCKER_CONFIGURATION: text})["docker"] == told
    role = yaml.safe_load((ROLES / "container_host/vars/main.yml").read_text())
    assert [*role["__container_host_daemon"]] == [*host_traces.DOCKER_SETTINGS]


def test_what_is_part_of_the_kernel_is_no_module_that_is_away():
    files = {
        "/proc/modules": "veth 45056 0 - Live 0x0\n",
        "/proc/sys/kernel/osrelease": "6.12.1-cloud\n",
        "/lib/modules/6.12.1-cloud/modules.builtin": "kernel/net/802/stp.ko\nkernel/net/netfilter/nf-log_syslog.ko\n",
    }
    assert look(files)["modules"] == ["nf_log_syslog", "stp", "veth"]


def test_modules_and_firewalld():
    found = look({"/proc/modules": "veth 45056 0 - Live 0x0\nbridge 1 0 - Live 0x0\n"}, [host_traces.FIREWALLD])
    assert (found["modules"], found["firewalld"]) == (["bridge", "veth"], True)


def test_the_socket_is_that_which_the_module_asks():
    assert docker_nfs_volumes.ARGUMENTS["docker_host"]["default"] == f"unix://{host_traces.DOCKER_SOCKET}"


def test_mounts_are_those_of_our_units_and_the_parent():
    ours = render(MountUnit(f"{PARENT}/site", "nfs1:/srv/site", "nfs4", ("rw",)))
    files = {
        "/etc/systemd/system/srv-holdfast-site.mount": ours,
        "/etc/systemd/system/mnt.mount": "[Mount]\nWhere=/mnt\nWhat=nfs1:/x\n",
    }
    assert look(files)["mounts"] == [f"{PARENT}/site"]
    assert look(directories=[PARENT])["mounts"] == [PARENT]


def test_a_file_is_told_by_mode_owner_and_the_checksum_of_ansible():
    checksum = hashlib.sha1(b"threads=8\n").hexdigest()
    assert look({"/etc/nfs.conf.d/holdfast.conf": "threads=8\n"})["files"] == {
        "/etc/nfs.conf.d/holdfast.conf": f"0644 0 0 {checksum}"
    }


def test_files_and_services_are_those_of_the_roles():
    text = "\n".join(path.read_text() for path in sorted(ROLES.rglob("*.yml")))
    for path in host_traces.FILES:
        assert posixpath.basename(path) in text, path
    for name in host_traces.SERVICES:
        assert name in text, name
    server = yaml.safe_load((ROLES / "nfs_server/vars/main.yml").read_text())
    paths = [server[f"__nfs_server_{name}"] for name in ("conf", "ruleset", "unit")]
    assert {*paths, *server["__nfs_server_ipset_files"]} <= {*host_traces.FILES}
    transport = yaml.safe_load((ROLES / "nfs_transport/vars/main.yml").read_text())
    assert {*transport["__nfs_transport_places"]} <= {*host_traces.FILES}
    assert transport["__nfs_transport_certificate_path"] in host_traces.FILES
    assert transport["__nfs_transport_certificate_path"] == transport_state.CERTIFICATE
    assert transport["__nfs_transport_key"] == transport_state.KEY
    swarm = yaml.safe_load((ROLES / "docker_swarm/vars/main.yml").read_text())
    assert {swarm[f"__docker_swarm_{name}"] for name in ("mark", "ruleset", "unit")} <= {*host_traces.FILES}
    assert swarm["__docker_swarm_mark"] == swarm_rules.MARK


@pytest.mark.parametrize(
    ("state", "address"),
    [
        # As Docker 26.1 writes it on a worker.
        ('{"LocalAddr":"","RemoteAddr":"10.0.0.1:2377","AdvertiseAddr":"10.0.0.2:2377"}', "10.0.0.2"),
        ('{"AdvertiseAddr":"[fd00::1]:2377"}', "fd00::1"),
        ('{"AdvertiseAddr":""}', "unknown"),
        ("{}", "unknown"),
        ("[", "unknown"),
    ],
)
def test_a_node_of_a_swarm_is_known_by_an_address(state, address):
    assert look({host_traces.SWARM: state})["swarm"] == address


def test_files_that_are_lacking_are_those_that_differ():
    found = look({"/etc/nfs.conf.d/holdfast.conf": "a\n", "/etc/nfs.conf.d/holdfast-gssd.conf": "b\n"})["files"]
    wanted = {"/etc/nfs.conf.d/holdfast.conf": "a\n", "/etc/nfs.conf.d/holdfast-gssd.conf": "c\n", "/etc/other": ""}
    assert host_traces.find_lacking(found, wanted) == ["/etc/nfs.conf.d/holdfast-gssd.conf", "/etc/other"]
    assert host_traces.find_lacking(found, {"/etc/nfs.conf.d/holdfast.conf": "a\n"}, "0600") != []


def test_a_service_runs_when_it_is_active_and_comes_back_after_a_boot():
    assert look()["running"] == ["nfs-server.service"]


def test_more_files_and_services_are_told_of_where_they_are_asked_for():
    shown = "Id=pull-holdfast.timer\nActiveState=active\nUnitFileState=enabled\n"
    host = Host({"/etc/mine": "a\n", "/etc/other": ""}, answers={"systemctl": shown})
    found = host_traces.read(host, PARENT, False, ["/etc/mine", "/etc/absent"], ["pull-holdfast.timer"])
    assert host_traces.find_lacking(found["files"], {"/etc/mine": "a\n"}) == []
    assert list(found["files"]) == ["/etc/mine"]
    assert found["running"] == ["pull-holdfast.timer"]
    assert host_traces.read(host, PARENT, False)["files"] == {}


@pytest.mark.parametrize("has_table", [True, False])
def test_the_firewall_runs_only_while_its_table_is_there(has_table):
    shown = "Id=nfs-firewall-holdfast.service\nActiveState=active\nUnitFileState=enabled\n"
    found = host_traces.read(Host(answers={"systemctl": shown}), PARENT, has_table)
    assert found["running"] == (["nfs-firewall-holdfast.service"] if has_table else [])


def test_packages_are_those_that_are_installed():
    dpkg = "ii  nfs-common\nrc  gone\nhi  podman\nun  never\niU  half\n"
    assert host_traces.read_packages(Host(answers={"dpkg-query": dpkg}), "apt") == ["nfs-common", "podman"]
    assert host_traces.read_packages(Host(answers={"rpm": "nfs-utils\npodman\npodman\n"}), "dnf") == [
        "nfs-utils",
        "podman",
    ]
    assert host_traces.read_packages(Host(), "unknown") == []


def test_roles_ask_for_what_there_is_and_go_on_without_it():
    """A role that is run alone was preceded by no look: then it does everything, as its defaults here say."""
    told = {"packages", "settled", *look()}
    asked = []
    for path in sorted(ROLES.rglob("*.yml")):
        for line in path.read_text().splitlines():
            found = re.findall(r"holdfast_found\.(\w+)", line)
            asked += found
            assert len(found) == len(re.findall(r"holdfast_found\.\w+(?:\[[^]]+\])? \| default\(", line)), (path, line)
    assert {*asked} == told
