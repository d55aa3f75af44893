"""What the pods are that the catalogue was compiled to, as the host has them."""

import json

import pytest
import yaml

FILES = "/etc/kube-play"
# Podman is started by systemd, as at boot: from an ssh session it would label what it makes for that session.
PLAY = "systemd-run --quiet --unit kube-probe --property=Type=oneshot --remain-after-exit podman kube play"
DOWN = "systemd-run --wait --quiet --collect podman kube down"
testinfra_hosts = ["ansible://app1"]


@pytest.fixture(scope="module")
def levels(host):
    """The SELinux level of each volume, as its mount on the host carries it."""

    def read(volume):
        options = host.check_output(f"findmnt -n -o OPTIONS /srv/holdfast/{volume}")
        return set(options.partition("container_file_t:s0:")[2].partition('"')[0].split(","))

    return {name: read(name) for name in ("site", "logs", "rows")}


def inspect(host, name):
    return json.loads(host.check_output(f"podman inspect {name}"))[0]


def label(host, name):
    """The context of a container's first process, as the kernel has it: its type and its categories."""
    context = host.check_output(f"tr -d '\\0' < /proc/{inspect(host, name)['State']['Pid']}/attr/current").split(":")
    return context[2], set(context[4].split(","))


# Before any test that is refused what it tries.
def test_all_went_without_a_denial(host):
    since = int(float(host.check_output(f"stat -c %Y {FILES}")))
    told = host.ansible("holdfast.volumes.selinux_contexts_info", f"denials_since={since}", check=False)
    assert told["denials"] is not None, told
    assert [one for one in told["denials"] if "container_file_t" in one["tcontext"]] == []


@pytest.mark.parametrize(("app", "volumes"), [("web", ["site", "logs"]), ("db", ["rows"])])
def test_a_pod_is_confined_to_the_categories_of_its_volumes(host, levels, app, volumes):
    assert label(host, f"{app}-{app}") == ("container_t", set().union(*(levels[name] for name in volumes)))


@pytest.mark.parametrize(("app", "user"), [("web", "1000:1000"), ("db", "70:70")])
def test_a_pod_has_no_rights_beyond_its_user(host, app, user):
    found = inspect(host, f"{app}-{app}")
    status = host.file(f"/proc/{found['State']['Pid']}/status").content_string
    rights = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert found["HostConfig"]["ReadonlyRootfs"]
    assert (rights["CapEff"], rights["NoNewPrivs"], rights["Seccomp"]) == ("0" * 16, "1", "2")
    assert ":".join(rights[key].split()[0] for key in ("Uid", "Gid")) == user


def test_credentials_are_files_and_nowhere_else(host):
    process = f"/proc/{inspect(host, 'db-db')['State']['Pid']}"
    secret = host.check_output(f"cat {process}/root/run/secrets/orders-password")
    assert len(secret) > 5
    assert secret not in json.dumps(inspect(host, "db-db"))
    assert secret not in host.check_output(f"tr '\\0' ' ' < {process}/environ; tr '\\0' ' ' < {process}/cmdline")


def test_the_data_has_its_owner_still(host):
    assert host.check_output("stat -c '%u:%g %a' /srv/holdfast/rows /srv/holdfast/site").split("\n") == [
        "70:70 700",
        "1000:1000 750",
    ]


@pytest.fixture
def probe(host):
    """Play the pod of web at a level, with a shell that waits; gives the exit status of a read in it."""
    (pod,) = yaml.safe_load_all(host.file(f"{FILES}/web.yaml").content_string)
    (container,) = pod["spec"]["containers"]
    pod["metadata"]["name"] = "probe"
    container.update(name="probe", command=["/bin/sh"], stdin=True, tty=True)
    del container["ports"]

    def play(level):
        pod["spec"]["securityContext"]["seLinuxOptions"] = {"level": level}
        host.check_output(f"echo '{json.dumps(pod)}' > {FILES}/probe.yaml")
        host.check_output(f"{PLAY} {FILES}/probe.yaml")
        status = host.run("podman exec probe-probe sh -c ': < /srv/www/by-units'").rc
        host.check_output(f"{DOWN} {FILES}/probe.yaml && systemctl stop kube-probe.service")
        return status

    yield play
    host.check_output(f"rm {FILES}/probe.yaml")


def test_the_level_that_was_compiled_opens_the_volume_and_another_does_not(probe, levels):
    assert probe("s0:c1,c2") != 0
    assert probe(f"s0:{','.join(levels['site'] | levels['logs'])}") == 0
