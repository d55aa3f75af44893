from __future__ import annotations

import json
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_machine
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import parse_inspect

SERVICE = "# Managed by holdfast.volumes\n[X-Holdfast]\nImage=nginx\nRoot=/var/lib/holdfast/images/aa\nUser=1000:1001\n"
SETTINGS = (
    "# Managed by holdfast.volumes\n[Files]\nBindReadOnly=/etc/hosts:/etc/hosts\n"
    "Bind=/srv/holdfast/site:/srv/www\nBindReadOnly=/srv/holdfast/logs:/logs\n"
)
STATE = (
    "Id=holdfast-web.service\nMainPID=135\nInvocationID=4385b1\nExecMainStartTimestamp=Tue 2026-11-24 13:53:25 UTC\n"
)
# As systemd 257 leaves them: the supervisor, and below it the first process of the container.
FILES = {
    "/etc/systemd/system/holdfast-web.service": SERVICE,
    "/etc/systemd/nspawn/holdfast-web.nspawn": SETTINGS,
    "/proc/135/task/135/children": "137 ",
    "/proc/135/cmdline": "/usr/bin/systemd-nspawn\0--quiet\0",
    "/proc/137/status": "Name:\tnginx\nNSpid:\t137\t1\n",
    "/proc/137/cmdline": "nginx\0-c\0",
    "/proc/137/attr/current": "system_u:system_r:container_t:s0:c1,c2\0",
    "/sys/fs/selinux/enforce": "1",
}


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.files = dict(FILES)
    fake.read.side_effect = fake.files.get
    fake.check.return_value = STATE
    return fake


def test_a_running_container_is_described_as_the_engines_describe_theirs(system):
    assert nspawn_machine.inspect(system, ["holdfast-web"]) == {
        "holdfast-web": {
            "Id": "4385b1",
            "Name": "holdfast-web",
            "Image": "aa",
            "State": {"Running": True, "Pid": 137, "StartedAt": "Tue 2026-11-24 13:53:25 UTC"},
            "Config": {"Image": "nginx", "User": "1000:1001"},
            "ProcessLabel": "system_u:system_r:container_t:s0:c1,c2",
            "Mounts": [
                {"Type": "bind", "Source": "/srv/holdfast/logs", "Destination": "/logs", "RW": False},
                {"Type": "bind", "Source": "/srv/holdfast/site", "Destination": "/srv/www", "RW": True},
            ],
        }
    }


def test_the_witness_reads_it_as_any_other(system):
    records = nspawn_machine.inspect(system, ["holdfast-web"])
    (web,) = parse_inspect(json.dumps(list(records.values())), "nspawn")
    assert (web.app, web.engine, web.container_id, web.pid, web.image) == ("web", "nspawn", "4385b1", 137, "nginx")
    assert web.mounts[1] == {"source": "/srv/holdfast/site", "target": "/srv/www", "read_only": False}


def test_any_number_of_containers_costs_one_call(system):
    nspawn_machine.inspect(system, ["holdfast-web", "holdfast-gone"])
    (argv,) = (call.args[0] for call in system.check.call_args_list)
    assert argv[-3:] == ["--", "holdfast-web.service", "holdfast-gone.service"]
    assert nspawn_machine.inspect(system, []) == {}
    assert system.check.call_count == 1


def test_a_service_that_does_not_run_has_no_container(system):
    system.check.return_value = "Id=holdfast-web.service\nMainPID=0\nInvocationID=\n"
    assert nspawn_machine.inspect(system, ["holdfast-web"]) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"/proc/137/cmdline": FILES["/proc/135/cmdline"]},  # not the app's program yet
        {"/proc/137/status": "Name:\tgetent\nNSpid:\t137\n"},  # not in the container
        {"/proc/137/status": None},
        {"/proc/135/task/135/children": None},
    ],
)
def test_the_first_process_counts_once_it_is_the_apps_own(system, change):
    system.files |= change
    assert nspawn_machine.find_leader(system, 135) == 0


def test_the_label_is_empty_where_selinux_is_off(system):
    del system.files["/sys/fs/selinux/enforce"]
    system.files["/proc/137/attr/current"] = "unconfined\n"
    assert nspawn_machine.inspect(system, ["holdfast-web"])["holdfast-web"]["ProcessLabel"] == ""


def test_a_container_whose_files_are_gone_is_still_found(system):
    # nspawn itself keeps a directory for each container that runs.
    names = {
        nspawn_machine.SETTINGS: ["holdfast-a.nspawn", "other.nspawn", "holdfast-note"],
        nspawn_machine.RUNNING: ["holdfast-b", "fedora"],
    }
    system.listdir.side_effect = lambda path: names.get(path, [])
    assert nspawn_machine.find_names(system, "holdfast-") == ["holdfast-a", "holdfast-b"]


def test_only_what_we_unpacked_is_found_to_be_an_image(system):
    names = ["a" * 64, "." + "b" * 64 + ".tar", "." + "b" * 64 + ".part", "precious", "a" * 63, ".trash"]
    system.listdir.side_effect = {nspawn_machine.IMAGES: names}.get
    assert nspawn_machine.find_images(system) == [f"{nspawn_machine.IMAGES}/{name}" for name in names[:3]]
