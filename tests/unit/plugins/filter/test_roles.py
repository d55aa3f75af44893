# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.filter import roles

FILTERS = roles.FilterModule().filters()


def test_a_file_of_a_role_is_found_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = Path(FILTERS["role_file"]("nfs_server/templates/nfs.conf.j2"))
    assert found.is_absolute()
    assert "threads=" in found.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["nfs_server/templates/other.j2", "nfs_server", "other/meta/argument_specs.yml"])
def test_what_no_role_has_is_refused_by_its_name(name):
    with pytest.raises(AnsibleFilterError, match=name):
        FILTERS["role_file"](name)


def test_arguments_of_several_roles_are_one_specification():
    both = FILTERS["role_arguments"](["nfs_server", "host_mounts"], "preflight")
    assert both == {
        **FILTERS["role_arguments"](["nfs_server"], "preflight"),
        **FILTERS["role_arguments"](["host_mounts"], "preflight"),
    }
    assert both["nfs_server_threads"]["type"] == "int"
    assert both["host_mounts_mounts"]["options"]["path"]["required"] is True


def test_no_two_roles_have_an_argument_of_the_same_name():
    names = [path.parents[1].name for path in roles.ROLES.glob("*/meta/argument_specs.yml")]
    apart = [name for role in names for name in FILTERS["role_arguments"]([role], "preflight")]
    assert sorted(FILTERS["role_arguments"](names, "preflight")) == sorted(apart) != []


def test_an_entry_point_without_arguments_gives_none():
    assert FILTERS["role_arguments"](["host_mounts"], "other") == {}
