"""Every mount is through TLS with certificates on both sides, by whoever mounts it, and renewal unmounts nothing."""

from __future__ import annotations

import pytest
import testinfra

testinfra_hosts = ["ansible://app1"]


@pytest.fixture
def docker_host(host):
    return testinfra.get_host("ansible://app2", ansible_inventory=host.backend.ansible_inventory)


def fetch(host, url):
    """What a host gets from an address."""
    return host.check_output(f"python3 -c 'import urllib.request as r; print(r.urlopen(\"{url}\").read().decode())'")


def find_mounts(host):
    """The options of each NFS mount by its path."""
    lines = host.check_output("findmnt -n -l -t nfs4 -o TARGET,OPTIONS").splitlines()
    return {target: options.split(",") for target, options in (line.split(None, 1) for line in lines)}


def note(host, name):
    """The lines of what files/before.sh noted before and after."""
    return [host.file(f"/run/{when}.{name}").content_string.splitlines() for when in ("before", "after")]


def test_what_systemd_mounts_is_through_tls_the_volume_without_a_demand_too(host):
    mounts = find_mounts(host)
    assert sorted(mounts) == ["/srv/holdfast/logs", "/srv/holdfast/site"]
    assert all("xprtsec=mtls" in options for options in mounts.values())


def test_what_docker_mounts_is_through_tls(docker_host):
    (options,) = find_mounts(docker_host).values()
    assert "xprtsec=mtls" in options


def test_a_container_reads_through_tls_what_another_wrote(host, docker_host):
    begin = "systemd-run --wait --quiet --collect --pipe podman exec holdfast-web"
    assert host.run(f"{begin} sh -c 'echo held > /srv/www/tls.txt'").rc == 0
    assert fetch(docker_host, "http://127.0.0.1:8080/tls.txt").strip() == "held"


def test_renewal_unmounts_nothing_and_restarts_no_container(host):
    for name in ("mounts", "container"):
        before, after = note(host, name)
        assert before == after != []


def test_the_certificate_is_another_and_was_taken_for_the_next_connection(host):
    before, after = note(host, "serial")
    assert before != after
    (before,), (after,) = note(host, "handshakes")
    assert int(after) > int(before)


def test_nobody_but_root_reads_the_key(host):
    key = host.file("/etc/pki/holdfast/host.key")
    assert (key.user, key.mode) == ("root", 0o600)
