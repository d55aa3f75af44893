# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_binding import parse_binding, render_binding
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Binding, Place
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit

PLACE = Place("c.yml", "apps.web.volumes[0]")


@pytest.mark.parametrize(
    ("text", "target", "read_only"),
    [
        ("site:/srv/www", "/srv/www", False),
        ("site:/srv/www:rw", "/srv/www", False),
        ("site:/srv/www:ro", "/srv/www", True),
        ("site://srv///www/", "/srv/www", False),
    ],
)
def test_parses(text, target, read_only):
    assert parse_binding(text, PLACE) == Binding(PLACE, "site", target, "", read_only)


@pytest.mark.parametrize("text", ["site:/srv/www", "site:/srv/www:ro"])
def test_renders_what_it_parsed(text):
    assert render_binding(parse_binding(text, PLACE)) == text


def test_renders_a_sub_path():
    assert render_binding(Binding(PLACE, "site", "/w", "static/css", True)) == "site/static/css:/w:ro"


@pytest.mark.parametrize(
    ("text", "what", "way_out"),
    [
        ("site", "no binding", "volume:/target"),
        ("site:/a:ro:x", "no binding", "volume:/target"),
        ("/etc:/etc", "a path of the host", "type directory"),
        ("./x:/etc", "a path of the host", "type directory"),
        ("site/css:/w", "no name of a volume", "subpath"),
        ("Site:/w", "no name", "a-z"),
        ("site:w", "not an absolute path", "/"),
        ("site:/", "root of a container", "/data"),
        ("site:/a/../b", '".."', "without"),
        ("site:/w:z", "relabels", "SELinux level"),
        ("site:/w:ro,Z", "relabels", "SELinux level"),
        ("site:/w:U", "not known", "ro, rw"),
        ("site:/w:ro,rw", "contradict", "one of"),
        ("site:/w:", "not known", "ro, rw"),
    ],
)
def test_refuses(text, what, way_out):
    with pytest.raises(Unfit) as caught:
        parse_binding(text, PLACE)
    ((below, said, advice),) = caught.value.findings
    assert below == ""
    assert what in said
    assert way_out in advice
