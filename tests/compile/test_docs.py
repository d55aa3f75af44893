"""The listings of docs/orchestrators.md are what the playbook writes."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"

ENGINES = {
    "systemd",
    "docker",
    "podman",
    "compose",
    "kube-play",
    "kubernetes",
    "kubernetes-csi",
    "nomad",
    "marathon",
    "swarm",
}


def test_every_listing_is_a_part_of_its_file(example):
    text = (DOCS / "orchestrators.md").read_text(encoding="utf-8")
    listings = re.findall(r"(?m)^`([\w/.-]+)`[^\n]*:\n```\w*\n(.*?)\n```$", text, re.DOTALL)
    assert {path.partition("/")[0] for path, _listing in listings} == ENGINES
    assert [path for path, listing in listings if listing not in example[path]] == []
