# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled files as text: the documents of a YAML file, and every other text as it is."""

from __future__ import annotations

import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_files import Content
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import MARKER


class Dumper(yaml.SafeDumper):
    """Writes what is said twice twice: people read these files, and no anchor is in any example of an engine."""

    def ignore_aliases(self, data: object) -> bool:
        """Of nothing."""
        return True


def render_content(content: Content) -> str:
    """The text of a file."""
    if isinstance(content, str):
        return content
    documents = yaml.dump_all(
        content, Dumper=Dumper, sort_keys=False, width=120, explicit_start=True, allow_unicode=True
    )
    return f"{MARKER}\n{documents}"
