"""The engine and the mount refuse a write by themselves: on this host the server and the other would allow it."""

IMAGE = "10.0.2.2:5005/nginx:1"
testinfra_hosts = ["ansible://app1"]


def test_the_engine_alone_refuses(host, level):
    start = "systemd-run --wait --quiet --collect podman run --rm --pull never --user 1000:1000"
    options = f"--security-opt label=level:{level('logs')} --entrypoint /bin/sh"
    line = "-c 'echo held > /logs/probe && rm /logs/probe'"
    bind = "/srv/holdfast/logs:/logs"
    assert host.run(f"{start} {options} --volume {bind} {IMAGE} {line}").rc == 0
    assert host.run(f"{start} {options} --volume {bind}:ro {IMAGE} {line}").rc != 0


def test_the_mount_alone_refuses(mount, write):
    writable, opened = mount("logs", "rw")
    assert opened.rc == 0, opened.stderr
    assert write(writable).rc == 0
    closed, opened = mount("logs", "ro")
    assert opened.rc == 0, opened.stderr
    assert "Read-only file system" in write(closed).stderr


def test_each_volume_has_a_level_of_its_own(level):
    assert level("logs") != level("site")
