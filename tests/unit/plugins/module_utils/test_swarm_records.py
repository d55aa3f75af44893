# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_records
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

WEB = {"name": "web", "image": "nginx:1", "hosts": ["app1"]}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"image": ""}, "web: image ''"),
        (
            {"environment": {"A": "{{.Node.ID}}"}},
            "web: environment A: the swarm has templates of its own; leave {{ out",
        ),
        ({"health": {"http": ":80/"}}, "web: health.http: a swarm asks by a program"),
        ({"health": {"tcp": "80"}}, "web: health.tcp: a swarm asks by a program"),
        ({"ports": ["10.0.0.1:80:80"]}, "web: ports '10.0.0.1:80:80': a swarm publishes on every address"),
        ({"hosts": []}, "web: hosts: it has none"),
        ({"single_writer": True, "replicas": 2}, "web: replicas: it writes to a volume that has a single writer"),
        ({"single_writer": True, "update": {"order": "start_first"}}, "web: update.order: it writes"),
        ({"name": "w" * 55}, "name: a swarm has names of 63 characters at most"),
    ],
)
def test_faults(changes, fault):
    problems = swarm_records.find_problems([{**WEB, **changes}])
    assert [problem for problem in problems if fault in problem], problems
    with pytest.raises(HostError, match="nothing was changed"):
        swarm_records.parse_services([{**WEB, **changes}])


def test_a_name_is_given_once():
    assert swarm_records.find_problems([WEB, WEB]) == ["web: given 2 times; keep one"]
    assert swarm_records.find_problems([WEB, {**WEB, "name": "w" * 54}]) == []


def test_a_container_knows_its_number_in_the_words_of_the_swarm():
    (service,) = swarm_records.parse_services([{**WEB, "environment": {"A": "{instance}", "B": "{number}", "C": 1}}])
    assert service.unit.environment == (("A", "web-{{.Task.Slot}}"), ("B", "{{.Task.Slot}}"), ("C", "1"))
    assert (service.name, service.app, service.replicas, service.on_failure) == ("holdfast-web", "web", 1, "pause")


def test_members():
    labels = [{"kind": "app", "name": "web"}, {"kind": "volume", "name": "site"}]
    items = [
        {"name": "a", "address": "10.0.0.1", "labels": labels},
        {"name": "b", "address": "10.0.0.2", "fenced": True},
    ]
    first, second = swarm_records.parse_members(items)
    assert first.labels == ("io.holdfast.app.web", "io.holdfast.volume.site")
    assert (first.role, first.availability, first.fenced) == ("worker", "active", False)
    assert (second.labels, second.fenced) == (None, True)
