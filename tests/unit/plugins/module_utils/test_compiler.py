# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.compiler import TARGETS, compile_plan
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_hostvars

HOSTS = load_hostvars()
CATALOGUE = HOSTS["nfs1"]["holdfast_catalogue"]
SECRETS = ("pass%word", "pass%25word", "hello", "8081")


@pytest.mark.parametrize("engine", TARGETS)
def test_no_file_of_any_engine_has_a_secret_in_it(engine):
    output = compile_plan(engine, CATALOGUE, HOSTS)
    assert output.files
    assert not [(path, secret) for path, text in output.files.items() for secret in SECRETS if secret in str(text)]
    assert any("pass%word" in str(text) for text in output.confidential.values()) or engine == "systemd"


@pytest.mark.parametrize("engine", TARGETS)
def test_no_app_is_dropped_in_silence(engine):
    output = compile_plan(engine, CATALOGUE, HOSTS)
    text = str(output.files)
    for app in CATALOGUE["apps"]:
        left_out = [note for note in output.notes if note.subject == app and note.what.startswith("left out")]
        image = {"static": "holdfast-static"}.get(app, CATALOGUE["apps"][app]["image"])
        assert (image in text) != bool(left_out), app


@pytest.mark.parametrize("engine", TARGETS)
def test_a_catalogue_without_anything_is_no_error(engine):
    nothing = {"stores": {}, "volumes": {}, "apps": {}, "bindings": [], "resources": {}, "resource_bindings": []}
    output = compile_plan(engine, nothing, {"app1": {}})
    assert output.files == output.confidential == {}


def test_an_engine_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no engine docker-swarm; there are compose, docker"):
        compile_plan("docker-swarm", CATALOGUE, HOSTS)
