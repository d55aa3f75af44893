# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import export_plan
from ansible_collections.holdfast.volumes.plugins.module_utils.export_state import State
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import parse

CASES = sorted((Path(__file__).parent / "data/export_plan").glob("*.yml"))


@pytest.mark.parametrize("path", CASES, ids=[case.stem for case in CASES])
def test_plan(path):
    case = yaml.safe_load(path.read_text())
    current = State(case["current"]["text"], tuple(one for line in case["current"]["missing"] for one in parse(line)))
    change = export_plan.plan(current, export_plan.desired({"exports": case["desired"]}))
    assert change.result()["steps"] == case["steps"]
    assert change.before == case.get("before", case["current"]["text"] or "")
    assert bool(change) is (change.before != change.after or "Written" in change.before)
