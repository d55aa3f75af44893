from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.export_state import ETAB, PATH
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import parse
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, ProbeTimeout, System
from ansible_collections.holdfast.volumes.plugins.module_utils.settled import find_settled
from ansible_collections.holdfast.volumes.plugins.modules import nfs_exports, nfs_exports_info

DATA = Path(__file__).parent / "data/nfs_exports"
GOOD = [{"path": "/srv/a", "clients": [{"host": "10.0.0.1", "options": ["rw"]}]}]
MORE = [*GOOD, {"path": "/srv/b", "clients": [{"host": "10.0.0.2", "options": ["ro"]}]}]


class Rooted(System):
    """The real host, its files below another root."""

    def __init__(self, root):
        self.root = root

    def read(self, path):
        return super().read(f"{self.root}{path}")

    def write(self, path, text, mode=0o644):
        super().write(f"{self.root}{path}", text, mode)

    def remove(self, path):
        super().remove(f"{self.root}{path}")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A host whose exportfs does what the real one was seen to do."""
    (tmp_path / "var/lib/nfs").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    shutil.copy(DATA / "exportfs", tmp_path / "bin/exportfs")
    monkeypatch.setenv("ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return Rooted(tmp_path)


def run(system, exports, check_mode=False):
    return nfs_exports.run(system, {"exports": exports}, check_mode)[0]


def loads(system):
    return (system.root / "calls").read_text().splitlines() if (system.root / "calls").exists() else []


def test_exports_are_written_and_loaded_once(server):
    result = run(server, MORE)
    assert result["changed"]
    assert server.read(PATH) == result["diff"]["after"]
    assert [(one.path, one.host) for one in parse(server.read(ETAB))] == [
        ("/srv/a", "10.0.0.1"),
        ("/srv/b", "10.0.0.2"),
    ]
    assert not run(server, MORE)["changed"]
    assert loads(server) == ["-ra"]


def test_exports_are_settled_when_a_run_would_do_nothing(server):
    sets = {"exports": {"exports": MORE}}
    assert find_settled(server, sets) == []
    run(server, MORE)
    assert find_settled(server, sets) == ["exports"]
    server.write(ETAB, "")
    assert find_settled(server, sets) == []
    assert loads(server) == ["-ra"]


def test_check_mode_predicts_the_run_and_changes_nothing(server):
    predicted = run(server, MORE, check_mode=True)
    assert server.read(PATH) is None
    assert loads(server) == []
    done = run(server, MORE)
    assert (predicted["diff"], predicted["steps"]) == (done["diff"], done["steps"])


def test_exports_that_the_server_lost_are_loaded_again(server):
    run(server, MORE)
    server.write(ETAB, "")
    assert run(server, MORE)["steps"] == ["load exports"]
    assert not run(server, MORE)["changed"]


def test_the_last_export_takes_the_file_with_it(server):
    run(server, GOOD)
    assert run(server, [])["changed"]
    assert server.read(PATH) is None
    assert server.read(ETAB) == ""
    assert not run(server, [])["changed"]


@pytest.mark.parametrize(
    ("path", "client", "words"),
    [
        ("/srv/b", {"host": "10.0.0.2", "options": ["xprtsec=mtls"]}, "unknown keyword"),
        ("/srv/b", {"host": "app1.invalid", "options": []}, r"resolve app1\.invalid \(not served: /srv/b app1"),
        ("/nowhere/b", {"host": "10.0.0.2", "options": []}, "Failed to stat /nowhere/b"),
    ],
)
@pytest.mark.parametrize("before", [GOOD, []])
def test_a_refusal_puts_the_former_exports_back(server, before, path, client, words):
    run(server, before)
    text, table = server.read(PATH), server.read(ETAB)
    with pytest.raises(HostError, match=rf"refused.*{words}.*the former exports are back\. Correct"):
        run(server, [*before, {"path": path, "clients": [client]}])
    assert (server.read(PATH), server.read(ETAB) or "") == (text, table or "")
    assert not run(server, before)["changed"]


def test_what_is_wrong_with_other_files_is_a_warning(server):
    (server.root / "foreign").touch()
    result, warnings = nfs_exports.run(server, {"exports": GOOD}, False)
    assert result["changed"]
    assert warnings == ["exportfs: Failed to stat /home/gone: No such file or directory"]
    with pytest.raises(HostError, match=r"are back, though it says of them: exportfs: Failed to stat /home/gone"):
        run(server, [*GOOD, {"path": "/srv/b", "clients": [{"host": "app1.invalid", "options": []}]}])


def test_a_line_that_another_file_has_too_is_a_warning(server):
    server.write("/etc/exports", "/srv/a 10.0.0.1(no_subtree_check,rw)\n")
    result, warnings = nfs_exports.run(server, {"exports": GOOD}, False)
    assert result["changed"]
    assert warnings == ["exportfs: duplicated export entries: 10.0.0.1:/srv/a 10.0.0.1:/srv/a"]
    assert server.read(PATH) == result["diff"]["after"]
    assert not run(server, GOOD)["changed"]


def test_a_line_with_other_options_that_is_read_first_is_to_go(server):
    server.write("/etc/exports", "/srv/a 10.0.0.1(ro)\n")
    with pytest.raises(HostError, match=r"incompatible .*/srv/a.* counts: take it out; the former exports are back"):
        run(server, GOOD)
    assert server.read(PATH) is None


@pytest.mark.parametrize("moment", ["write", "run", "remove"])
def test_a_run_that_is_killed_is_completed_by_the_next(server, monkeypatch, moment):
    run(server, MORE)
    with monkeypatch.context() as killed:
        killed.setattr(Rooted, moment, create_autospec(getattr(System, moment), side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(server, [])
    assert run(server, [])["changed"]
    assert (server.read(PATH), server.read(ETAB)) == (None, "")


def test_a_run_that_is_killed_before_the_load_is_seen_by_the_next(server, monkeypatch):
    run(server, MORE)
    with monkeypatch.context() as killed:
        killed.setattr(Rooted, "run", create_autospec(System.run, side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(server, GOOD)
    assert "/srv/b" in server.read(ETAB)
    assert run(server, GOOD)["changed"]
    assert "/srv/b" not in server.read(ETAB)


def test_a_load_without_an_end_is_a_refusal():
    fake = create_autospec(System, instance=True)
    fake.read.return_value = None
    fake.run.side_effect = ProbeTimeout("exportfs -ra did not end within 60 s and was killed")
    with pytest.raises(HostError, match="did not end within 60 s"):
        nfs_exports.run(fake, {"exports": GOOD}, False)
    fake.remove.assert_called_with(PATH)


def test_without_nfs_an_empty_list_is_fine_and_a_list_says_what_to_install():
    fake = create_autospec(System, instance=True)
    fake.has.return_value = False
    fake.read.return_value = None
    assert not nfs_exports.run(fake, {"exports": []}, False)[0]["changed"]
    assert nfs_exports.run(fake, {"exports": GOOD}, True)[0]["changed"]
    with pytest.raises(HostError, match=r"exportfs is not installed.*nfs_server installs it"):
        nfs_exports.run(fake, {"exports": GOOD}, False)
    fake.read.side_effect = {PATH: "# Managed by holdfast.volumes\n"}.get
    assert nfs_exports.run(fake, {"exports": []}, False)[0]["changed"]
    fake.remove.assert_called_once_with(PATH)
    fake.run.assert_not_called()


def test_bad_items_are_refused_all_at_once_before_anything_is_read():
    fake = create_autospec(System, instance=True)
    with pytest.raises(HostError, match=r"'srv'.*no clients.*'bogus' is no option"):
        nfs_exports.run(
            fake,
            {
                "exports": [
                    {"path": "srv", "clients": []},
                    {"path": "/srv/a", "clients": [{"host": "10.0.0.1", "options": ["bogus"]}]},
                ]
            },
            False,
        )
    assert fake.mock_calls == []


def test_nfs_exports_info_says_what_is_written_served_and_missing(server):
    assert nfs_exports_info.run(server) == {"changed": False, "exports": [], "loaded": [], "missing": []}
    run(server, MORE)
    server.write(ETAB, "/srv/a\t10.0.0.1(rw,no_subtree_check,sync)\n/srv/home\t*(ro)\n")
    found = nfs_exports_info.run(server)
    assert [item["path"] for item in found["exports"]] == ["/srv/a", "/srv/b"]
    assert [item["path"] for item in found["loaded"]] == ["/srv/a", "/srv/home"]
    assert found["missing"] == [
        {"path": "/srv/b", "clients": [{"host": "10.0.0.2", "options": ["no_subtree_check", "ro"]}]}
    ]
    assert run(server, found["exports"], check_mode=True)["diff"]["after"] == server.read(PATH)
