"""Every mount has the flavour of its volume, and containers of any user write as the volume's owner."""

from __future__ import annotations

testinfra_hosts = ["ansible://app1"]


def fetch(host, url):
    """What a host gets from an address."""
    return host.check_output(f"python3 -c 'import urllib.request as r; print(r.urlopen(\"{url}\").read().decode())'")


def find_mounts(host):
    """The options of each NFS mount by its path."""
    lines = host.check_output("findmnt -n -l -t nfs4 -o TARGET,OPTIONS").splitlines()
    return {target: options.split(",") for target, options in (line.split(None, 1) for line in lines)}


def test_each_mount_has_the_flavour_of_its_volume(host):
    flavours = {path: [one for one in options if one.startswith("sec=")] for path, options in find_mounts(host).items()}
    assert flavours == {"/srv/holdfast/site": ["sec=krb5p"], "/srv/holdfast/logs": ["sec=krb5i"]}


def test_a_container_of_an_ordinary_user_reads_and_writes(host):
    written = host.run(
        "systemd-run --wait --quiet --collect --pipe podman exec holdfast-web sh -c 'echo held > /srv/www/krb.txt'"
    )
    assert written.rc == 0, written.stderr
    assert fetch(host, "http://127.0.0.1:8081/krb.txt").strip() == "held"


def test_another_user_writes_as_the_owner(host):
    begin = "systemd-run --wait --quiet --collect --pipe podman exec --user 33:33 holdfast-web"
    assert host.run(f"{begin} sh -c 'echo held > /srv/www/other.txt'").rc == 0
    found = host.file("/srv/holdfast/site/other.txt")
    assert (found.uid, found.gid) == (1000, 1000)


def test_owners_are_told_by_their_numbers(host):
    found = host.file("/srv/holdfast/site")
    assert (found.uid, found.gid, found.mode) == (1000, 1000, 0o750)


def test_key_and_tickets_of_the_host_are_read_by_root_alone(host):
    found = host.check_output("stat -c '%U %a' /etc/krb5.keytab /var/lib/gssproxy/clients/*").splitlines()
    assert len(found) > 2
    assert set(found) == {"root 600"}
