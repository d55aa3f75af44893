from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

IMAGE = "10.0.2.2:5005/nginx:1"
# systemd starts Podman and nspawn, as at boot; from an ssh session they would run in another domain.
START = "systemd-run --wait --quiet --collect --pipe"


@pytest.fixture
def units(host):
    """The running containers of this host by name, as the host has them."""
    told = host.ansible("holdfast.volumes.container_units_info", check=False)
    return {unit["name"]: unit for unit in told["units"]}


@pytest.fixture
def levels(host):
    """The SELinux level of each volume that is mounted here, from the kernel's own list."""
    found = {}
    for line in host.check_output("findmnt -n -l -t nfs4 -o TARGET,OPTIONS").splitlines():
        target, options = line.split(None, 1)
        found[target.rpartition("/")[2]] = options.partition("container_file_t:")[2].partition('"')[0]
    return found


@pytest.fixture(scope="session")
def catalogue():
    """The catalogue as the plan of a host has it."""
    words = ["ansible-inventory", "-i", str(Path(__file__).parents[1] / "inventory"), "--host", "app1"]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)["holdfast_catalogue"]


@pytest.fixture
def attempt(host, units):
    """Run a shell line beside an app: by its engine, at the level that it runs at, with one volume bound by hand.

    Gives the exit status: what a container of nspawn prints does not pass the policy on its way to us.
    """

    def run(app, volume, line):
        engine, level = units[app]["engine"], units[app]["level"]
        return host.run(f"{WORDS[engine](host, level, f'/srv/holdfast/{volume}')} {shlex.quote(line)}").rc

    return run


# As root of the container, which the mode of a directory does not stop: what refuses is the label.
def podman(dummy_host, level, source):
    options = f"--rm --pull never --user 0:0 --security-opt label=level:{level} --volume {source}:/srv/www"
    return f"{START} podman run {options} --entrypoint /bin/sh {IMAGE} -c"


def docker(dummy_host, level, source):
    options = f"--rm --pull never --user 0:0 --security-opt label=level:{level} --volume {source}:/srv/www"
    return f"docker run {options} --entrypoint /bin/sh {IMAGE} -c"


def nspawn(host, level, source):
    root = host.check_output("ls -d /var/lib/holdfast/images/*").splitlines()[0]
    labels = f"--selinux-context=system_u:system_r:container_t:{level}"
    labels += f" --selinux-apifs-context=system_u:object_r:container_file_t:{level}"
    options = f"--quiet --register=no --keep-unit --console=pipe --settings=no --read-only --bind={source}:/srv/www"
    options += " --timezone=off --resolv-conf=off --link-journal=no"
    # As in a unit of the collection: the image is used by running containers, too.
    service = "-p Environment=SYSTEMD_NSPAWN_LOCK=0 -p Delegate=yes -p Slice=machine.slice"
    return f"{START} {service} systemd-nspawn {options} {labels} --machine=by-hand --directory={root} /bin/sh -c"


WORDS = {"podman": podman, "docker": docker, "nspawn": nspawn}
