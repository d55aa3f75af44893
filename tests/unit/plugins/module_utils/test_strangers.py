# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import strangers
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.strangers import Stranger

HOST_ROOT = "25 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n"
OVERLAY = "300 299 0:60 / / ro - overlay overlay ro\n"
IMAGE = "300 299 254:0 /var/lib/machines/x / ro - ext4 /dev/vda rw\n"
NFS = "301 300 0:49 / /data rw - nfs4 10.0.0.1:/srv/volumes/x rw\n"
BIND = "302 300 254:0 /srv/local/x /data rw - ext4 /dev/vda rw\n"
ID = "4f5e" * 16
ALL, NONE = "000001ffffffffff", "0000000000000000"


class Host:
    """Processes by number; every one in name spaces of its own but for those that are said to be shared."""

    def __init__(self):
        self.files, self.shared = {}, {}
        self.add(1, "/init.scope", HOST_ROOT, ALL, strangers.NAMESPACES)
        self.add(2, "/", HOST_ROOT, ALL, strangers.NAMESPACES)
        self.add(30, "/system.slice/cron.service", HOST_ROOT, ALL, strangers.NAMESPACES)
        self.system = create_autospec(System, instance=True)
        self.system.read.side_effect = self.files.get
        self.system.listdir.side_effect = lambda path: [
            "cpuinfo",
            *{one.split("/")[2] for one in self.files if one.startswith("/proc/")},
        ]
        self.system.link.side_effect = self.link

    def add(self, pid, group, mounts, capabilities=NONE, shared=()):
        self.files[f"/proc/{pid}/cgroup"] = f"0::{group}\n"
        self.files[f"/proc/{pid}/mountinfo"] = mounts
        self.files[f"/proc/{pid}/status"] = f"Name:\tx\nCapEff:\t{capabilities}\n"
        self.shared[str(pid)] = shared

    def link(self, path):
        dummy, dummy, pid, dummy, name = path.split("/")
        return f"{name}:[1]" if name in self.shared[pid] else f"{name}:[{pid}]"

    def look(self, *parents):
        return strangers.read(self.system, parents, ["10.0.0.1"])


@pytest.fixture
def host():
    return Host()


def test_a_host_without_containers_has_none(host):
    assert host.look() == []


def test_a_privileged_container_is_found_by_the_name_that_docker_has_for_it(host):
    host.add(900, f"/system.slice/docker-{ID}.scope", OVERLAY, ALL)
    host.files[f"/var/lib/docker/containers/{ID}/config.v2.json"] = '{"Name": "/agent"}'
    (found,) = host.look()
    assert found == Stranger("agent", 900, (f"the capabilities {', '.join(strangers.MIGHTY.values())}",))


def test_one_process_stands_for_a_container(host):
    host.add(901, "/machine.slice/libpod-4f5e.scope/container", OVERLAY, ALL)
    host.add(902, "/machine.slice/libpod-4f5e.scope/container", OVERLAY, ALL)
    assert [(one.name, one.pid) for one in host.look()] == [("libpod-4f5e.scope", 901)]


def test_name_spaces_of_the_host_are_found(host):
    host.add(900, "/system.slice/agent.service", IMAGE, NONE, ("pid", "net"))
    assert host.look() == [Stranger("agent.service", 900, ("the host's name spaces net, pid",))]


@pytest.mark.parametrize("mount", [NFS, BIND])
def test_data_of_the_collection_is_found(host, mount):
    host.add(900, "/system.slice/copy.service", OVERLAY + mount)
    (found,) = host.look("/srv/local")
    assert found.has == ("data of " + ("10.0.0.1:/srv/volumes/x" if mount == NFS else "/srv/local/x"),)


def test_a_container_that_has_nothing_of_the_host_is_let_be(host):
    host.add(900, "/system.slice/quiet.service", OVERLAY + BIND + NFS.replace("10.0.0.1", "10.0.0.10"))
    assert host.look("/srv/local/y") == []


@pytest.mark.parametrize(
    "group",
    [
        "/system.slice/holdfast-web.service/libpod-payload-4f5e",
        "/machine.slice/holdfast-web-nspawn.service/payload",
        f"/system.slice/docker-{ID}.scope",
    ],
)
def test_containers_of_the_collection_are_none_of_them(host, group):
    host.add(900, group, OVERLAY + NFS, ALL, strangers.NAMESPACES)
    host.files[f"/var/lib/docker/containers/{ID}/config.v2.json"] = '{"Name": "/holdfast-web"}'
    assert host.look() == []


def test_a_process_that_ends_meanwhile_is_no_error(host):
    host.add(900, f"/system.slice/docker-{ID}.scope", OVERLAY, ALL)
    host.system.link.side_effect = HostError("no such process")
    (found,) = host.look()
    assert found.name == f"docker-{ID}.scope"
    host.system.read.side_effect = HostError("no such process")
    assert host.look() == []
