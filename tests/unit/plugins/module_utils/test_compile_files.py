# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import (
    prune,
    render_confidential,
    render_json,
    render_notes,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_model import Note
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan


def test_nothing_but_what_is_empty_is_pruned():
    kept = {"a": 0, "b": False, "c": "x", "d": ["y"]}
    assert prune({**kept, "e": None, "f": "", "g": [], "h": {}, "i": ()}) == kept


def test_notes_say_each_sentence_once():
    notes = [Note("a", "it cannot"), Note("b", "it cannot"), Note("a", "it cannot"), Note("c", "nor this")]
    assert render_notes(notes) == "a, b: it cannot\nc: nor this\n"
    assert render_notes([]) == "Nothing is left out.\n"


def test_json_is_for_people():
    assert render_json({"a": "ü"}) == '{\n  "a": "ü"\n}\n'


def test_confidential_files_have_the_values():
    files = render_confidential(load_plan().apps)
    assert files["env/web.env"] == '# Managed by holdfast.volumes\nDEBUG=true\nGREETING=say "hello" for $5\n'
    assert files["secrets/shop/orders-url"] == "postgresql://shop:pass%25word@10.0.0.11:5432/orders"
    assert "ORDERS_PASSWORD_FILE" not in files["env/shop.env"]
