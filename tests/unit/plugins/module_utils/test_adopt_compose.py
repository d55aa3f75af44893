# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_compose import (
    find_environment_files,
    find_project,
    find_volumes,
    parse_service,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Bind

PATH = "/opt/shop/compose.yaml"
TEXT = """
services:
  web:
    image: nginx:1
    command: nginx -g "daemon off;" --key=secret
    environment: {TOKEN: secret, MODE: null}
    env_file: [web.env, {path: /etc/other.env}]
    ports: ["8080:80", "127.0.0.1:53:53/udp", {target: 90, published: "90", host_ip: 10.0.0.1}, "70"]
    user: "1000"
    cap_add: [NET_RAW]
    tmpfs: /tmp
    volumes:
      - site:/srv/www:ro
      - ./html:/srv/html
      - /anonymous
      - {type: volume, source: far, target: /far, read_only: true}
    depends_on: [db]
  later: {image: "registry/${NAME}:1", profiles: [tools], environment: ["A=secret"]}
volumes:
  site:
    driver_opts: {type: nfs, o: "addr=10.77.0.11,rw", device: ":/srv/site"}
  far: {external: true}
  rows: {name: precious}
"""
DATA = yaml.safe_load(TEXT)


def test_a_service_is_read_without_a_value_of_its_environment():
    box = parse_service(PATH, DATA, "web", ["LATER"])
    assert (box.name, box.image, box.user, box.start) == ("web", "nginx:1", "1000", "boot")
    assert box.origin == "the service web in /opt/shop/compose.yaml"
    assert box.ports == ("8080:80", "127.0.0.1:53:53/udp", "10.0.0.1:90:90")
    assert box.variables == ("LATER", "MODE", "TOKEN")
    assert box.capabilities == ("NET_RAW",)
    assert box.binds == (
        Bind("/srv/www", volume="shop_site", read_only=True),
        Bind("/srv/html", path="/opt/shop/html"),
        Bind("/far", volume="far", read_only=True),
    )
    assert box.unsaid == ("depends_on", "a port without a number of the host")
    assert (box.commanded, box.command) == (True, ())
    assert "secret" not in repr(box)
    assert parse_service(PATH, DATA, "web", None, True).command[-1] == "--key=secret"


def test_a_service_of_a_profile_is_on_demand_and_a_variable_no_image():
    box = parse_service(PATH, DATA, "later")
    assert (box.start, box.image, box.variables) == ("on_demand", "", ("A",))


def test_volumes_have_the_names_that_docker_gives_them():
    found = {share.name: (share.source, share.file) for share in find_volumes(PATH, DATA)}
    assert found == {
        "shop_site": ("10.77.0.11:/srv/site", PATH),
        "far": ("", PATH),
        "precious": ("", PATH),
    }


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (DATA["services"]["web"], ["/opt/shop/web.env", "/etc/other.env"]),
        ({"env_file": "a.env"}, ["/opt/shop/a.env"]),
        ({}, []),
    ],
)
def test_environment_files_are_found_beside_the_file(service, expected):
    assert find_environment_files(PATH, service) == expected


def test_a_project_is_called_as_its_file_or_its_directory_says():
    assert (find_project(PATH, {}), find_project(PATH, {"name": "x"})) == ("shop", "x")
