# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.hcl import Block, Reference, render


def test_blocks_and_attributes():
    job = Block("job", [("type", "batch"), Block("group", [("count", 2)], ["a b"])], ["x"])
    assert render([("id", "y"), job]) == (
        'id = "y"\njob "x" {\n  type = "batch"\n  group "a b" {\n    count = 2\n  }\n}\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", '"plain"'),
        ('a "b" \\ c\n', '"a \\"b\\" \\\\ c\\n"'),
        ("${HOME} %{if} $5 100%", '"$${HOME} %%{if} $5 100%"'),
        (Reference("${attr.x}"), '"${attr.x}"'),
        ("Ü", '"Ü"'),
        (True, "true"),
        (3, "3"),
        (["a", 1, False], '["a", 1, false]'),
        ({"a": 1, "b.c": "x"}, '{\n  a = 1\n  "b.c" = "x"\n}'),
    ],
)
def test_values(value, text):
    assert render([("key", value)]) == f"key = {text}\n"


def test_a_mapping_inside_a_block_is_indented():
    assert render([Block("a", [("b", {"c": {"d": 1}})])]) == "a {\n  b = {\n    c = {\n      d = 1\n    }\n  }\n}\n"
