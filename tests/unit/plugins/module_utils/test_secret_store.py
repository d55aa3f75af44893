"""Secrets on a host; their life with units is in the tests of container_units."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import secret_store
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import KEY, Part, Secret, fingerprint
from ansible_collections.holdfast.volumes.tests.unit.plugins.modules.secret_host import SECRETS, SecretHost

PASSWORD = Secret("password", (Part("hunter2"),))
NAME, FILE = "holdfast-web.password", f"{SECRETS}/web/password"


@pytest.fixture
def host():
    return SecretHost()


def test_a_bare_host_has_none_and_podman_is_not_asked(host):
    assert secret_store.read(host) == {}
    assert host.commands == []


def test_a_file_is_known_by_owner_mode_and_content(host):
    secret_store.keep(host, FILE, PASSWORD, 70)
    assert secret_store.read(host) == {FILE: fingerprint("", FILE, 70, 0o400, "hunter2")}
    assert host.called("restorecon", "-F", SECRETS)
    assert host.called("restorecon", "-F", f"{SECRETS}/web")


def test_a_secret_of_podman_is_known_by_its_label(host):
    secret_store.keep(host, NAME, PASSWORD, 70)
    key = secret_store.read_key(host)
    assert len(key) == 64
    assert secret_store.read(host) == {KEY: "", NAME: fingerprint(key, NAME, 70, 0o400, "hunter2")}
    secret_store.keep(host, "holdfast-web.other", PASSWORD, 70)
    assert secret_store.read_key(host) == key


def test_podman_that_is_gone_has_none(host):
    secret_store.keep(host, NAME, PASSWORD, 70)
    host.has = lambda program: program != "podman"
    assert secret_store.read(host) == {KEY: ""}


def test_what_is_gone_already_is_fine_to_forget(host):
    secret_store.forget(host, [NAME, FILE, KEY])
    secret_store.keep(host, FILE, PASSWORD, 70)
    secret_store.forget(host, [FILE])
    assert secret_store.read(host) == {}
    assert SECRETS not in host.directories


def test_podman_that_refuses_is_heard(host):
    host.secret_rm = lambda name: Completed(125, "", "Error: database is locked")
    with pytest.raises(HostError, match="podman cannot remove its secret holdfast-web.password: Error: database is lo"):
        secret_store.forget(host, [NAME])
    secret_store.keep(host, NAME, PASSWORD, 70)
    host.secret_ls = lambda *words: Completed(125, "", "Error: database is locked")
    with pytest.raises(HostError, match=r"podman secret ls failed \(125\): Error: database is locked"):
        secret_store.read(host)
