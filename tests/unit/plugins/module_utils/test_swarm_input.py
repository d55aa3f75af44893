# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_input

SERVICE = {"name": "web", "image": "nginx:1", "hosts": ["app1"]}
SECRET = {"name": "key", "value": "hunter2", "parts": [{"secret": "hunter3"}]}


def validate(**given):
    return ArgumentSpecValidator(swarm_input.argument_spec()).validate({"services": [{**SERVICE, **given}]})


def test_what_a_service_is_told_is_kept_out_of_logs():
    checked = validate(secrets=[SECRET])
    assert checked.error_messages == []
    assert checked._no_log_values >= {"hunter2", "hunter3"}


def test_what_is_asked_for():
    wanted = swarm_input.desired(validate(health={"command": ["check"]}).validated_parameters)
    assert [service.name for service in wanted.services] == ["holdfast-web"]
    assert wanted.services[0].unit.health.command == ("check",)
    assert (wanted.members, wanted.retire) == ((), False)
