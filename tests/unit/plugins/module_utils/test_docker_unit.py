from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_unit import render_docker_unit

DATA = Path(__file__).parent / "data"
FULL = yaml.safe_load((DATA / "full_unit.yml").read_text(encoding="utf-8"))


def render(**options):
    return render_docker_unit(parse_units([{"engine": "docker", "name": "web", "image": "r/x:1", **options}])[0])


def test_everything_a_unit_can_say():
    # systemd-analyze verify misses nothing in it but Docker itself.
    assert render(**FULL) == (DATA / "full_unit.docker").read_text(encoding="utf-8")


def test_a_short_unit_is_locked_down_all_the_same():
    text = render()
    for words in ("--read-only", "--rm", "--cap-drop ALL", "--security-opt no-new-privileges"):
        assert f" {words} " in text
    for option in ("--cap-add", "--user", "--env-file", "label=level", "--mount", "--publish", "--privileged"):
        assert option not in text


def test_secrets_stay_out_of_the_file():
    text = render(environment={"PASSWORD": "hunter2"})
    assert "--env-file /etc/holdfast/env/web.env" in text
    assert "hunter2" not in text


def test_a_writable_root_is_an_explicit_choice():
    assert "--read-only" not in render(read_only=False)


def test_an_image_from_an_archive_is_never_looked_for_in_a_registry():
    assert "--pull never" in render(image_archive="/var/lib/x.tar")


def test_a_missing_source_is_an_error_and_not_a_new_empty_directory():
    text = render(mounts=[{"source": "/srv/a", "target": "/a"}])
    assert "--mount type=bind,source=/srv/a,target=/a " in text
    assert "--volume " not in text


def test_the_unit_follows_the_daemon():
    text = render()
    assert "Requires=docker.service\n" in text
    assert "After=docker.service\n" in text
    assert "WantedBy=docker.service\n" in text


def test_on_demand_has_no_install_section():
    assert "[Install]" not in render(start="on_demand")


def test_a_volume_of_the_engine_is_named_and_never_filled_from_the_image():
    volume = {"name": "holdfast-site.ro", "source": "nfs1:/srv/site"}
    text = render(mounts=[{"engine_volume": volume, "target": "/www", "read_only": True}])
    assert "--volume holdfast-site.ro:/www:ro,nocopy " in text
    assert "holdfast-gate --engine docker --volume holdfast-site.ro --source nfs1:/srv/site\n" in text
    assert "RequiresMountsFor" not in text
