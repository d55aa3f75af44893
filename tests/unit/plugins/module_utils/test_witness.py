from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import witness

DATA = Path(__file__).parent / "data/witness"
CASES = sorted(DATA.glob("*.yml"))
STATUS = """Name:\tnginx
Uid:\t0\t1000\t0\t0
Gid:\t0\t1001\t0\t0
Groups:\t1001 1234
CapEff:\t00000000000000a2
"""


@pytest.mark.parametrize("path", CASES, ids=[case.stem for case in CASES])
def test_plan(path):
    case = yaml.safe_load(path.read_text())
    desired = witness.parse_witnesses(case["desired"])
    if "error" in case:
        with pytest.raises(witness.WitnessError, match=case["error"]):
            witness.plan(case["current"], desired, case["state"])
        return
    change = witness.plan(case["current"], desired, case["state"])
    assert change.result()["steps"] == case["steps"]
    assert change.result()["changed"] is bool(case["steps"])
    assert change.before == case["current"]


def test_every_fault_of_a_list_is_named_at_once():
    items = [
        {"target": "data", "name": "a", "app": "web", "engine": "docker"},
        {"target": "/data/../etc", "name": "a/b", "app": "web", "engine": None},
        {"target": "/data", "name": "c", "content": "x" * 5000},
        {"target": "/twice", "name": "d"},
        {"target": "/twice/", "name": "d"},
    ]
    with pytest.raises(witness.WitnessError) as refused:
        witness.parse_witnesses(items)
    for part in ("absolute path", "'..'", "name must be", "belong together", "longer than 4096", "given twice"):
        assert part in str(refused.value)


def test_docker_says_what_runs_with_which_directories():
    web, old = witness.parse_inspect((DATA / "docker-inspect.json").read_text(), "docker")
    assert (web.app, web.pid, web.container_id, web.image) == ("web", 2211, "9c1e5a0d4b7f", "registry/nginx:1")
    assert web.mounts == (
        {"source": "/srv/holdfast/content/site", "target": "/usr/share/nginx/html", "read_only": True},
        {"source": "/srv/holdfast/logs", "target": "/var/log/nginx", "read_only": False},
    )
    assert (old.app, old.pid, old.mounts) == ("old", 0, ())


def test_podman_says_the_same():
    (db,) = witness.parse_inspect((DATA / "podman-inspect.json").read_text(), "podman")
    assert (db.app, db.engine, db.pid, db.image) == ("db", "podman", 3107, "registry/postgres:17")
    assert db.mounts[0]["source"] == "/srv/holdfast/pgdata"


def test_a_volume_that_the_engine_mounts_has_a_name():
    (db,) = witness.parse_inspect((DATA / "podman-inspect.json").read_text(), "podman")
    place = "/var/lib/containers/storage/volumes/holdfast-site.ro/_data"
    assert db.mounts[1] == {"source": place, "target": "/www", "read_only": True, "name": "holdfast-site.ro"}


def test_nothing_inspected_is_no_container():
    assert witness.parse_inspect("", "docker") == []


def test_the_effective_ids_count():
    identity = witness.parse_identity(STATUS, "system_u:system_r:container_t:s0:c1,c2\0")
    assert (identity.uid, identity.gid, identity.groups, identity.capabilities) == (1000, 1001, (1001, 1234), 0xA2)
    assert identity.label == "system_u:system_r:container_t:s0:c1,c2"


@pytest.mark.parametrize(
    ("label", "level"),
    [("system_u:object_r:container_file_t:s0:c1,c2", "s0:c1,c2"), ("a:b:c:s0", "s0"), ("", ""), ("unconfined", "")],
)
def test_the_level_is_the_end_of_a_label(label, level):
    assert witness.parse_level(label) == level


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"value": None}, {"present": False, "error": ""}),
        ({"errno": "EACCES", "message": "Permission denied"}, {"present": False, "error": "Permission denied"}),
        (
            {"value": {"content": "hold fast", "owner": 1000}},
            {
                "present": True,
                "content": "hold fast",
                "owner": 1000,
                "sha256": witness.sha256("hold fast"),
                "error": "",
            },
        ),
    ],
)
def test_a_report_says_present_absent_or_why_not(answer, expected):
    assert witness.report(answer) == expected
