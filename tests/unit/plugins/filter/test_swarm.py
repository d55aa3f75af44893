# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

from ansible_collections.holdfast.volumes.plugins.filter.swarm import FilterModule

FILTERS = FilterModule().filters()


def test_every_filter_is_documented():
    directory = Path(__file__).resolve().parents[4] / "plugins" / "filter"
    assert all((directory / f"{name}.yml").exists() for name in FILTERS)


def test_a_service_without_hosts_is_named():
    assert FILTERS["swarm_service_problems"]([{"name": "web", "image": "x"}]) == [
        "web: hosts: it has none to run on; name one"
    ]


def test_the_leader_is_a_manager_of_the_run():
    members = [{"name": "m", "address": "10.0.0.1", "role": "manager"}]
    assert FILTERS["swarm_leader"](members, {"m": {}}, ["m"]) == "m"
