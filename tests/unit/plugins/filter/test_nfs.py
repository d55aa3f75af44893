from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.nfs import FilterModule

EXPORTS = [{"path": "/srv/a", "clients": [{"host": "10.0.0.1"}, {"host": "app1"}, {"host": "::1"}]}]
FILTERS = FilterModule().filters()


def test_problems_and_addresses_of_exports():
    assert FILTERS["export_problems"](EXPORTS) == []
    assert len(FILTERS["export_problems"](EXPORTS, True)) == 1
    assert FILTERS["export_addresses"](EXPORTS, 4) == ["10.0.0.1"]
    assert FILTERS["export_addresses"](EXPORTS, 6) == ["::1"]


def test_problems_of_directories():
    good = {"name": "a", "path": "/srv/a", "owner": "1000", "group": 1000, "mode": "0750"}
    assert FILTERS["directory_problems"]([good]) == []
    assert FILTERS["directory_problems"]([{**good, "owner": "nginx"}]) == [
        "volume a: owner 'nginx' is no numeric id; names differ from host to host"
    ]
