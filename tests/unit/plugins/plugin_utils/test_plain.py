# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import yaml
from ansible_collections.holdfast.volumes.plugins.plugin_utils.plain import make_plain


class Tagged(str):
    """A text that knows where it comes from."""


def test_yaml_can_say_what_was_made_plain():
    plain = make_plain({Tagged("name"): [Tagged("web"), 1, None, True]})
    assert yaml.safe_load(yaml.safe_dump(plain)) == {"name": ["web", 1, None, True]}
    assert not isinstance(plain["name"][0], Tagged)
