# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the exports of a host become the wanted ones. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.export_rules import RISKS, find_problems, parse_items
from ansible_collections.holdfast.volumes.plugins.module_utils.export_state import PATH, State
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import Export, render, render_line
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

ARGUMENTS = {
    "exports": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "path": {"type": "path", "required": True},
            "accept": {"type": "list", "elements": "str", "choices": list(RISKS), "default": []},
            "clients": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "host": {"type": "str", "required": True},
                    "options": {"type": "list", "elements": "str", "default": []},
                },
            },
        },
    },
}


def desired(params: dict[str, Any]) -> list[Export]:
    """The wanted pairs of path and client; HostError names everything that is wrong with them."""
    problems = find_problems(params["exports"])
    if problems:
        raise HostError("; ".join(problems))
    return parse_items(params["exports"])


def plan(current: State, wanted: list[Export]) -> Change:
    """Write when the text differs, load when the text or the server's table does, remove when nothing is wanted."""
    after = render(wanted) if wanted else ""
    steps = []
    if current.text != (after or None):
        steps = [Step("write", PATH), Step("load", "exports")]
    elif current.missing:
        steps = [Step("load", "exports")]
    if steps and not wanted:
        steps.append(Step("remove", PATH))
    return Change(_without(current.text or "", current.missing), after, tuple(steps))


def _without(text: str, missing: tuple[Export, ...]) -> str:
    unserved = {render_line(export) for export in missing}
    return "".join(line for line in text.splitlines(keepends=True) if line.rstrip("\n") not in unserved)
