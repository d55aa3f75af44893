# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_plan, mount_units, mountinfo
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Current, Found, Verdict

PATH = "/srv/holdfast/content"
BEFORE = {
    "source": "10.77.0.11:/srv/volumes/content",
    "options": [
        *("nfsvers=4.2", "hard", "nosharecache", 'context="system_u:object_r:container_file_t:s0:c12,c500"'),
        *("nodev", "nosuid", "rw"),
    ],
}
DATA = Path(__file__).parent / "data"
CONTENT = next(
    line for line in (DATA / "mountinfo" / "app1").read_text(encoding="utf-8").splitlines() if f" {PATH} " in line
)
CASES = sorted((DATA / "mount_plan").glob("*.yml"))


def item(**other):
    return {"name": "content", "path": PATH, "fstype": "nfs4", "identity": "", **BEFORE, **other}


def find(case, wanted):
    """The current of a case: ``live`` is content (the line of app1, with one ``edit``), another line or null;
    ``unit`` is same (as wanted), before, foreign or null; the rest is as Found has it.
    """
    current = dict(case["current"])
    before = mount_plan.parse_desired([item()], "/srv/holdfast").mounts[PATH]
    live, unit, selinux = current.pop("live"), current.pop("unit"), current.pop("selinux", True)
    live = CONTENT.replace(*current.pop("edit", ("", ""))) if live == "content" else live
    texts = {"foreign": "[Mount]\n", "before": mount_units.render(before.unit)}
    texts["same"] = mount_units.render(wanted.unit) if wanted else texts["before"]
    found = {
        "path": PATH,
        "text": texts.get(unit),
        "managed": unit in ("same", "before"),
        "enabled": True,
        "live": mountinfo.parse(live)[0] if live else None,
        "bare": {"names": [], "guarded": True},
        **current,
    }
    return Current({PATH: Found(**found)}, selinux=selinux)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_the_verdict_and_the_steps(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    desired = mount_plan.parse_desired([item(**case["desired"])] if case["desired"] else [], "/srv/holdfast")
    current = find(case, desired.mounts.get(PATH))
    verdict = mount_plan.judge(current.found[PATH], desired.mounts.get(PATH), current.selinux)
    blocks = mount_plan.find_blocks([verdict], current, [], False)
    change = mount_plan.plan(current, desired, [verdict], blocks)
    steps = [
        step.action + (" by force" if step.action == "unmount" and step.args["force"] else "") for step in change.steps
    ]
    expected = case["expected"]
    assert (verdict.state, verdict.verdict, steps) == (expected["state"], expected["verdict"], expected["steps"])
    assert expected.get("error", "") in blocks.get(PATH, "")
    assert bool(blocks) == bool(expected.get("error"))
    assert (change.before == change.after) == (steps in ([], ["reload"]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "a b"}, "a name has only"),
        ({"path": "/srv/other/content"}, "is not directly below /srv/holdfast"),
        ({"path": "/srv/holdfast/a/b"}, "is not directly below"),
        ({"path": "/srv/holdfast/.."}, "is not directly below"),
        ({"path": "/srv/holdfast/a b"}, "is not directly below"),
        ({"source": "/srv/volumes/content"}, "is not HOST:/PATH"),
        ({"source": "host:relative"}, "is not HOST:/PATH"),
        ({"source": "host:/a b"}, "is not HOST:/PATH"),
        ({"source": "host:/a\nWhat=x"}, "is not HOST:/PATH"),
        ({"source": "fd00::1:/a"}, "is not HOST:/PATH"),
        ({"fstype": "ext4"}, "is none of nfs, nfs4 and efs"),
        ({"fstype": "efs", "options": ["tls"]}, "is not fs-ID:/PATH"),
        ({"fstype": "efs", "source": "fs-1234abcd:/a:fsap-5678ef90", "options": ["tls"]}, "is not fs-ID:/PATH"),
        ({"fstype": "efs", "source": "fs-1234abcd:/", "options": []}, "without it mount nfs4"),
        ({"fstype": "efs", "source": "fs-1234abcd:/", "options": ["tls", "nfsvers=3"]}, "cannot speak version 3"),
        ({"options": ["rw hard"]}, "one option per item"),
        ({"options": ["rw\nWhat=x"]}, "one option per item"),
        ({"options": [""]}, "is empty"),
        ({"options": ["=x"]}, "is empty"),
        ({"options": ["rw,hard"]}, "is more than one"),
        ({"options": ['context="a,b']}, "an open quote"),
        ({"options": ["bg"]}, "waits for the server by itself"),
        ({"options": ["x-systemd.automount"]}, "belongs to fstab"),
        ({"options": ["hard", "soft"]}, "contradict each other on recovery: ['hard', 'soft']"),
        ({"options": ["nfsvers=3"]}, "cannot speak version 3"),
    ],
)
def test_bad_input_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError) as error:
        mount_plan.parse_desired([item(**wrong)], "/srv/holdfast")
    assert message in str(error.value)
    assert repr(wrong.get("name", "content")) in str(error.value)


@pytest.mark.parametrize(
    "right",
    [
        {"source": "[fd00::1]:/a"},
        {"source": "host:/"},
        {"options": ["vers=4", "minorversion=1"]},
        {"options": []},
        {"fstype": "nfs", "options": ["nfsvers=3"]},
        {"fstype": "efs", "source": "fs-1234abcd:/a", "options": ["nfsvers=4.1", "tls", "iam"]},
    ],
)
def test_other_good_input_is_taken(right):
    assert mount_plan.parse_desired([item(**right)], "/srv/holdfast").mounts[PATH].name == "content"


def test_everything_wrong_is_said_at_once():
    items = [item(source="x"), item(fstype="y")]
    with pytest.raises(ValueError) as error:
        mount_plan.parse_desired(items, "/srv/holdfast/")
    assert len(str(error.value).splitlines()) == 7


@pytest.mark.parametrize("parent", ["relative", "/", "/a/../b", "/a b", "/a/"])
def test_a_strange_parent_is_refused(parent):
    with pytest.raises(ValueError, match="no plain absolute path"):
        mount_plan.parse_desired([], parent)


def test_a_mount_that_did_not_become_as_wanted_is_explained():
    wanted = mount_plan.parse_desired([item()], "/srv/holdfast").mounts[PATH]
    live = mountinfo.parse(f"1 2 0:3 / {PATH} rw - nfs4 h:/a rw")[0]
    verdict = Verdict("content", PATH, "wrong_options", "replace", "timeo 600 instead of 7")
    said = mount_plan.explain(Found(PATH, live=live), verdict, wanted, "", 90)
    assert said == f"{PATH} is mounted, but still wrong_options: timeo 600 instead of 7."


def test_only_live_mounts_have_users():
    verdicts = [Verdict("a", "/a", "absent", "unmount"), Verdict("b", "/b", "mounted", "no-op")]
    assert mount_plan.find_disruptive(verdicts, Current({"/a": Found("/a"), "/b": Found("/b")})) == []


def test_a_warning_names_the_hidden_files():
    (warning,) = mount_plan.render_shadowed({PATH: ["lost"]})
    assert warning.startswith(f"{PATH} has files under the mount, on the host's own disk: 'lost'.")
