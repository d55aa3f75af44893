# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.modules import adopt_facts


@pytest.fixture
def run(monkeypatch):
    def go(look):
        told = {}

        class Module:
            def __init__(self, argument_spec, supports_check_mode):
                assert supports_check_mode
                self.params = {name: option.get("default") for name, option in argument_spec.items()}

            def exit_json(self, **result):
                told.update(result)

            def fail_json(self, **result):
                told.update(result, failed=True)

        monkeypatch.setattr(adopt_facts, "AnsibleModule", Module)
        monkeypatch.setattr(adopt_facts, "System", lambda: create_autospec(System, instance=True))
        monkeypatch.setattr(adopt_facts, "read", look)
        adopt_facts.main()
        return told

    return go


def test_the_look_is_told_and_nothing_is_changed(run):
    asked = []
    assert run(lambda system, params: asked.append(params) or {"names": ["a"]}) == {"changed": False, "names": ["a"]}
    assert asked == [{"compose_files": [], "paths": [], "commands": False, "timeout": 10}]


def test_an_expected_failure_is_told_in_its_words(run):
    def fail(system, params):
        raise HostError("cannot read /etc/fstab")

    assert run(fail) == {"failed": True, "msg": "cannot read /etc/fstab"}
