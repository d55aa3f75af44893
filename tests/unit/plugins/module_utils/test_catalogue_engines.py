# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_engines import check_engines
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Problems
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check

LOCAL = {"type": "directory", "path": "/data/stores"}


def problems_of(image, store=None, **app):
    """The problems of one app of nspawn beside a volume, in a directory of its host unless told otherwise."""
    case = {
        "addresses": {"app1": "10.0.0.11"},
        "catalogue": {
            "stores": {"main": store or LOCAL},
            "volumes": {"rows": {"store": "main", "owner": 70}},
            "apps": {"web": {"engine": "nspawn", "image": image, "hosts": "app1", "command": "nginx", **app}},
        },
    }
    catalogue = check(case)[0]
    problems = Problems()
    check_engines(catalogue, problems)
    return [(problem.place.key, problem.what) for problem in problems.found]


@pytest.mark.parametrize(
    "path",
    ["/", "/srv", "/usr/local/root", "/var/lib", "/root/images", "/srv/holdfast/site", "/var/lib/holdfast/images/x"],
)
def test_what_is_not_an_images_alone_gets_no_label_of_an_image(path):
    ((key, what),) = problems_of({"name": "nginx", "directory": path})
    assert key == "apps.web.image.directory"
    assert what.startswith(f"{path} holds more than a root image")


@pytest.mark.parametrize("path", ["/srv/images/nginx", "/var/lib/machines/nginx", "/data/stores/rows-image"])
def test_a_directory_of_its_own_is_fine(path):
    assert problems_of({"name": "nginx", "directory": path}) == []


@pytest.mark.parametrize("path", ["/data/stores", "/data/stores/rows", "/data/stores/rows/root"])
def test_an_image_is_no_data(path):
    ((dummy_key, what),) = problems_of({"name": "nginx", "directory": path})
    assert what.endswith("the volume rows at /data/stores/rows lie in one another")


@pytest.mark.parametrize("path", ["/data/stores", "/data/stores/a/b/image"])
def test_every_volume_around_or_inside_an_image_is_named(path):
    names = {"a": "a", "b": "a/b", "c": "a/b/c", "d": "d"}
    case = {
        "addresses": {"app1": "10.0.0.11"},
        "catalogue": {
            "stores": {"main": LOCAL},
            "volumes": {name: {"store": "main", "owner": 70, "path": below} for name, below in names.items()},
            "apps": {"web": {"engine": "nspawn", "image": {"name": "x", "directory": path}, "hosts": "app1"}},
        },
    }
    problems = Problems()
    check_engines(check(case)[0], problems)
    found = [problem.what.split()[4] for problem in problems.found if "lie in one another" in problem.what]
    assert found == (["a", "b", "c", "d"] if path == "/data/stores" else ["a", "b"])


@pytest.mark.parametrize(
    "store",
    [
        {"type": "nfs", "address": "filer", "path": "/data/stores"},
        {"type": "efs", "file_system_id": "fs-1234abcd", "region": "eu-west-1", "path": "/data/stores"},
    ],
    ids=lambda store: store["type"],
)
def test_the_path_on_a_server_of_others_is_no_path_of_this_host(store):
    assert problems_of({"name": "nginx", "directory": "/data/stores/rows"}, store) == []


def test_every_fault_of_an_app_has_its_place():
    found = problems_of("nginx", ports=["80:80"], user="www-data", volumes=["rows:/run"])
    assert [key for key, dummy_what in found] == [
        "apps.web.image",
        "apps.web.ports",
        "apps.web.user",
        "apps.web.volumes",
    ]
