# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HCL2, the language of Nomad's files: attributes and blocks as text. Pure.

https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

_INDENT = "  "
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Block:
    """``kind "label" { ... }``; the body is in the order in which it is written."""

    kind: str
    body: Sequence[Item]
    labels: Sequence[str] = ()


@dataclass(frozen=True)
class Reference:
    """A text that Nomad fills in at run time, such as ``${attr.unique.hostname}``: nothing in it is escaped."""

    text: str


# (name, value) or a block
Item = Union[tuple[str, Any], Block]


def render(items: Sequence[Item]) -> str:
    """The text of a file."""
    return "".join(_render_item(item, "") for item in items)


def _render_item(item: Item, indent: str) -> str:
    if isinstance(item, Block):
        head = " ".join([item.kind, *map(_quote, item.labels)])
        body = "".join(_render_item(one, indent + _INDENT) for one in item.body)
        return f"{indent}{head} {{\n{body}{indent}}}\n"
    name, value = item
    return f"{indent}{name} = {_render_value(value, indent)}\n"


def _render_value(value: Any, indent: str) -> str:
    if isinstance(value, Reference):
        return json.dumps(value.text, ensure_ascii=False)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, Mapping):
        inner = "".join(
            f"{indent}{_INDENT}{_render_key(k)} = {_render_value(v, indent + _INDENT)}\n" for k, v in value.items()
        )
        return f"{{\n{inner}{indent}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_render_value(one, indent) for one in value)}]"
    return json.dumps(value)


def _render_key(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) else _quote(key)


def _quote(text: str) -> str:
    # JSON's escapes are a part of HCL's; beside them HCL opens templates with ${ and %{.
    return re.sub(r"([$%])\{", r"\1\1{", json.dumps(text, ensure_ascii=False))
