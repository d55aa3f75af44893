from __future__ import annotations

import base64
import json
import shlex

import pytest
import yaml

PODS = "/etc/holdfast/pods"
STORAGE = "/var/lib/containers/storage/overlay-containers"


class Podman:
    """Podman on a host, started by systemd, as at boot: from an ssh session it would run in another domain."""

    def __init__(self, host):
        self.host = host

    def run(self, line):
        """What a line of words says, wherever it ends."""
        return self.host.run(f"systemd-run --wait --quiet --collect --pipe --working-directory={PODS} podman {line}")

    def check(self, line):
        """The same of a line that has to succeed."""
        done = self.run(line)
        assert done.rc == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    def find_containers(self):
        """What Podman says of each container, by its name."""
        return {one["Names"][0]: one for one in json.loads(self.check("ps --all --no-trunc --format json"))}

    def find_stored(self):
        """The containers that have something in Podman's storage, by their ids."""
        return set(self.host.file(STORAGE).listdir())

    def find_label(self, container):
        """The SELinux label and the user that the kernel has for the first process of a container."""
        process = f"/proc/{self.find_containers()[container]['Pid']}"
        label = self.host.check_output(f"cat {process}/attr/current").rstrip("\0")
        return label, self.host.check_output(f"stat --format %u {process}")

    def alter(self, path, name, spec=None, container=None):
        """Lay down a pod that is like a compiled one but for its name and what else is said; the name of its file."""
        pod = yaml.safe_load(self.host.file(f"{PODS}/{path}").content_string)
        pod["metadata"]["name"] = name
        pod["spec"].update(spec or {})
        pod["spec"]["containers"][0].update(container or {})
        text = base64.b64encode(yaml.safe_dump(pod).encode()).decode()
        self.host.check_output(f"sh -c {shlex.quote(f'echo {text} | base64 -d > {PODS}/{name}.yaml')}")
        return f"{name}.yaml"


@pytest.fixture(scope="module")
def podman(host):
    return Podman(host)
