# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.transport import FilterModule

FILTERS = FilterModule().filters()
SETTINGS = {"client": ["tls"], "server": [], "authority": "a", "certificate_days": 1}
SETTINGS.update(dict.fromkeys(("ca_file", "certificate_file", "key_file", "keytab_file"), ""))


def test_problems_and_refusals():
    assert FILTERS["transport_problems"](SETTINGS) == []
    assert len(FILTERS["transport_problems"]({**SETTINGS, "authority": ""})) == 1
    state = {"kernel": {"release": "5.0", "handshake": False}, "keytab": False}
    assert len(FILTERS["transport_refusals"](SETTINGS, state, {})) == 1


def test_certificates():
    assert FILTERS["certificate_flaw"]("", "", []) == "there is none"
    assert FILTERS["certificate_names"](["nfs1"]) == ["DNS:nfs1"]
