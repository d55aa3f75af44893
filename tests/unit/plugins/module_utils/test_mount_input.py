# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_input
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_plan import Current, Found

A, B = "/srv/holdfast/a", "/srv/holdfast/b"


def params(*paths):
    mounts = [{"name": "a", "path": path, "source": "nfs1:/a", "options": [], "identity": ""} for path in paths]
    return {"mounts": [{"fstype": "nfs4", **mount} for mount in mounts], "parent": "/srv/holdfast"}


def test_wrong_input_is_said_with_the_assurance_that_nothing_was_changed():
    with pytest.raises(HostError, match="nothing was changed, the input is wrong:\n"):
        mount_input.desired(params("/elsewhere/a"))


@pytest.mark.parametrize(("retire", "judged"), [(False, {A, B}), (True, {B})])
def test_who_only_retires_judges_what_is_not_wanted(retire, judged):
    verdicts = mount_input.judge(Current({A: Found(A), B: Found(B)}), mount_input.desired(params(A)), retire)
    assert {verdict.path for verdict in verdicts} == judged
