# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import errno
import json
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import adopt_look
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_look import read
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    Completed,
    FileState,
    HostError,
    ProbeTimeout,
    System,
)

PARAMS = {"compose_files": [], "paths": [], "commands": False, "timeout": 3}
SYSTEMD, QUADLETS = "/etc/systemd/system", "/etc/containers/systemd"
MOUNT = "{number} 25 0:49 / {path} rw,relatime shared:201 - nfs4 10.77.0.11:/srv/{name} rw,vers=4.2\n"
LABELS = {
    "com.docker.compose.project": "shop",
    "com.docker.compose.service": "web",
    "com.docker.compose.project.config_files": "/opt/shop/compose.yaml",
}
CONTAINER = {
    "Name": "/web",
    "Image": "sha256:1",
    "Config": {"Image": "nginx:1", "Env": ["TOKEN=secret"], "Labels": LABELS},
    "HostConfig": {},
    "Mounts": [{"Type": "bind", "Source": "/mnt/site", "Destination": "/www"}],
}
COMPOSE = """
services: {web: {image: nginx:1}, later: {image: later:1, env_file: later.env, environment: {PASSWORD: secret}}}
volumes:
  logs: {driver_opts: {type: nfs, o: "addr=10.77.0.11,rw", device: ":/srv/logs"}}
  rows:
"""
FILES = {
    "/etc/hostname": "app1\n",
    "/etc/fstab": "10.77.0.11:/srv/site /mnt/site nfs4 defaults\n",
    "/proc/self/mountinfo": "".join(
        MOUNT.format(number=number, path=path, name=path.rpartition("/")[2])
        for number, path in enumerate(
            ["/mnt/site", "/mnt/hand", "/srv/holdfast/ours", "/var/lib/docker/volumes/shop_logs/_data"], 30
        )
    ),
    f"{SYSTEMD}/mnt-old.mount": "[Mount]\nWhat=10.77.0.11:/srv/old\nWhere=/mnt/old\nType=nfs\nOptions=ro\n",
    f"{SYSTEMD}/mnt-disk.mount": "[Mount]\nWhat=/dev/vdb\nWhere=/mnt/disk\nType=ext4\n",
    f"{SYSTEMD}/broken.mount": "[Mount]\n",
    f"{SYSTEMD}/srv-holdfast-x.mount": "# Managed by holdfast.volumes\n[Mount]\nWhere=/srv/holdfast/x\nType=nfs4\n",
    f"{SYSTEMD}/other.service": "[Service]\n",
    "/etc/exports": "/srv/a *(rw)\n",
    "/etc/exports.d/b.exports": "/srv/b 10.77.0.0/24(ro)\n",
    "/etc/exports.d/bad.exports": "/srv/c a(b(c\n",
    "/etc/exports.d/holdfast.exports": "# Managed by holdfast.volumes\n/srv/d *(rw)\n",
    f"{QUADLETS}/by-hand.container": "[Container]\nImage=x\nEnvironmentFile=/etc/x.env\nVolume=/srv/local:/x\n",
    f"{QUADLETS}/site.volume": "[Volume]\nType=nfs4\nDevice=10.77.0.11:/srv/site\n",
    f"{QUADLETS}/broken.container": '[Container]\nImage=x\nExec="open\n',
    f"{QUADLETS}/holdfast-web.container": "# Managed by holdfast.volumes\n[Container]\nImage=x\n",
    "/opt/shop/compose.yaml": COMPOSE,
    "/opt/shop/later.env": "KEY=secret\n",
    "/etc/x.env": "NAME=secret\n",
}
OPTIONS = {"type": "nfs", "device": ":/srv/logs", "o": "addr=10.77.0.11,rw"}
DOCKER = {
    "ps": "1\n",
    "container inspect": json.dumps([CONTAINER]),
    "volume ls": "shop_logs\n",
    "volume inspect": json.dumps([{"Name": "shop_logs", "Driver": "local", "Options": OPTIONS}]),
    "image inspect": json.dumps([{"Id": "sha256:1", "Config": {}}]),
}


@pytest.fixture
def files():
    return dict(FILES)


@pytest.fixture
def answers():
    return dict(DOCKER)


@pytest.fixture
def system(files, answers):
    fake = create_autospec(System, instance=True)
    fake.read.side_effect = files.get
    fake.listdir.side_effect = lambda path: sorted(
        name.rpartition("/")[2] for name in files if name.rpartition("/")[0] == path
    )
    fake.stat.side_effect = lambda path: FileState("file", 0o644, 0, 0) if path == "/run/docker.pid" else None

    def run(argv, timeout=60.0, stdin=""):
        if argv[0] == "ip":
            return Completed(0, json.dumps([{"addr_info": [{"local": "10.77.0.21"}, {}]}]), "")
        key = next(key for key in answers if " ".join(argv[1:]).startswith(key))
        return Completed(0, answers[key], "")

    def probe(question, *args, timeout=5.0):
        if question.__name__ == "ask_owners":
            return {path: {"kind": "directory", "owner": 7, "group": 7, "mode": "0755"} for path in args[0]}
        if args[0] not in files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return files[args[0]]

    fake.run.side_effect, fake.probe.side_effect = run, probe
    return fake


def names(items, key="name"):
    return [item[key] for item in items]


def test_a_look_has_everything_of_others_and_nothing_of_the_collection(system):
    found = read(system, PARAMS)
    assert (found["names"], found["addresses"]) == (["app1"], ["10.77.0.21"])
    assert [(one["origin"], one["name"]) for one in found["shares"]] == [
        ("fstab", "/mnt/site"),
        ("unit", "/mnt/old"),
        ("hand", "/mnt/hand"),
    ]
    assert [(one["file"], one["path"], one["host"]) for one in found["exports"]] == [
        ("/etc/exports", "/srv/a", "*"),
        ("/etc/exports.d/b.exports", "/srv/b", "10.77.0.0/24"),
    ]
    assert names(found["boxes"]) == ["web", "later", "by-hand"]
    assert [(one["name"], one["source"]) for one in found["volumes"]] == [
        ("shop_logs", "10.77.0.11:/srv/logs"),
        ("shop_rows", ""),
        ("site.volume", "10.77.0.11:/srv/site"),
    ]
    assert sorted(names(found["unread"], "about")) == [
        f"{QUADLETS}/broken.container",
        "/etc/exports.d/bad.exports",
    ]


def test_no_value_of_an_environment_leaves_the_host(system):
    found = read(system, PARAMS)
    assert [one["variables"] for one in found["boxes"]] == [("TOKEN",), ("KEY", "PASSWORD"), ("NAME",)]
    assert "secret" not in json.dumps(found)


def test_each_path_of_others_is_looked_at_with_a_limit(system):
    found = read(system, {**PARAMS, "paths": ["/srv/more"]})
    assert sorted(found["directories"]) == [
        "/mnt/hand",
        "/mnt/site",
        "/srv/a",
        "/srv/b",
        "/srv/local",
        "/srv/more",
        "/var/lib/docker/volumes/shop_logs/_data",
    ]
    assert system.probe.call_args.kwargs == {"timeout": 13}


def test_nothing_is_changed_and_nothing_that_sleeps_is_woken(system):
    read(system, PARAMS)
    changing = ("write", "remove", "remove_directory", "make_directory", "set_owner", "set_mode", "set_xattr")
    assert [name for name in changing if getattr(system, name).called] == []
    system.stat.side_effect = lambda path: None
    system.run.reset_mock()
    assert names(read(system, PARAMS)["boxes"]) == ["by-hand"]
    assert [call.args[0][0] for call in system.run.mock_calls] == ["ip"]


def test_a_host_without_iproute_has_no_addresses(system):
    system.has.side_effect = lambda program: program != "ip"
    assert read(system, PARAMS)["addresses"] == []


def test_a_docker_that_refuses_is_told(system):
    system.run.side_effect = lambda argv, *rest: Completed(1, "", "denied")
    found = read(system, PARAMS)
    assert "docker ps --all --quiet --no-trunc failed (1): denied" in [one["text"] for one in found["unread"]]
    assert found["addresses"] == []


def test_paths_that_nobody_answers_for_are_told_as_such(system):
    def hang(question, *args, timeout):
        raise ProbeTimeout("no answer")

    system.probe.side_effect = hang
    found = read(system, PARAMS)
    assert set(map(json.dumps, found["directories"].values())) == {"{}"}
    assert "/opt/shop/compose.yaml" in names(found["unread"], "about")


def test_a_path_that_takes_too_long_costs_a_limit_once(system):
    system.probe.side_effect = HostError("gone")
    with pytest.raises(HostError):
        read(system, PARAMS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "it is no Compose file"),
        ("a: b\nc: 'secret", "it is no YAML, see line 2"),
        (None, "it cannot be read: [Errno 2] No such file or directory"),
    ],
)
def test_a_compose_file_that_cannot_be_read_is_told_without_its_text(system, files, text, expected):
    files.pop("/opt/shop/compose.yaml")
    if text is not None:
        files["/opt/shop/compose.yaml"] = text
    told = {one["about"]: one["text"] for one in read(system, PARAMS)["unread"]}
    assert told["/opt/shop/compose.yaml"] == expected


def test_a_host_without_yaml_says_so(system, monkeypatch):
    monkeypatch.setattr(adopt_look, "HAS_YAML", False)
    found = read(system, PARAMS)
    assert names(found["boxes"]) == ["web", "by-hand"]
    assert "PyYAML" in next(one["text"] for one in found["unread"] if one["about"] == "/opt/shop/compose.yaml")


def test_a_compose_file_may_be_given_by_its_path(system, files):
    files["/opt/other/compose.yaml"] = "services: {db: {image: pg}}"
    found = read(system, {**PARAMS, "compose_files": ["/opt/other/compose.yaml"]})
    assert names(found["boxes"]) == ["web", "db", "later", "by-hand"]


def test_a_missing_environment_file_is_told(system, files):
    files.pop("/etc/x.env")
    found = read(system, PARAMS)
    assert "/etc/x.env" in names(found["unread"], "about")
    assert names(found["boxes"])[-1] == "by-hand"
