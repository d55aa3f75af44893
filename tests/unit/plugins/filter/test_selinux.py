# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.filter import selinux

PODMAN = {"target": "/a"}
PLATFORMS = {
    "Debian": {"file_contexts": [PODMAN], "engine_nfs_booleans": {"x": True}, "policy_modules": [{"name": "m"}]},
    "RedHat": {"file_contexts": [], "engine_nfs_booleans": {"y": True}, "policy_modules": []},
}


def test_each_family_gets_its_own_and_what_is_given():
    assert selinux.context_sets(PLATFORMS, True, True, [{"target": "/b"}], {"z": False}) == {
        "Debian": {
            "file_contexts": [PODMAN, {"target": "/b"}],
            "booleans": {"x": True, "z": False},
            "policy_modules": [{"name": "m"}],
        },
        "RedHat": {"file_contexts": [{"target": "/b"}], "booleans": {"y": True, "z": False}, "policy_modules": []},
    }


def test_a_host_without_containers_gets_what_is_given_alone():
    found = selinux.context_sets(PLATFORMS, "no", False, [{"target": "/b"}], {})["Debian"]
    assert found == {"file_contexts": [{"target": "/b"}], "booleans": {}, "policy_modules": []}


def test_input_of_a_wrong_kind_is_passed_on_for_the_check_to_refuse():
    found = selinux.context_sets(PLATFORMS, True, True, "abc", ["z"])["Debian"]
    assert (found["file_contexts"], found["booleans"]) == ("abc", ["z"])


def test_a_policy_module_is_read_and_another_is_refused_with_the_names_that_there_are():
    assert "(allow mount_t container_file_t" in selinux.policy_text("holdfast_debian")
    with pytest.raises(AnsibleFilterError, match="'other'; it has holdfast_debian"):
        selinux.policy_text("other")


def test_the_policy_modules_that_the_role_names_are_there():
    variables = yaml.safe_load((selinux.POLICIES.parent / "vars/main.yml").read_text())
    for platform in variables["__selinux_platforms"].values():
        for module in platform["policy_modules"]:
            assert module["cil"] == f"{{{{ '{module['name']}' | holdfast.volumes.policy_text }}}}"
            assert selinux.policy_text(module["name"])
