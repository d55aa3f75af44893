# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.audit import SEEN, audit_looks


def test_a_look_has_what_was_registered_and_what_was_planned():
    whole = {f"__audit_{name}": {"of": name} for name in SEEN}
    hostvars = {
        "app1": {**whole, "__audit_plan": {"address": "10.0.0.1"}, "__audit_found": {"access": 1}},
        "app2": whole,
        "app3": {},
    }
    assert audit_looks(hostvars, ["app1", "app2", "app3"]) == [
        {"host": "app1", "address": "10.0.0.1", "access": 1, **{name: {"of": name} for name in SEEN}},
        {"host": "app2"},
        {"host": "app3"},
    ]
