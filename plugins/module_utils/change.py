# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan is made of: the difference between current and desired, and the steps that close it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing to do: ``action`` is a verb of the module, ``name`` what it is done to, ``args`` the rest."""

    action: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """Before, after and the steps between; falsy when there is nothing to do."""

    before: Any
    after: Any
    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def result(self) -> dict[str, Any]:
        """The part of a module's result that is the same in check mode and in a run."""
        return {
            "changed": bool(self),
            "diff": {"before": self.before, "after": self.after},
            "steps": [f"{step.action} {step.name}" for step in self.steps],
        }
