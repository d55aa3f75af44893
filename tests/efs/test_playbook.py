"""playbooks/efs.yml as a user runs it, looked at with a client of AWS: what it makes, keeps, refuses and feeds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml

REGION = "eu-west-1"
ACCOUNT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
CATALOGUE = """
plugin: holdfast.volumes.catalogue
include: [../fed/cloud.yml]
volumes:
  logs: {store: cloud, owner: 1001}
  site: {store: cloud_site, path: ".", owner: 1000}
apps:
  web: {engine: docker, image: "registry.example.com/nginx:1", hosts: app1, volumes: ["logs:/logs", "site:/site:ro"]}
"""


class Account:
    """A user at a controller, in a directory of his own, with an account at the API."""

    def __init__(self, directory, endpoint, name):
        self.directory, self.name = directory, name
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {
            "PATH": path,
            "HOME": str(directory),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "AWS_ENDPOINT_URL": endpoint,
            **ACCOUNT,
        }
        session = boto3.session.Session(ACCOUNT["AWS_ACCESS_KEY_ID"], ACCOUNT["AWS_SECRET_ACCESS_KEY"], None, REGION)
        self.efs, self.ec2 = (session.client(kind, endpoint_url=endpoint) for kind in ("efs", "ec2"))
        self.subnets = sorted(subnet["SubnetId"] for subnet in self.ec2.describe_subnets()["Subnets"])
        self.group = self.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]

    def wanted(self, **other):
        """One file system with mount targets in the first two subnets."""
        return {
            "store": "cloud",
            "name": self.name,
            "region": REGION,
            "mount_targets": [{"subnet_id": subnet, "security_groups": [self.group]} for subnet in self.subnets[:2]],
            "access_points": [
                {"name": "site", "owner": 1000},
                {"name": "logs", "owner": 1001, "group": 1002, "mode": "0700", "squash": "none"},
            ],
            "tags": {"team": "web"},
            **other,
        }

    def play(self, *flags, wanted=None, environment=()):
        """Run the playbook; the exit status, its output and the number of changes."""
        (self.directory / "fed").mkdir(exist_ok=True)
        variables = {
            "efs_file_systems": [self.wanted() if wanted is None else wanted],
            "efs_stores_file": str(self.directory / "fed" / "cloud.yml"),
        }
        command = ["ansible-playbook", "holdfast.volumes.efs", "-e", json.dumps(variables), *flags]
        done = self.run(command, environment)
        recap = re.search(r"^localhost .*changed=([0-9]+)", done.stdout, re.M)
        return done.returncode, done.stdout + done.stderr, int(recap[1]) if recap else None

    def run(self, command, environment=()):
        environment = {**self.environment, **dict(environment)}
        return subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def file_systems(self):
        return self.efs.describe_file_systems(CreationToken=self.name)["FileSystems"]

    def targets(self):
        (system,) = self.file_systems()
        targets = self.efs.describe_mount_targets(FileSystemId=system["FileSystemId"])["MountTargets"]
        return {target["SubnetId"]: target for target in targets}

    def access_points(self):
        (system,) = self.file_systems()
        points = self.efs.describe_access_points(FileSystemId=system["FileSystemId"])["AccessPoints"]
        return {point["Name"] or point["Tags"][0]["Value"]: point for point in points}

    def fed(self):
        return yaml.safe_load((self.directory / "fed" / "cloud.yml").read_text(encoding="utf-8"))["stores"]


@pytest.fixture
def account(tmp_path, endpoint, request):
    return Account(tmp_path, endpoint, request.node.name)


def test_what_check_mode_says_is_made_fed_and_found_again(account):
    status, said, changes = account.play("--check", "--diff")
    assert status == 0, said
    assert changes
    for sentence in (
        f"create file system {account.name}",
        f"create mount target in {account.subnets[1]}",
        "create access point site",
    ):
        assert sentence in said
    assert account.file_systems() == []
    assert not (account.directory / "fed" / "cloud.yml").exists()

    status, said, changes = account.play()
    assert status == 0, said
    assert changes
    (system,) = account.file_systems()
    assert (system["Encrypted"], system["PerformanceMode"]) == (True, "generalPurpose")
    assert {tag["Key"]: tag["Value"] for tag in system["Tags"]} == {"Name": account.name, "team": "web"}
    assert sorted(account.targets()) == account.subnets[:2]
    points = account.access_points()
    assert points["site"]["PosixUser"] == {"Uid": 1000, "Gid": 1000}
    assert points["site"]["RootDirectory"] == {
        "Path": "/site",
        "CreationInfo": {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "0750"},
    }
    assert not points["logs"].get("PosixUser")
    made = points["logs"]["RootDirectory"]["CreationInfo"]
    assert made == {"OwnerUid": 1001, "OwnerGid": 1002, "Permissions": "0700"}

    status, said, changes = account.play()
    assert (status, changes) == (0, 0), said

    name = system["FileSystemId"]
    logs, site = plan_of_host(account)["host_mounts_mounts"]
    assert (logs["source"], logs["fstype"]) == (f"{name}.efs.{REGION}.amazonaws.com:/logs", "nfs4")
    assert logs["options"][:7] == [
        *("nfsvers=4.1", "rsize=1048576", "wsize=1048576", "hard", "timeo=600", "retrans=2", "noresvport")
    ]
    assert (site["source"], site["fstype"]) == (f"{name}:/", "efs")
    assert {"tls", f"accesspoint={points['site']['AccessPointId']}", f"region={REGION}", "ro"} <= set(site["options"])


def plan_of_host(account):
    """What ansible-inventory prints of a host whose catalogue includes what was fed."""
    inventory = account.directory / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yml").write_text("all: {hosts: {app1: }}\n", encoding="utf-8")
    (inventory / "volumes.holdfast.yml").write_text(CATALOGUE, encoding="utf-8")
    done = account.run(["ansible-inventory", "-i", str(inventory), "--host", "app1"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_there_is_taken_over_and_what_is_not_named_stays(account):
    name = account.efs.create_file_system(CreationToken=account.name, Encrypted=True)["FileSystemId"]
    for subnet in account.subnets:
        account.efs.create_mount_target(FileSystemId=name, SubnetId=subnet, SecurityGroups=[account.group])
    before = account.targets()
    other = account.efs.create_access_point(
        ClientToken="other", FileSystemId=name, Tags=[{"Key": "Name", "Value": "other"}]
    )["AccessPointId"]
    vpc = account.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = account.ec2.create_security_group(GroupName="clients", Description="clients", VpcId=vpc)["GroupId"]
    first = {"subnet_id": account.subnets[0], "security_groups": [group]}
    wanted = account.wanted(mount_targets=[first], access_points=[], address_subnet=account.subnets[0])

    status, said, predicted = account.play("--check", wanted=wanted)
    assert status == 0, said
    assert f"change security groups of mount target in {account.subnets[0]} to {group}" in said
    status, said, changes = account.play(wanted=wanted)
    assert (status, changes) == (0, predicted), said
    after = account.targets()
    assert {subnet: target["MountTargetId"] for subnet, target in after.items()} == {
        subnet: target["MountTargetId"] for subnet, target in before.items()
    }
    target = after[account.subnets[0]]
    groups = account.efs.describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])
    assert groups["SecurityGroups"] == [group]
    assert account.access_points()["other"]["AccessPointId"] == other
    fed = {"type": "efs", "file_system_id": name, "region": REGION, "address": target["IpAddress"]}
    assert account.fed() == {"cloud": fed}


def test_what_aws_cannot_change_is_refused_by_name(account):
    name = account.efs.create_file_system(CreationToken=account.name, Encrypted=False)["FileSystemId"]
    status, said, changes = account.play(wanted=account.wanted(performance_mode="max_io"))
    assert (status, changes) == (2, 0)
    assert f"file system {name}: encrypted is False instead of True" in said
    assert "its performance mode is generalPurpose instead of maxIO" in said
    assert account.targets() == {}

    point = account.efs.create_access_point(
        ClientToken="site",
        FileSystemId=name,
        Tags=[{"Key": "Name", "Value": "site"}],
        PosixUser={"Uid": 1005, "Gid": 1005},
        RootDirectory={"Path": "/site", "CreationInfo": {"OwnerUid": 1005, "OwnerGid": 1005, "Permissions": "750"}},
    )["AccessPointId"]
    status, said, dummy = account.play(wanted=account.wanted(encrypted=False))
    assert status == 2
    assert f"the access point site ({point}) has owner 1005 instead of 1000, group 1005 instead of 1000, and" in said
    assert list(account.access_points()) == ["site"]


def test_bad_input_and_missing_collections_are_refused_before_aws_is_asked(account):
    unreachable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    wanted = account.wanted(region="Ireland", mount_targets=[], access_points=[{"name": "a/b", "owner": 1}])
    status, said, changes = account.play(wanted=wanted, environment=unreachable)
    assert (status, changes) == (2, 0)
    for fault in ("'Ireland' is no region of AWS", "name at least one subnet_id", "a/b: a name has only"):
        assert fault in said
    alone = {**unreachable, "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
    status, said, changes = account.play(environment=alone)
    assert (status, changes) == (2, 0)
    assert "ansible-galaxy collection install amazon.aws community.aws" in said
