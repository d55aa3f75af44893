# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module selinux_contexts is asked for, and what is wrong with that. Pure."""

from __future__ import annotations

import re
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_plan import Desired
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_rules import make_rule

ARGUMENTS = {
    "file_contexts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "target": {"type": "str", "required": True},
            "type": {"type": "str", "required": True},
            "level": {"type": "str", "default": "s0"},
            "ftype": {"type": "str", "choices": ["a", "f", "d", "c", "b", "s", "l", "p"], "default": "a"},
        },
    },
    "booleans": {"type": "dict", "default": {}},
    "policy_modules": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "cil": {"type": "str", "required": True}},
    },
    "timeout": {"type": "float", "default": 900},
}


def desired(params: dict[str, Any]) -> Desired:
    rules = [make_rule(c["target"], c["type"], c["level"], c["ftype"]) for c in params["file_contexts"]]
    modules = [module["name"] for module in params["policy_modules"]]
    for what, names in (("file context", [rule.key for rule in rules]), ("policy module", modules)):
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise HostError(f"{what} {', '.join(twice)} is given more than once; keep one of them")
    for name in modules:
        if re.fullmatch(r"holdfast\w*", name) is None:
            raise HostError(f"policy module {name!r}: the collection's own begin with holdfast; rename it")
    booleans = {name: _parse_boolean(name, value) for name, value in params["booleans"].items()}
    return Desired(tuple(rules), booleans, {m["name"]: m["cil"] for m in params["policy_modules"]})


def _parse_boolean(name: str, value: Any) -> bool:
    if re.fullmatch(r"\w+", name) is None:
        raise HostError(f"{name!r} is no name of a boolean; getsebool -a lists those of this host")
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise HostError(f"boolean {name}: {value!r} is neither true nor false") from error
