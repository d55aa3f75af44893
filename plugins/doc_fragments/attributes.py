# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module of the collection says about check mode, diff mode and platform."""

from __future__ import annotations


class ModuleDocFragment:
    # Modules that change a host.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return the changed status it would have returned.
  diff_mode:
    support: full
    description: Returns what has changed, or what would change, when in diff mode.
  platform:
    support: full
    platforms: posix
    description: Target systems that the module can run on.
"""

    # Modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode; the module changes nothing in any mode.
  diff_mode:
    support: N/A
    description: There is no difference to return, since nothing is changed.
  platform:
    support: full
    platforms: posix
    description: Target systems that the module can run on.
"""
