from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import Gate, parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

WEB = {"name": "web", "engine": "podman", "image": "registry.example.com/nginx:1"}
BIND = {"source": "/srv/holdfast/content", "target": "/data"}
VOLUME = {"name": "holdfast-site", "source": "nfs1:/srv/site", "options": ["rw"]}
ENGINE_BIND = {"target": "/site", "engine_volume": VOLUME}


def refusal(*items):
    with pytest.raises(HostError) as caught:
        parse_units(list(items))
    return str(caught.value)


def test_a_short_item_has_the_safe_defaults():
    (unit,) = parse_units([WEB])
    assert (unit.read_only, unit.start, unit.capabilities, unit.mounts) == (True, "boot", (), ())
    assert (unit.container, unit.service) == ("holdfast-web", "holdfast-web.service")
    assert unit.environment_path == "/etc/holdfast/env/web.env"


def test_options_left_out_by_ansible_are_defaults_too():
    assert parse_units([{**WEB, "ports": None, "user": None, "mounts": None, "read_only": None}]) == parse_units([WEB])


def test_units_are_sorted_so_that_the_order_of_a_list_changes_nothing():
    assert [unit.name for unit in parse_units([{**WEB, "name": "b"}, {**WEB, "name": "a"}])] == ["a", "b"]


def test_environment_values_are_text():
    (unit,) = parse_units([{**WEB, "environment": {"PORT": 80, "DEBUG": True, "A": "x y"}}])
    assert unit.environment == (("A", "x y"), ("DEBUG", "true"), ("PORT", "80"))


def test_a_volume_bound_twice_has_one_gate():
    gate = {"path": "/srv/holdfast/content", "source": "nfs1:/content", "identity": "i"}
    binds = [{**BIND, "gate": gate}, {"source": "/srv/holdfast/content/sub", "target": "/sub", "gate": gate}]
    (unit,) = parse_units([{**WEB, "mounts": binds}])
    assert unit.gates == (Gate("/srv/holdfast/content", "nfs1:/content", "i"),)


def test_a_bind_without_a_gate_is_gated_on_its_source():
    (unit,) = parse_units([{**WEB, "mounts": [BIND]}])
    assert unit.gates == (Gate("/srv/holdfast/content", "", ""),)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"name": "a/b"}, "name 'a/b'"),
        ({"name": ""}, "(no name): name ''"),
        ({"engine": "lxc"}, "engine 'lxc': use one of docker, nspawn, podman"),
        ({"image": ""}, "image ''"),
        ({"image": "--privileged"}, "image '--privileged'"),
        ({"image": "nginx latest"}, "image 'nginx latest'"),
        ({"image_archive": "images/nginx.tar"}, "image_archive 'images/nginx.tar'"),
        ({"image_directory": "srv/root"}, "image_directory 'srv/root'"),
        ({"image_directory": "/srv/root"}, "image.directory: podman takes no image from there"),
        ({"image_digest": "sha1:abc"}, "image_digest 'sha1:abc'"),
        ({"engine": "nspawn"}, "image: names no root file system"),
        ({"engine": "nspawn", "image_archive": "/r.tar"}, "command: is missing"),
        (
            {"engine": "nspawn", "name": "a_b", "image_archive": "/r.tar", "command": ["x"]},
            "a_b: name: nspawn names the",
        ),
        ({"user": "1000:1000:1000"}, "user"),
        ({"user": "--privileged"}, "user"),
        ({"level": "s0:c1 c2"}, "level"),
        ({"start": "sometimes"}, "start"),
        ({"max_run_time": "an hour"}, "max_run_time 'an hour': write a time such as"),
        ({"max_run_time": "15m\n30"}, "max_run_time"),
        ({"ports": ["80"]}, "ports '80'"),
        ({"ports": ["80:80/icmp"]}, "ports"),
        ({"ports": ["0:80"]}, "ports"),
        ({"ports": ["80:70000"]}, "ports"),
        ({"tmpfs": ["tmp"]}, "tmpfs 'tmp'"),
        ({"tmpfs": ["/tmp:size=1m exec"]}, "tmpfs"),
        ({"capabilities": ["net-admin"]}, "capabilities"),
        ({"command": ["a\nExecStartPre=/bin/evil"]}, "command"),
        ({"command": ["a", ""]}, "command word '': Quadlet"),
        ({"command": ["a", ";", "b"]}, "command word ';': Quadlet"),
        ({"environment": {"A B": "x"}}, "environment key 'A B'"),
        ({"mounts": [{**BIND, "source": "srv"}]}, "mount source 'srv'"),
        ({"mounts": [{**BIND, "source": "/srv/../etc"}]}, "mount source"),
        ({"mounts": [{**BIND, "target": "/data:ro"}]}, "mount target '/data:ro'"),
        ({"mounts": [{**BIND, "target": "/a,readonly"}]}, "mount target"),
        ({"mounts": [{**BIND, "target": "/a\n"}]}, "mount target"),
        ({"mounts": [{**BIND, "gate": {"path": "/srv/a b"}}]}, "mount gate path"),
        ({"mounts": [{**BIND, "gate": {"source": "nfs1:/a b"}}]}, "gate /srv/holdfast/content"),
        ({"mounts": [BIND, BIND]}, "mount target /data: used 2 times"),
        ({"mounts": [{**BIND, "engine_volume": VOLUME}]}, "mount target /data: it has a source and an engine_volume"),
        ({"mounts": [{"target": "data", "engine_volume": VOLUME}]}, "mount target 'data'"),
        (
            {"mounts": [{"target": "/d", "engine_volume": {**VOLUME, "source": "/a"}}]},
            "engine_volume holdfast-site: source",
        ),
        ({"mounts": [{"target": "/d"}]}, "mount source ''"),
        ({"name": "site-volume", "mounts": [ENGINE_BIND]}, "its service is that of the engine_volume holdfast-site"),
        (
            {"engine": "nspawn", "image_archive": "/r.tar", "command": ["x"], "mounts": [ENGINE_BIND]},
            "web: engine_volume holdfast-site: the engine nspawn mounts no volumes itself; give the mount a source",
        ),
    ],
)
def test_a_wrong_item_is_refused_by_name(wrong, complaint):
    assert complaint in refusal({**WEB, **wrong})


@pytest.mark.parametrize(
    "right",
    [
        {"image": "registry.example.com:5000/a/b@sha256:" + "0" * 64},
        {"ports": ["8080:80", "127.0.0.1:53:53/udp", "[::1]:80:80/tcp"]},
        {"tmpfs": ["/run:size=4m,mode=0755"]},
        {"level": "s0:c1.c3,c7"},
        {"capabilities": ["CAP_CHOWN", "NET_BIND_SERVICE"]},
        {"engine": "docker", "command": ["a", "", ";"]},
        {"mounts": [ENGINE_BIND, {**ENGINE_BIND, "target": "/other"}, BIND]},
        {"name": "site-volume", "engine": "docker", "mounts": [ENGINE_BIND]},
        {"engine": "nspawn", "image_archive": "/srv/root.tar.zst", "command": ["a", "", ";"], "user": "70:70"},
        {"mounts": [{"source": "/srv/a b".replace(" ", "_"), "target": "/dätä/100%"}]},
    ],
)
def test_unusual_but_right_items_pass(right):
    assert parse_units([{**WEB, **right}])


def test_all_faults_of_all_items_are_told_at_once():
    told = refusal({**WEB, "engine": "lxc", "user": "a b"}, {**WEB, "name": "db", "image": ""}, WEB)
    assert all(part in told for part in ("web: engine 'lxc'", "web: user 'a b'", "db: image ''", "web: given 2 times"))


def test_a_refused_secret_is_not_repeated():
    told = refusal({**WEB, "environment": {"PASSWORD": "hunter2\nhunter3"}})
    assert "environment PASSWORD" in told
    assert "hunter" not in told


def test_a_volume_of_the_engine_has_no_gate_on_a_path():
    (unit,) = parse_units([{**WEB, "mounts": [ENGINE_BIND, {**ENGINE_BIND, "target": "/other"}, BIND]}])
    assert [gate.path for gate in unit.gates] == ["/srv/holdfast/content"]
    assert [volume.name for volume in unit.volumes] == ["holdfast-site"]


@pytest.mark.parametrize(
    "engine",
    [{"engine": "docker"}, {"engine": "nspawn", "image_archive": "/r.tar", "command": ["x"]}],
    ids=lambda engine: engine["engine"],
)
def test_a_unit_of_any_engine_would_hide_the_service_of_a_volume(engine):
    told = refusal({**WEB, "mounts": [ENGINE_BIND]}, {**WEB, **engine, "name": "site-volume"})
    assert "site-volume: its service is that of the engine_volume holdfast-site; rename one of them" in told


def test_two_units_mean_the_same_by_one_volume():
    other = {**ENGINE_BIND, "engine_volume": {**VOLUME, "options": ["ro"]}}
    told = refusal({**WEB, "mounts": [ENGINE_BIND]}, {**WEB, "name": "api", "mounts": [other]})
    assert "api: engine_volume holdfast-site: another unit has other values" in told


def test_what_instances_share_names_each_of_them():
    shared = {"app": "web", "command": ["run", "--port=800{number}"], "environment": {"NAME": "{instance} {other}"}}
    first, second = parse_units(
        [{**WEB, **shared, "name": name, "instance": number} for number, name in ((1, "web"), (2, "web-2"))]
    )
    assert (first.command, first.environment) == (("run", "--port=8001"), (("NAME", "web {other}"),))
    assert (second.command, second.environment) == (("run", "--port=8002"), (("NAME", "web-2 {other}"),))


def test_a_placeholder_in_an_address_is_filled_in_a_secret_too_and_none_in_a_credential():
    url = [{"text": "http://"}, {"secret": "{number}", "encode": True}, {"text": "@db/{instance}", "encode": False}]
    secrets = [{"name": "url", "parts": url}, {"name": "password", "value": "{instance}"}]
    item = {**WEB, "user": "70:70", "app": "web", "name": "web-2", "instance": 2, "secrets": secrets}
    (unit,) = parse_units([{**item, "environment": {"ENDPOINT": "http://db/{instance}"}}])
    assert unit.environment == (("ENDPOINT", "http://db/web-2"),)
    assert [secret.value for secret in unit.secrets] == ["http://%7Bnumber%7D@db/web-2", "{instance}"]


def test_a_check_is_part_of_the_unit_and_its_faults_are_told():
    (unit,) = parse_units([{**WEB, "instance": 3, "health": {"http": ":800{number}/up", "command": [], "timeout": 9}}])
    assert (unit.health.port, unit.health.path, unit.health.timeout) == (8003, "/up", 9)
    assert parse_units([{**WEB, "health": None}])[0].health is None
    assert "web: health.tcp: 'x' is no port" in refusal({**WEB, "health": {"tcp": "x", "interval": None}})
    assert "web: health: says nothing to check" in refusal({**WEB, "health": {"interval": 5}})
