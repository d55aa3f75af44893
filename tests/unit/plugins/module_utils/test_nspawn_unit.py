from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_unit
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units

DATA = Path(__file__).parent / "data"
FULL = yaml.safe_load((DATA / "full_unit.yml").read_text(encoding="utf-8"))
DIGEST = "a" * 64
WEB = {
    "engine": "nspawn",
    "name": "web",
    "image": "nginx",
    "image_url": "https://h/x",
    "image_digest": f"sha256:{DIGEST}",
    "command": ["nginx"],
}


def make(confined=False, **options):
    (unit,) = parse_units([{**WEB, **options}])
    return dataclasses.replace(unit, confined=confined)


def settings(**options):
    return nspawn_unit.render_settings(make(**options))


def test_everything_a_unit_can_say():
    # A real nspawn 257 takes these settings without a warning, and systemd-analyze verify misses the mount unit only.
    unit = make(True, **{**FULL, "ports": [], "tmpfs": ["/tmp", "/run/x:size=4m,mode=0755"], "image": "nginx:1"})
    texts = [nspawn_unit.render_service_file(unit), nspawn_unit.render_settings(unit), nspawn_unit.render_user(unit)]
    assert "\n---\n".join(texts) == (DATA / "full_unit.nspawn").read_text(encoding="utf-8")


def test_a_short_unit_is_locked_down_all_the_same():
    lines = settings().splitlines()
    for line in ("ReadOnly=yes", "DropCapability=all", "NoNewPrivileges=yes", "PrivateUsers=no"):
        assert line in lines
    assert [line for line in lines if line.startswith(("Bind=", "Capability=", "User=", "Environment="))] == []


def test_without_selinux_there_is_no_label_to_ask_for():
    assert "selinux" not in nspawn_unit.render_service_file(make(level="s0:c1,c2"))


def test_under_selinux_an_app_without_volumes_has_categories_of_its_own():
    one, two = (nspawn_unit.render_service_file(make(True, name=name)) for name in ("one", "two"))
    levels = [text.partition("container_t:")[2].split()[0] for text in (one, two)]
    assert levels[0] != levels[1]
    assert all(level.startswith("s0:c") for level in levels)
    assert f"--selinux-apifs-context=system_u:object_r:container_file_t:{levels[0]}" in one


def test_no_value_of_the_environment_is_in_the_service():
    unit = make(environment={"PASSWORD": "hunter2"})
    assert "hunter2" not in nspawn_unit.render_service_file(unit)
    assert 'Environment=PASSWORD="hunter2"' in nspawn_unit.render_settings(unit)


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("a", '"a"'),
        ("", '""'),
        ("a b", '"a b"'),
        ('say "x"', '"say "\'"\'"x"\'"\'""'),
        ("\\n $x 100% '", '"\\n $x 100% \'"'),
    ],
)
def test_words_are_quoted_as_nspawn_splits_them(word, quoted):
    assert nspawn_unit.quote(word) == quoted


def test_a_user_is_known_by_name_and_at_home():
    unit = make(user="1000:1001")
    assert "\napp:x:1000:1001::/:/bin/sh\n" in nspawn_unit.render_user(unit)
    text = nspawn_unit.render_settings(unit)
    assert "BindReadOnly=/etc/holdfast/nspawn/web.passwd:/etc/passwd\n" in text
    assert "\nUser=app\n" in text
    assert "\nEnvironment=HOME=/\n" in text
    assert text.count("HOME") == 1
    assert settings(user="1000:1001", environment={"HOME": "/data"}).count("HOME") == 1


def test_kept_capabilities_are_not_among_the_dropped_and_reach_a_user():
    lines = dict(
        line.split("=", 1)
        for line in settings(capabilities=["CHOWN", "CAP_KILL"], user="1:1").splitlines()
        if "Capability" in line
    )
    assert lines["Capability"] == lines["AmbientCapability"] == "CAP_CHOWN CAP_KILL"
    dropped = lines["DropCapability"].split()
    assert len(dropped) == len(nspawn_unit.CAPABILITIES) - 2 == 39
    assert not {"CAP_CHOWN", "CAP_KILL"} & set(dropped)
    assert "AmbientCapability" not in settings(capabilities=["CHOWN"])


def test_every_capability_of_the_kernel_is_known():
    names = Path("/usr/include/linux/capability.h")
    if names.exists():
        text = names.read_text(encoding="utf-8")
        assert [name for name in nspawn_unit.CAPABILITIES if f"#define {name} " not in text.replace("\t", " ")] == []


def test_memory_is_for_everybody_unless_it_is_said():
    text = settings(tmpfs=["/tmp", "/cache:mode=0700,size=1m"])
    assert "TemporaryFileSystem=/tmp:mode=1777\nTemporaryFileSystem=/cache:mode=0700,size=1m\n" in text


def test_points_are_what_the_root_image_must_have():
    binds = [
        {"source": "/srv/a", "target": "/data"},
        {"source": "/srv/b", "target": "/data/below"},
        {"source": "/srv/c", "target": "/run/c"},
    ]
    points = nspawn_unit.find_points(make(mounts=binds, tmpfs=["/cache"], user="1:1"))
    assert points[len(nspawn_unit.BASE) :] == [
        ("/etc/passwd", "file"),
        ("/data", "directory"),
        ("/cache", "directory"),
    ]
    assert ("/etc/resolv.conf", "file") in points


def test_binds_are_read_back_from_the_settings():
    binds = [{"source": "/srv/b", "target": "/b", "read_only": True}, {"source": "/srv/a", "target": "/a"}]
    text = settings(mounts=binds, user="1:1")
    assert nspawn_unit.parse_binds(text) == [
        {"source": "/srv/a", "target": "/a", "read_only": False},
        {"source": "/srv/b", "target": "/b", "read_only": True},
    ]


def test_the_root_is_named_by_the_digest_or_is_the_users_directory():
    assert make().root == f"/var/lib/holdfast/images/{DIGEST}"
    assert make(image_url="", image_digest="", image_directory="/srv/n").root == "/srv/n"
