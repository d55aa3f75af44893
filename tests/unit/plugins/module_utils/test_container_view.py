from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_view
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    Completed,
    FileState,
    HostError,
    ProbeTimeout,
    System,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container, Identity, Witness

SCENE = Path(__file__).parent / "data/container_view/scene.py"
SOCKET = FileState("other", 0o660, 0, 0)
CAP_DAC_OVERRIDE = 1 << 1


@pytest.fixture
def scene(tmp_path):
    """Run jobs in a real stand-in container with the volume bound at /data (rw) and /view (ro)."""
    root, volume = tmp_path / "root", tmp_path / "volume"
    for directory in (root / "data", root / "view", volume):
        directory.mkdir(parents=True)
    for parent in (tmp_path, *list(tmp_path.parents)[:2]):
        parent.chmod(0o755)  # pytest's own directories are closed to other users

    def run(jobs, owner=1000, mode=0o750, **identity):
        volume.chmod(mode)
        _as_root(["chown", f"{owner}:{owner}", str(volume)])
        order = {"root": str(root), "uid": 1000, "gid": 1000, "groups": [], "capabilities": 0, "jobs": jobs, **identity}
        order["binds"] = [
            {"source": str(volume), "target": "/data", "read_only": False},
            {"source": str(volume), "target": "/view", "read_only": True},
        ]
        return json.loads(_as_root([sys.executable, str(SCENE)], json.dumps(order)))

    run.volume, run.root = volume, root
    return run


def _as_root(argv, stdin=""):
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = f"PYTHONPATH={os.pathsep.join(path for path in sys.path if path)}"
    done = subprocess.run(
        [*prefix, "env", environment, *argv], input=stdin, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def job(action, path="/data/.holdfast-witness-a", content="hold fast"):
    return {"action": action, "path": path, "content": content}


def test_a_witness_is_written_as_the_app_into_an_image_without_any_program(scene):
    seen = scene([job("read"), job("write"), job("read"), job("read", "/view/.holdfast-witness-a")], groups=[1234])
    absent, written, found, through_view = seen["answers"]
    assert seen["inside"] == [True] * 4
    assert absent == {"value": None}
    assert written == {"value": None}
    assert found["value"] | {"label": ""} == {
        "content": "hold fast",
        "owner": 1000,
        "group": 1000,
        "mode": "0644",
        "label": "",
    }
    assert through_view == found
    assert seen["identity"] == {"uid": 1000, "gid": 1000, "groups": [1234], "capabilities": 0, "label": ""} | {
        "label": seen["identity"]["label"]
    }
    assert [one.name for one in scene.volume.iterdir()] == [".holdfast-witness-a"]


def test_what_is_there_is_never_replaced(scene):
    seen = scene([job("write"), job("write", content="other"), job("read")])
    assert seen["answers"][1]["errno"] == "EEXIST"
    assert seen["answers"][2]["value"]["content"] == "hold fast"


def test_removing_leaves_the_volume_as_it_was(scene):
    seen = scene([job("write"), job("remove"), job("remove"), job("read")])
    assert [answer["value"] for answer in seen["answers"]] == [None] * 4
    assert list(scene.volume.iterdir()) == []


def test_a_read_only_binding_refuses_the_attempt_to_write(scene):
    seen = scene([job("attempt", "/view/.holdfast-witness-a"), job("attempt")])
    assert seen["answers"][0]["errno"] == "EROFS"
    assert seen["answers"][1] == {"value": True}
    assert list(scene.volume.iterdir()) == []


def test_the_apps_user_is_taken_and_not_roots_power_kept(scene):
    assert scene([job("write")], owner=2000, mode=0o700)["answers"][0]["errno"] == "EACCES"


@pytest.mark.parametrize(("capabilities", "answer"), [(0, "EACCES"), (CAP_DAC_OVERRIDE, None)])
def test_root_in_the_container_has_only_the_containers_capabilities(scene, capabilities, answer):
    seen = scene([job("write")], owner=2000, mode=0o700, uid=0, gid=0, capabilities=capabilities)
    assert seen["answers"][0].get("errno") == answer


def test_a_user_with_capabilities_keeps_them(scene):
    seen = scene([job("write")], owner=2000, mode=0o700, capabilities=CAP_DAC_OVERRIDE)
    assert seen["answers"][0] == {"value": None}


def test_supplementary_groups_count(scene):
    assert scene([job("write")], owner=2000, mode=0o770, groups=[2000])["answers"][0] == {"value": None}


def test_links_of_the_volume_do_not_lead_out_of_the_container(scene):
    (scene.root / "etc").symlink_to("/etc")
    (scene.volume / ".holdfast-witness-a").symlink_to("/etc/passwd")
    link, directory = scene([job("read"), job("read", "/etc/passwd")])["answers"]
    assert link["errno"] == "ELOOP"
    assert "errno" in directory


def test_a_missing_directory_is_a_fault_and_not_a_missing_witness(scene):
    assert scene([job("read", "/nowhere/.holdfast-witness-a")])["answers"][0]["errno"] == "ENOENT"


def test_the_host_itself_is_looked_at_without_entering_anything(tmp_path):
    path = str(tmp_path / ".holdfast-witness-a")
    answers = container_view.stay([job("write", path), job("read", path)])
    assert answers[1]["value"]["content"] == "hold fast"
    assert answers[1]["value"]["owner"] == os.geteuid()


def test_a_full_answer_fits(tmp_path):
    path = str(tmp_path / "full")
    Path(path).write_bytes(b"\x01" * 10_000)
    answers = container_view.stay([job("read", path)] * 50)
    assert {len(answer["value"]["content"]) for answer in answers} == {container_view.CONTENT_LIMIT}


def test_a_server_that_does_not_answer_ends_at_the_limit(monkeypatch):
    monkeypatch.setattr(container_view, "do", lambda job: time.sleep(60))
    started = time.monotonic()
    with pytest.raises(ProbeTimeout, match=r"within 0\.2 s"):
        container_view.stay([job("read")], timeout=0.2)
    assert time.monotonic() - started < 5


def test_a_child_that_was_given_up_is_buried(monkeypatch):
    fork, children = os.fork, []
    monkeypatch.setattr(os, "fork", lambda: children.append(fork()) or children[0])
    monkeypatch.setattr(container_view, "do", lambda job: time.sleep(60))
    with pytest.raises(ProbeTimeout):
        container_view.stay([job("read")], timeout=0.2)
    with pytest.raises(ChildProcessError):
        os.waitpid(children[0], os.WNOHANG)


def test_a_child_that_fails_says_so(monkeypatch):
    monkeypatch.setattr(container_view, "do", lambda job: 1 / 0)
    with pytest.raises(HostError, match="ZeroDivisionError"):
        container_view.stay([job("read")])


def test_a_child_that_dies_says_so(monkeypatch):
    monkeypatch.setattr(container_view, "do", lambda job: os._exit(3))
    with pytest.raises(HostError, match="without an answer"):
        container_view.stay([job("read")])


def test_a_process_that_ended_is_named():
    with pytest.raises(HostError, match="is it still running"):
        container_view.visit(2**22 + 1, Identity(0, 0, (), 0, ""), [job("read")])


def test_a_refused_label_names_the_missing_rule(tmp_path):
    (tmp_path / "current").write_text("unconfined_u:unconfined_r:unconfined_t:s0")
    handle = os.open(tmp_path / "current", os.O_RDONLY)
    with pytest.raises(HostError, match=r"allow unconfined_t container_t \(process \(dyntransition\)\)"):
        container_view._take_label(handle, "system_u:system_r:container_t:s0:c1,c2")


def test_the_label_is_given_whole(tmp_path):
    (tmp_path / "current").write_text("a:b:unconfined_t:s0")
    container_view._take_label(os.open(tmp_path / "current", os.O_RDWR), "system_u:system_r:container_t:s0:c1,c2")
    assert (tmp_path / "current").read_text() == "system_u:system_r:container_t:s0:c1,c2"


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.has.return_value = True
    fake.stat.return_value = SOCKET
    return fake


INSPECTED = json.dumps(
    [
        {
            "Id": "3f2a",
            "Name": "/holdfast-web",
            "State": {"Running": True, "Pid": 812},
            "Config": {"Image": "nginx:1"},
            "Mounts": [],
        }
    ]
)


def test_any_number_of_containers_costs_two_calls(system):
    system.run.side_effect = [Completed(0, "3f2a\n4b\n5c\n", ""), Completed(0, INSPECTED, "")]
    assert container_view.find_containers(system, "docker") == [Container("web", "docker", "3f2a", 812, "nginx:1", ())]
    listing, inspecting = (call.args[0] for call in system.run.call_args_list)
    assert listing[:3] == ["docker", "ps", "--all"]
    assert inspecting == ["docker", "inspect", "--type", "container", "3f2a", "4b", "5c"]


def test_containers_of_nspawn_are_found_among_the_others(system, monkeypatch):
    record = {**json.loads(INSPECTED)[0], "Name": "holdfast-box", "Id": "4385"}
    monkeypatch.setattr(container_view.nspawn_machine, "find_names", lambda system, prefix: [f"{prefix}box"])
    monkeypatch.setattr(container_view.nspawn_machine, "inspect", lambda system, names: {names[0]: record})
    assert container_view.find_all(system, ["nspawn"]) == [Container("box", "nspawn", "4385", 812, "nginx:1", ())]
    assert container_view.ENGINES == ("docker", "nspawn", "podman")


def test_an_engine_that_fails_is_quoted(system):
    system.run.return_value = Completed(125, "", "no permission\n")
    with pytest.raises(HostError, match="docker ps.*125.*no permission"):
        container_view.find_containers(system, "docker")


@pytest.mark.parametrize(("installed", "socket"), [(False, SOCKET), (True, None)])
def test_an_engine_that_is_not_there_has_no_containers(system, installed, socket):
    system.has.return_value, system.stat.return_value = installed, socket
    assert container_view.find_all(system, ["docker"]) == []
    system.run.assert_not_called()


def test_the_label_is_read_where_selinux_is_on_only(system):
    status = "Uid:\t0\t1000\t0\t0\nGid:\t0\t1000\t0\t0\nGroups:\t7 8\nCapEff:\t0000000000000002\n"
    texts = {"/proc/812/status": status, "/proc/812/attr/current": "docker-default (enforce)\n"}
    system.read.side_effect = texts.get
    assert container_view.read_identity(system, 812) == Identity(1000, 1000, (7, 8), 2, "")
    texts |= {"/sys/fs/selinux/enforce": "1", "/proc/812/attr/current": "u:r:container_t:s0:c1,c2\0"}
    assert container_view.read_identity(system, 812).label == "u:r:container_t:s0:c1,c2"


def test_a_container_that_does_not_run_is_an_answer_and_the_others_are_asked(system, monkeypatch):
    monkeypatch.setattr(
        container_view, "visit", lambda pid, identity, jobs, timeout: [{"value": None} for _job in jobs]
    )
    monkeypatch.setattr(container_view, "read_identity", lambda system, pid: Identity(1000, 1000, (), 0, ""))
    web, gone = Witness("/data", "a", "web", "docker"), Witness("/data", "a", "gone", "docker")
    containers = [Container("web", "docker", "3f2a", 812, "nginx:1", ()), Container("gone", "docker", "4b", 0, "x", ())]
    answers = container_view.ask(system, containers, [gone, web], "read")
    assert answers[web.key] == {"value": None}
    assert "holdfast-gone" in answers[gone.key]["message"]


def test_one_child_serves_all_witnesses_of_a_container(system, monkeypatch):
    visits = []
    monkeypatch.setattr(container_view, "visit", lambda *args: visits.append(args) or [{"value": None}] * len(args[2]))
    monkeypatch.setattr(container_view, "read_identity", lambda system, pid: Identity(1000, 1000, (), 0, ""))
    witnesses = [Witness(f"/data{number}", "a", "web", "docker") for number in range(20)]
    container_view.ask(system, [Container("web", "docker", "3f2a", 812, "nginx:1", ())], witnesses, "read")
    assert len(visits) == 1


def test_a_description_says_what_was_found_and_as_whom(system, monkeypatch):
    value = {"content": "x", "owner": 1000, "group": 1000, "mode": "0644", "label": ""}
    monkeypatch.setattr(container_view, "visit", lambda *args: [{"value": value}])
    monkeypatch.setattr(container_view, "read_identity", lambda system, pid: Identity(1000, 1001, (), 0, "l"))
    witness = Witness("/data", "a", "web", "docker", volume="content")
    (described,) = container_view.describe(system, [Container("web", "docker", "3f2a", 812, "nginx:1", ())], [witness])
    assert described["present"]
    assert described["path"] == "/data/.holdfast-witness-a"
    assert described["sha256"].startswith("2d711642")
    assert described["read_as"] == {
        "container_id": "3f2a",
        "image": "nginx:1",
        "pid": 812,
        "uid": 1000,
        "gid": 1001,
        "label": "l",
    }


def fetch(path, limit=1000):
    return {"action": "fetch", "path": path, "limit": limit}


def test_any_bytes_are_fetched_as_the_app_reads_them(scene):
    (scene.volume / "page").write_bytes(bytes(range(256)))
    (scene.volume / "page").chmod(0o644)
    (scene.volume / "secret").write_bytes(b"x")
    (scene.volume / "secret").chmod(0o600)
    page, secret, missing = scene([fetch("/view/page"), fetch("/view/secret"), fetch("/view/none")])["answers"]
    assert base64.b64decode(page["value"]) == bytes(range(256))
    assert secret["errno"] == ("EACCES" if os.geteuid() == 0 else secret["errno"])
    assert missing["errno"] == "ENOENT"


def test_a_fetched_link_leads_no_further_than_the_container(scene):
    (scene.volume / "page").symlink_to("/etc/passwd")
    assert scene([fetch("/data/page")])["answers"][0]["errno"] == "ENOENT"


def test_only_regular_files_of_a_size_are_fetched(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 1001)
    os.mkfifo(tmp_path / "pipe")
    paths = [str(tmp_path / name) for name in ("big", "pipe")] + [str(tmp_path)]
    big, pipe, directory = container_view.stay([fetch(path) for path in paths])
    assert (big["errno"], big["message"]) == ("EFBIG", "it has more than 1000 bytes")
    assert (pipe["errno"], pipe["message"]) == ("EINVAL", "it is no regular file")
    assert directory["errno"] == "EISDIR"


def test_a_large_file_fits_into_the_answer(tmp_path):
    (tmp_path / "large").write_bytes(os.urandom(1 << 20))
    (answer,) = container_view.stay([fetch(str(tmp_path / "large"), 1 << 20)])
    assert base64.b64decode(answer["value"]) == (tmp_path / "large").read_bytes()
