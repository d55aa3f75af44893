from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.filter import certificate


def test_one_record_is_rendered_in_every_form():
    filters = certificate.FilterModule().filters()
    evidence = [{"host": "app1", "left": {"witnesses": []}, "extra": [{"title": "rows of a table", "holds": True}]}]
    record = filters["certificate_record"](evidence, run="run1", marks={}, catalogue={})
    assert record["holds"]
    for form in ("json", "junit", "html"):
        assert "rows of a table" in filters[f"certificate_{form}"](record)
    assert filters["certificate_table"](record)[-1].startswith("HELD FAST")
