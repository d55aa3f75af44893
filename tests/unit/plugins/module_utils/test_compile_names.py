# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_names import find_labels


def test_a_label_stays_and_an_underscore_becomes_a_dash():
    assert find_labels(["web", "web_ops", "db-"]) == {"web": "web", "web_ops": "web-ops", "db-": "db"}


def test_names_that_meet_are_kept_apart():
    labels = find_labels(["web-ops", "web_ops", "web.ops"])
    assert labels["web-ops"] == "web-ops"
    assert len(set(labels.values())) == 3
    assert all(label.startswith("web-ops") for label in labels.values())


def test_a_label_depends_on_no_order():
    names = ["web_ops", "web-ops"]
    assert find_labels(names) == find_labels(reversed(names))


def test_a_long_name_is_cut_and_still_ends_well():
    (label,) = find_labels(["a" * 58 + "_____"], 60).values()
    assert label == "a" * 58
    both = find_labels(["a" * 63, "a" * 60 + "_b"], 60)
    assert len(set(both.values())) == 2
    assert all(len(label) <= 60 for label in both.values())
