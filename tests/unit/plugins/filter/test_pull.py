from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter.pull import FilterModule


def test_what_templates_may_call():
    assert sorted(FilterModule().filters()) == ["pull_problems", "pull_service", "pull_timer"]
