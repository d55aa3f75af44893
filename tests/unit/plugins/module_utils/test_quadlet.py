from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume
from ansible_collections.holdfast.volumes.plugins.module_utils.quadlet import render_quadlet, render_volume

DATA = Path(__file__).parent / "data"
FULL = yaml.safe_load((DATA / "full_unit.yml").read_text(encoding="utf-8"))


def render(**options):
    return render_quadlet(parse_units([{"engine": "podman", "name": "web", "image": "r/x:1", **options}])[0])


def test_everything_a_unit_can_say():
    # Taken by the podman-system-generator of Podman 5.4.2, word for word as meant.
    assert render(**FULL) == (DATA / "full_unit.podman").read_text(encoding="utf-8")


def test_a_short_unit_is_locked_down_all_the_same():
    text = render()
    for line in ("ReadOnly=true", "DropCapability=ALL", "NoNewPrivileges=true"):
        assert f"\n{line}\n" in text
    for key in ("AddCapability", "User", "Group", "EnvironmentFile", "SecurityLabelLevel", "Exec", "Pull", "Volume"):
        assert f"\n{key}=" not in text


def test_secrets_stay_out_of_the_file():
    text = render(environment={"PASSWORD": "hunter2"})
    assert "EnvironmentFile=/etc/holdfast/env/web.env" in text
    assert "hunter2" not in text


def test_a_user_without_a_group():
    text = render(user="1000")
    assert "User=1000\n" in text
    assert "Group=" not in text


def test_an_image_from_an_archive_is_never_looked_for_in_a_registry():
    assert "\nPull=never\n" in render(image_archive="/var/lib/x.tar")


def test_volumes_are_never_relabelled():
    text = render(
        mounts=[{"source": "/srv/a", "target": "/a"}, {"source": "/srv/b", "target": "/b", "read_only": True}]
    )
    assert "Volume=/srv/a:/a:rw\nVolume=/srv/b:/b:ro\n" in text


def test_on_demand_has_no_install_section():
    assert "[Install]" not in render(start="on_demand")


def test_a_volume_of_the_engine_is_bound_by_its_file():
    volume = {"name": "holdfast-site.ro", "source": "nfs1:/srv/site"}
    text = render(mounts=[{"engine_volume": volume, "target": "/www", "read_only": True}])
    assert "\nVolume=holdfast-site.ro.volume:/www:ro\n" in text
    assert "holdfast-gate --engine podman --volume holdfast-site.ro --source nfs1:/srv/site\n" in text


def test_the_file_of_a_volume():
    # Taken by the generator of Podman 5.4.2, which makes `podman volume create --ignore --opt nocopy ...` of it.
    volume = EngineVolume(
        "holdfast-site", "[fd00::1]:/srv/site", ("nfsvers=4.2", "rw"), volume="site", owner=1, group=2
    )
    assert render_volume(volume).splitlines() == [
        "# Managed by holdfast.volumes",
        "[Unit]",
        "Description=[fd00::1]:/srv/site as a volume of Podman",
        "",
        "[Volume]",
        "VolumeName=holdfast-site",
        "Driver=local",
        "Type=nfs4",
        "Device=[fd00::1]:/srv/site",
        "Options=nfsvers=4.2,rw,sloppy,uid=1,gid=2",
        "Copy=false",
        "Label=io.holdfast.volume=site",
    ]
