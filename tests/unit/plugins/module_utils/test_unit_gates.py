from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils import unit_gates
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units

REMOTE = {
    "source": "/srv/holdfast/a-b/sub",
    "target": "/a",
    "gate": {"path": "/srv/holdfast/a-b", "source": "nfs1:/srv/a-b", "identity": "i-1"},
}
LOCAL = {"source": "/srv/local/d", "target": "/d", "gate": {"path": "/srv/local/d", "identity": "i-2"}}


def unit(*mounts, **options):
    return parse_units([{"name": "web", "engine": "podman", "image": "r/x", "mounts": mounts, **options}])[0]


def values(section, key):
    return [value for name, value in section[1] if name == key]


def test_a_network_volume_binds_the_unit_to_its_mount():
    section = unit_gates.render_unit(unit(REMOTE))
    assert values(section, "BindsTo") == values(section, "After") == [["srv-holdfast-a\\x2db.mount"]]
    assert values(section, "RequiresMountsFor") == [["/srv/holdfast/a-b"]]


def test_a_directory_of_the_host_needs_no_mount_unit():
    section = unit_gates.render_unit(unit(LOCAL))
    assert values(section, "BindsTo") == [[]]
    assert values(section, "RequiresMountsFor") == [["/srv/local/d"]]


def test_a_unit_never_gives_up_waiting():
    assert values(unit_gates.render_unit(unit()), "StartLimitIntervalSec") == ["0"]
    assert values(unit_gates.render_service(unit(), []), "Restart") == ["always"]


def test_every_volume_is_checked_before_the_engine_does_anything():
    name, entries = unit_gates.render_service(unit(REMOTE, LOCAL), [("ExecStartPre", "engine")])
    assert values((name, entries), "ExecStartPre") == [
        [
            "/usr/bin/python3 -IS /usr/local/libexec/holdfast-gate \\\n"
            "    --path /srv/holdfast/a-b --source nfs1:/srv/a-b --identity i-1 \\\n"
            "    --path /srv/local/d --identity i-2"
        ],
        "engine",
    ]


def test_one_volume_is_checked_on_one_line():
    (calls,) = values(unit_gates.render_service(unit(LOCAL), []), "ExecStartPre")
    assert calls == ["/usr/bin/python3 -IS /usr/local/libexec/holdfast-gate --path /srv/local/d --identity i-2"]


def test_without_volumes_there_is_no_gate():
    assert values(unit_gates.render_service(unit(), []), "ExecStartPre") == [[]]


def test_hundreds_of_volumes_are_far_from_what_systemd_and_the_kernel_take():
    mounts = [
        {"source": f"/srv/holdfast/{'v' * 60}{number}", "target": f"/{number}", "gate": {**REMOTE["gate"], "path": ""}}
        for number in range(500)
    ]
    (calls,) = values(unit_gates.render_service(unit(*mounts), []), "ExecStartPre")
    assert len(calls) == 1
    assert calls[0].count("--path") == 500
    # LONG_LINE_MAX of systemd, for a value with all the lines that go on with it.
    assert len(calls[0]) < 2**20 / 8


CALL = "ExecStartPre=/usr/bin/python3 -IS /usr/local/libexec/holdfast-gate"


def test_a_call_for_each_volume_said_the_same():
    assert (
        unit_gates.join_calls(f"[Service]\n{CALL} --path /a --identity i\n{CALL} --path /b\nType=exec\n")
        == unit_gates.join_calls(f"[Service]\n{CALL} \\\n    --path /a --identity i \\\n    --path /b\nType=exec\n")
        == "[Service] --path /a --identity i --path /b\nType=exec\n"
    )


def test_the_mount_brings_its_app_up():
    assert unit_gates.render_install(unit(REMOTE, LOCAL)) == [
        ("Install", [("WantedBy", ["srv-holdfast-a\\x2db.mount"])])
    ]


def test_without_network_volumes_the_boot_does():
    assert unit_gates.render_install(unit(LOCAL), ("docker.service",)) == [
        ("Install", [("WantedBy", ["multi-user.target", "docker.service"])])
    ]


def test_on_demand_nothing_starts_it_or_starts_it_again():
    section = unit_gates.render_service(unit(start="on_demand"), [])
    assert unit_gates.render_install(unit(REMOTE, start="on_demand")) == []
    assert values(section, "Restart") == ["no"]


def test_a_volume_of_the_engine_needs_no_mount_unit_and_is_asked_for_by_name():
    volume = {"name": "holdfast-site", "source": "nfs1:/srv/site"}
    one = unit(LOCAL, {"engine_volume": volume, "target": "/s"}, {"engine_volume": volume, "target": "/t"})
    assert values(unit_gates.render_unit(one), "RequiresMountsFor") == [["/srv/local/d"]]
    assert unit_gates.render_install(one) == [("Install", [("WantedBy", ["multi-user.target"])])]
    ((call,),) = values(unit_gates.render_service(one, []), "ExecStartPre")
    assert [line.strip(" \\") for line in call.splitlines()[1:]] == [
        "--path /srv/local/d --identity i-2",
        "--engine podman --volume holdfast-site --source nfs1:/srv/site",
    ]


def test_what_is_started_on_demand_is_ended_by_systemd():
    section = unit_gates.render_service(unit(start="on_demand", max_run_time="15m"), [])
    assert values(section, "Restart") == ["no"]
    assert values(section, "RuntimeMaxSec") == ["15m"]
    assert values(unit_gates.render_service(unit(start="on_demand"), []), "RuntimeMaxSec") == ["1h"]


def test_what_starts_at_boot_runs_on():
    assert values(unit_gates.render_service(unit(max_run_time="15m"), []), "RuntimeMaxSec") == []
