# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of Ansible as those of Python."""

from __future__ import annotations

import json
from typing import Any


def make_plain(value: Any) -> Any:
    """Values of Ansible know where they come from, and may be trusted as templates; YAML cannot say that."""
    return json.loads(json.dumps(value))
