"""The host of the operations view has one volume, read-only at every layer, and can have no other."""

testinfra_hosts = ["ansible://app2"]


def test_the_export_alone_refuses(host, mount, write):
    place, opened = mount("logs", "rw")
    assert opened.rc == 0, opened.stderr
    assert host.check_output(f"findmnt -n -o VFS-OPTIONS {place}").startswith("rw")
    assert "access-web.log" in host.check_output(f"ls {place}")
    assert "Read-only file system" in write(place).stderr


def test_the_volume_is_mounted_read_only_and_no_other_is(host):
    told = host.ansible("holdfast.volumes.host_mounts_info", check=False)
    assert [mount["path"] for mount in told["mounts"]] == ["/srv/holdfast/logs"]
    assert host.check_output("findmnt -n -o VFS-OPTIONS /srv/holdfast/logs").startswith("ro")


def test_another_volume_cannot_be_had_by_hand(mount):
    dummy, refused = mount("site", "ro")
    assert refused.rc != 0
    assert "denied" in refused.stderr or "No such file" in refused.stderr, refused.stderr


def test_the_view_has_the_level_of_its_volume(host, level):
    unit = host.file("/etc/containers/systemd/holdfast-web_ops.container").content_string
    assert f"SecurityLabelLevel={level('logs')}\n" in unit
    assert ":/var/log/nginx:ro\n" in unit
