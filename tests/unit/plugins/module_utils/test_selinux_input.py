# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import selinux_input as module
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

ITEM = {"target": "/srv/x(/.*)?", "type": "container_file_t", "level": "s0:c1,c2", "ftype": "a"}


def params(**given):
    return {"file_contexts": [], "booleans": {}, "policy_modules": [], "timeout": 9.0, **given}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file_contexts": [ITEM, ITEM]}, "more than once"),
        ({"policy_modules": [{"name": "base", "cil": ""}]}, "begin with holdfast"),
        ({"policy_modules": [{"name": "holdfast/../x", "cil": ""}]}, "begin with holdfast"),
        ({"policy_modules": [{"name": "holdfast", "cil": ""}] * 2}, "more than once"),
        ({"booleans": {"../enforce": True}}, "no name of a boolean"),
        ({"booleans": {"b": "maybe"}}, "neither true nor false"),
    ],
)
def test_bad_input_is_refused(given, said):
    with pytest.raises(HostError, match=said):
        module.desired(params(**given))


def test_words_for_booleans_are_read():
    assert module.desired(params(booleans={"a": "yes", "b": 0})).booleans == {"a": True, "b": False}
