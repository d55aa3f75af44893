# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.lockdown import FilterModule


def test_the_filters_take_what_roles_are_given():
    filters = FilterModule().filters()
    units = [{"name": "web", "engine": "podman", "user": "1000:1000", "capabilities": ["SYS_MODULE"], "mounts": []}]
    assert filters["data_owners"](units, [{"name": "site", "owner": 1000}], [], {}) == {
        "1000": ["app web", "volume site"]
    }
    assert filters["volume_parents"]([{"path": "/srv/volumes/site"}]) == [{"path": "/srv/volumes", "served": True}]
    assert filters["nfs_servers"]([{"source": "10.0.0.1:/a"}], units, ["app1"]) == ["10.0.0.1"]
    assert filters["capability_problems"](units, {"web": ["SYS_MODULE"]}) == []
