# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.holdfast.volumes.plugins.filter.compiled import compile_all, compile_for
from ansible_collections.holdfast.volumes.plugins.module_utils.compiler import TARGETS
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import DATA
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_hostvars

HOSTVARS = load_hostvars()


def show(files):
    """Files as one text, as ``tail -n +1`` shows them."""
    return "\n".join(f"==> {path} <==\n{text}" for path, text in sorted(files.items()))


@pytest.mark.parametrize("engine", TARGETS)
def test_the_files_of_an_engine(engine):
    expected = (DATA / "compile" / f"{engine}.txt").read_text(encoding="utf-8")
    output = compile_all(HOSTVARS, list(HOSTVARS), [engine], values=True)
    assert show({**output["files"], **output["confidential"]}) == expected


def test_values_are_given_only_to_those_who_ask():
    assert compile_for(HOSTVARS, "kubernetes", list(HOSTVARS))["confidential"] == {}
    assert list(compile_for(HOSTVARS, "kubernetes", list(HOSTVARS), values=True)["confidential"]) == ["secrets.yaml"]
    assert compile_all(HOSTVARS, list(HOSTVARS))["confidential"] == {}


def test_the_filter_docs_name_every_engine():
    path = DATA.parents[4] / "plugins" / "filter" / "compile_for.yml"
    documented = yaml.safe_load(path.read_text(encoding="utf-8"))["DOCUMENTATION"]["options"]["engine"]["choices"]
    assert documented == list(TARGETS)


def test_every_engine_has_a_directory_with_its_notes():
    output = compile_all(HOSTVARS, list(HOSTVARS))
    assert {path.partition("/")[0] for path in output["files"]} == set(TARGETS)
    assert all(f"{engine}/notes.txt" in output["files"] for engine in TARGETS)
    assert {note["engine"] for note in output["notes"]} == set(TARGETS)


def test_a_single_host_will_do():
    output = compile_for(HOSTVARS, "podman", "app1")
    assert {path.partition("/")[0] for path in output["files"]} == {"app1"}
    assert {note["subject"] for note in output["notes"] if "were not given" in note["what"]} == {
        "keeper",
        "shop",
        "web_ops",
    }


def test_a_namespace_reaches_the_objects():
    output = compile_for(HOSTVARS, "kubernetes", list(HOSTVARS), namespace="apps")
    documents = list(yaml.safe_load_all(output["files"]["apps.yaml"]))
    assert {one["metadata"]["namespace"] for one in documents} == {"apps"}


@pytest.mark.parametrize(
    ("hostvars", "engine", "what"),
    [({"app1": {}}, "nomad", "give an inventory with a catalogue"), (HOSTVARS, "helm", "no engine helm")],
)
def test_what_cannot_be_compiled_is_said(hostvars, engine, what):
    with pytest.raises(AnsibleFilterError, match=what):
        compile_for(hostvars, engine, list(hostvars))
