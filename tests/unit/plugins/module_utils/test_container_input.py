# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.holdfast.volumes.plugins.module_utils.container_input import argument_spec

UNIT = {"name": "web", "engine": "podman", "image": "nginx", "environment": {"PASSWORD": "hunter2"}}
SECRET = {"name": "key", "value": "hunter3", "parts": [{"secret": "hunter4"}]}


def test_what_a_container_is_told_is_kept_out_of_logs():
    checked = ArgumentSpecValidator(argument_spec()).validate({"units": [{**UNIT, "secrets": [SECRET]}]})
    assert checked.error_messages == []
    assert checked._no_log_values >= {"hunter2", "hunter3", "hunter4"}


def test_an_engine_that_nobody_knows_is_refused():
    checked = ArgumentSpecValidator(argument_spec()).validate({"units": [{**UNIT, "engine": "rkt"}]})
    assert "docker, nspawn, podman" in checked.error_messages[0]
