from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_plan import RECORD, render_checksum
from ansible_collections.holdfast.volumes.plugins.module_utils.settled import find_settled
from ansible_collections.holdfast.volumes.plugins.modules import selinux_contexts as module
from ansible_collections.holdfast.volumes.plugins.modules import selinux_contexts_info as info

LOCAL = "/etc/selinux/default/contexts/files/file_contexts.local"
LOG = (Path(__file__).parents[1] / "module_utils/data/avc/audit.log").read_text()
ITEM = {"target": "/srv/x(/.*)?", "type": "container_file_t", "level": "s0:c1,c2", "ftype": "a"}
LINE = "/srv/x(/.*)? system_u:object_r:container_file_t:s0:c1,c2\n"


def params(**given):
    return {"file_contexts": [], "booleans": {}, "policy_modules": [], "timeout": 9.0, **given}


class Host:
    """A host with SELinux whose policy store is a dictionary of files; ``order`` is what happened to it."""

    def __init__(self, **files):
        self.files = {
            "/sys/fs/selinux/enforce": "1",
            "/etc/selinux/config": "SELINUXTYPE=default\n",
            "/proc/self/mountinfo": "25 1 254:1 / / rw shared:1 - ext4 /dev/vda1 rw,seclabel\n",
            **files,
        }
        self.label = "unconfined_u:object_r:var_t:s0\0"
        self.restores = True
        self.order = []
        self.system = create_autospec(System, instance=True)
        self.system.read.side_effect = self.files.get
        self.system.listdir.return_value = []
        self.system.stat.side_effect = lambda path: FileState("directory", 0o755, 0, 0) if path == "/srv/x" else None
        self.system.get_xattr.side_effect = lambda path, name: self.label
        self.system.write.side_effect = self.write
        self.system.remove.side_effect = self.remove
        self.system.probe.side_effect = self.commit
        self.system.check.side_effect = self.restore

    def write(self, path, text, mode):
        self.files[path] = text
        self.order.append("record")

    def remove(self, path):
        self.files.pop(path, None)
        self.order.append("forget")

    def commit(self, question, steps, enabled, timeout):
        self.order.append("commit")
        self.files[LOCAL] = "".join(
            f"{target} {args['context']}\n" for action, target, args in steps if "write" in action
        )
        return ""

    def restore(self, argv, limit):
        self.order.append(f"{argv[0]} {argv[-1]}")
        if self.restores:
            self.label = "system_u:object_r:container_file_t:s0:c1,c2\0"

    def owned(self):
        return json.loads(self.files[RECORD])


def test_rules_are_recorded_committed_restored_and_recorded():
    host = Host()
    result = module.run(host.system, params(file_contexts=[ITEM]), False)
    assert result["changed"]
    assert result["relabelled"] == ["/srv/x"]
    assert result["mode"] == "enforcing"
    assert host.order == ["record", "commit", "restorecon /srv/x", "record"]
    assert host.owned()["relabel"] == []
    assert module.run(host.system, params(file_contexts=[ITEM]), False)["changed"] is False


def test_check_mode_tells_the_same_and_touches_nothing():
    host = Host()
    predicted = module.run(host.system, params(file_contexts=[ITEM]), True)
    assert host.order == []
    assert predicted == module.run(host.system, params(file_contexts=[ITEM]), False)


def test_a_run_that_fails_leaves_a_record_of_what_it_meant_to_do():
    host = Host()
    host.system.check.side_effect = HostError("restorecon failed")
    with pytest.raises(HostError):
        module.run(host.system, params(file_contexts=[ITEM]), False)
    assert host.owned()["relabel"] == ["/srv/x"]
    host.label = "system_u:object_r:container_file_t:s0:c1,c2\0"
    assert module.run(host.system, params(file_contexts=[ITEM]), True)["steps"] == ["relabel /srv/x"]


def test_what_is_no_longer_wanted_goes_and_no_label_with_it():
    host = Host()
    module.run(host.system, params(file_contexts=[ITEM]), False)
    host.order.clear()
    assert module.run(host.system, params(), False)["steps"] == ["remove_rule /srv/x(/.*)?"]
    assert host.order == ["record", "commit", "forget"]
    assert module.run(host.system, params(), False)["changed"] is False


def test_a_label_that_another_rule_keeps_wrong_is_an_error():
    host = Host(**{LOCAL: LINE})
    host.restores = False
    with pytest.raises(HostError, match="another rule wins there"):
        module.run(host.system, params(file_contexts=[ITEM]), False)


def test_contexts_are_settled_when_a_run_would_do_nothing():
    host = Host()
    sets = {"contexts": {"file_contexts": [ITEM]}}
    assert find_settled(host.system, sets) == []
    module.run(host.system, params(file_contexts=[ITEM]), False)
    host.order.clear()
    assert find_settled(host.system, sets) == ["contexts"]
    del host.files[LOCAL]
    assert find_settled(host.system, sets) == []
    assert host.order == []


def test_info_says_what_is_owned_and_whether_it_is_there():
    record = {
        "file_contexts": [{"target": "/srv/x(/.*)?", "ftype": "a", "context": LINE.split()[1]}],
        "booleans": {"container_use_nfs": False},
        "policy_modules": {"holdfast_debian": render_checksum("cil")},
    }
    host = Host(**{RECORD: json.dumps(record), LOCAL: LINE, "/sys/fs/selinux/booleans/container_use_nfs": "1 1"})
    result = info.run(host.system, {"denials_since": None, "denials_about": "all"}, 0)
    assert (result["mode"], result["policy"]) == ("enforcing", "default")
    assert result["file_contexts"] == [{**record["file_contexts"][0], "present": True}]
    assert result["booleans"] == {"container_use_nfs": {"active": True, "saved": None, "before": False}}
    assert [found["present"] for found in result["policy_modules"]] == [False]
    assert (result["denials"], result["denials_reason"]) == (None, "")


AUDITD = {"/run/auditd.pid": "77\n", "/proc/77/comm": "auditd\n", "/proc/stat": "cpu 1\nbtime 1732384003\n"}


def test_without_a_trail_there_is_no_answer():
    for files in ({}, {"/run/auditd.pid": "77\n", "/proc/77/comm": "sh\n"}):
        result = info.run(Host(**files).system, {"denials_since": "boot", "denials_about": "all"}, 0)
        assert result["denials"] is None
        assert "auditd does not run" in result["denials_reason"]
    assert "no /var/log/audit/audit.log" in info.find_obstacle(Host(**AUDITD).system)


@pytest.mark.parametrize(("since", "count"), [("boot", 2), ("recent", 1), ("1h", 4), ("1732384002.3", 3), ("0", 4)])
def test_denials_are_those_since_then(since, count):
    host = Host(**AUDITD, **{"/var/log/audit/audit.log": LOG})
    host.system.listdir.side_effect = lambda path: ["audit.log", "audit.log.old"] if path == "/var/log/audit" else []
    result = info.run(host.system, {"denials_since": since, "denials_about": "all"}, 1732384004.0 + 600)
    assert len(result["denials"]) == count


def test_older_logs_come_first():
    lines = LOG.splitlines()
    host = Host(
        **{
            f"/var/log/audit/audit.log{end}": line
            for end, line in (("", lines[5]), (".1", lines[4]), (".10", lines[1]))
        }
    )
    host.system.listdir.side_effect = lambda path: ["audit.log", "audit.log.1", "audit.log.10"]
    assert [found["permissions"][0] for found in info.read_denials(host.system, 0, "all")] == [
        "read",
        "start",
        "relabelfrom",
    ]


def test_denials_about_containers_are_summed_up():
    lines = [line for line in LOG.splitlines() if "container_t" in line]
    host = Host(**AUDITD, **{"/var/log/audit/audit.log": "\n".join([*lines, *lines, LOG])})
    host.system.listdir.side_effect = lambda path: ["audit.log"]
    found = info.run(host.system, {"denials_since": "0", "denials_about": "containers"}, 0)["denials"]
    assert [(one["comm"], one["count"]) for one in found] == [("nginx", 3), ("my app 1", 1)]


def test_a_time_that_is_none_is_refused():
    with pytest.raises(HostError, match="'yesterday' is neither"):
        info.find_start(Host().system, "yesterday", 0)
