# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import yaml
from ansible_collections.holdfast.volumes.plugins.plugin_utils.compiled_text import render_content


def test_a_text_stays_as_it_is():
    assert render_content("a: b\n") == "a: b\n"


def test_documents_are_read_back_as_they_were():
    shared = {"storage": "1Gi"}
    documents = [
        {"mode": "0750", "on": "no", "empty": "", "none": None, "switch": True, "number": 288, "long": "x " * 100},
        {"capacity": shared, "requests": shared, "name": "Größe"},
    ]
    text = render_content(documents)
    assert list(yaml.safe_load_all(text)) == documents
    assert text.startswith("# Managed by holdfast.volumes\n---\n")
    assert "&" not in text and "Größe" in text
