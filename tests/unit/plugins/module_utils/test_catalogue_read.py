# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_read import read_catalogue

APP = {"engine": "podman", "image": "nginx", "hosts": "all"}
SITE = {"volume": "site", "target": "/a"}


def read(**sections):
    problems = Problems()
    entries = {
        section: {name: (Place("c.yml", f"{section}.{name}"), raw) for name, raw in sections.get(section, {}).items()}
        for section in ("stores", "volumes", "apps")
    }
    return read_catalogue(entries, problems), [str(problem) for problem in problems.found]


def test_a_volume_lies_in_its_store_under_its_name_and_belongs_to_its_owner():
    catalogue, problems = read(volumes={"site": {"store": "main", "owner": 1000}})
    assert problems == []
    assert (catalogue.volumes["site"].path, catalogue.volumes["site"].group) == ("site", 1000)


def test_bindings_as_text_and_as_mappings():
    volumes = ["site:/a:ro", {"volume": "site", "target": "/b", "subpath": "x"}, {"volume": "site", "path": "/c"}]
    catalogue, problems = read(apps={"web": {**APP, "volumes": volumes}})
    assert problems == []
    found = [(bind.target, bind.subpath, bind.read_only) for bind in catalogue.apps["web"].bindings]
    assert found == [("/a", "", True), ("/b", "x", False), ("/c", "", False)]
    assert catalogue.apps["web"].bindings[1].place.key == "apps.web.volumes[1]"


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ("site:/a", "apps.web.volumes: it is no list"),
        ([5], "apps.web.volumes[0]: 5 is no binding"),
        (["{{ v }}"], "apps.web.volumes[0]: it is a template"),
        ([{**SITE, "attach": "{{ v }}"}], "apps.web.volumes[0].attach: it is a template"),
        (
            [{**SITE, "attach": "docker"}],
            "apps.web.volumes[0].attach: 'docker' is not known here; use one of host, engine",
        ),
        (["site:/a", "site:b"], "apps.web.volumes[1]: 'b' is not an absolute path"),
        ([{"volume": "site"}], "apps.web.volumes[0].target: it is missing"),
        ([{"volume": "site", "target": "/a", "path": "/b"}], 'apps.web.volumes[0].path: unknown key "path"'),
        ([{"volume": "site", "target": "/a", "subpath": "../x"}], "apps.web.volumes[0].subpath: '../x' leads out"),
    ],
)
def test_refuses_bindings(volumes, expected):
    catalogue, problems = read(apps={"web": {**APP, "volumes": volumes}})
    assert len(problems) == 1
    assert problems[0].startswith(f"c.yml: {expected}")
    assert catalogue.malformed == {("apps", "web")}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"stores": {"main": "nfs"}}, "stores.main: it is no mapping"),
        ({"stores": {"main": {"path": "/a"}}}, "stores.main.type: nothing is no type of store"),
        ({"stores": {"main": {"type": "tape"}}}, "stores.main.type: 'tape' is no type of store"),
        ({"stores": {"main": {"type": "efs"}}}, "stores.main.file_system_id: nothing says where the file system is"),
        ({"stores": {"main": {"type": ["nfs"]}}}, "stores.main.type: a list is no type of store"),
        ({"volumes": {"Site": {"store": "main", "owner": 1}}}, "volumes.Site: 'Site' is no name"),
        ({"volumes": {"{{ n }}": {"store": "main", "owner": 1}}}, "volumes.{{ n }}: '{{ n }}' is no name"),
        ({"volumes": {"site": None}}, "volumes.site: it is no mapping"),
        ({"apps": {"web": ["nginx"]}}, "apps.web: it is no mapping"),
    ],
)
def test_refuses_entries(sections, expected):
    catalogue, problems = read(**sections)
    assert len(problems) == 1
    assert problems[0].startswith(f"c.yml: {expected}")
    assert len(catalogue.malformed) == 1


def test_well_formed_entries_survive_others():
    catalogue, problems = read(apps={"web": APP, "bad": {}}, volumes={"bad": {}})
    assert list(catalogue.apps) == ["web"]
    assert catalogue.malformed == {("apps", "bad"), ("volumes", "bad")}
    assert len(problems) == 5


def test_a_digest_is_part_of_the_name_but_for_nspawn():
    pinned = {"name": "nginx", "digest": "sha256:" + "a" * 64}
    catalogue, problems = read(
        apps={
            "one": {**APP, "image": pinned},
            "two": {**APP, "engine": "nspawn", "image": {**pinned, "url": "http://h/root.tar"}},
            "three": {**APP, "image": "{{ whole }}"},
        }
    )
    assert problems == []
    found = [(app.image, app.image_digest) for app in catalogue.apps.values()]
    assert found == [
        (f"nginx@{pinned['digest']}", ""),
        ("nginx", pinned["digest"]),
        ("{{ whole }}", ""),
    ]


def test_a_tag_and_a_digest_are_refused_with_their_place():
    image = {"name": "nginx:1", "digest": "sha256:" + "a" * 64}
    dummy_catalogue, problems = read(apps={"web": {**APP, "image": image}})
    assert problems[0].startswith('c.yml: apps.web.image: "nginx:1" has a tag or digest of its own')
