"""The host of the tests of container_units, with a store of secrets in Podman and owners of files."""

from __future__ import annotations

import json
import re

from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState
from ansible_collections.holdfast.volumes.tests.unit.plugins.modules.test_container_units import Host

SECRETS = "/etc/holdfast/secrets"


class SecretHost(Host):
    """``kept`` are the secrets of Podman, as {name: (labels, value)}; ``owners`` those of files."""

    def __init__(self):
        super().__init__()
        self.kept, self.owners = {}, {}

    def write(self, path, text, mode=0o644):
        super().write(path, text, mode)
        self.owners[path] = 0

    def set_owner(self, path, owner, group):
        self.owners[path] = owner

    def stat(self, path):
        if path in self.files:
            return FileState("file", self.modes[path], self.owners[path], 0)
        return super().stat(path)

    def remove(self, path):
        self.commands.append(["remove", path])
        super().remove(path)

    def do_podman(self, *words):
        return getattr(self, f"secret_{words[1]}")(*words[2:]) if words[0] == "secret" else super().do_podman(*words)

    def secret_ls(self, *dummy):
        return "".join(f"{name}\n" for name in self.kept)

    def secret_inspect(self, *names):
        # As Podman 5.4 prints it.
        return json.dumps([{"Spec": {"Name": name, "Labels": self.kept[name][0]}} for name in names])

    def secret_create(self, *words):
        name, path = words[-2:]
        assert self.modes[path] == 0o600
        labels = dict(re.fullmatch(r"([\w.]+)=(.*)", word).groups() for word in words[2:-2:2])
        self.kept[name] = (labels, self.files[path])
        return "54376b02d340d83056f90a8bd\n"

    def secret_rm(self, name):
        if self.kept.pop(name, None) is None:
            return Completed(125, "", f'Error: no secret with name or id "{name}": no such secret\n')
        return f"{name}\n"
