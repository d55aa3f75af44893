# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import catalogue_container as container
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (container.read_image, "nginx", "nginx"),
        (container.read_image, "localhost:5000/a/nginx:1", "localhost:5000/a/nginx:1"),
        (container.read_digest, "sha256:" + "a" * 64, "sha256:" + "a" * 64),
        (container.read_port, "8080:80", "8080:80"),
        (container.read_port, "[::1]:53:53/udp", "[::1]:53:53/udp"),
        (container.read_user, 1000, "1000"),
        (container.read_user, "www-data:33", "www-data:33"),
        (container.read_variable, 5432, "5432"),
        (container.read_variable, "", ""),
        (container.read_variables, {"A": 1, "B": "{{ b }}"}, {"A": "1", "B": "{{ b }}"}),
        (container.read_command, "sh -c 'a b'", ["sh", "-c", "a b"]),
        (container.read_command, ["sleep", 5], ["sleep", "5"]),
        (container.read_capability, "cap_net_bind_service", "NET_BIND_SERVICE"),
        (container.read_tmpfs, "/run", "/run"),
        (container.read_tmpfs, "/run:size=64m,mode=1777", "/run:size=64m,mode=1777"),
    ],
)
def test_reads(read, value, expected):
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value", "what"),
    [
        (container.read_image, ":1", "has no name"),
        (container.read_image, "registry/", "has no name"),
        (container.read_image, "registry/:1", "has no name"),
        (container.read_image, "a b", "is no image"),
        (container.read_image, "", "is not the name of an image"),
        (container.read_digest, "sha256:abc", "is no digest"),
        (container.read_port, "80", "publishes no port"),
        (container.read_port, "8082-8080:80", "publishes no port"),
        (container.read_port, "65535-65536:80", "publishes no port"),
        (container.read_port, "8080:80-81", "publishes no port"),
        (container.read_port, "0:80", "publishes no port"),
        (container.read_port, "65536:80", "publishes no port"),
        (container.read_port, "a:80", "publishes no port"),
        (container.read_port, "80:80/sctp", "publishes no port"),
        (container.read_port, 8080, "publishes no port"),
        (container.read_user, "a b", "is no user"),
        (container.read_variable, True, "true is no text"),
        (container.read_variable, "a\nb", "more than one line"),
        (container.read_variables, ["A=b"], "no mapping"),
        (container.read_variables, {"A B": "c"}, "no name of a variable"),
        (container.read_command, "sh -c 'a", "cannot be split"),
        (container.read_capability, "NET-BIND", "is no capability"),
        (container.read_tmpfs, "run", "not an absolute path"),
        (container.read_tmpfs, "/run:size=64m,", "is no option"),
    ],
)
def test_refuses(read, value, what):
    with pytest.raises(Unfit) as caught:
        read(value)
    assert what in caught.value.findings[0][1]
    assert caught.value.findings[0][2]


def test_every_variable_is_reported():
    with pytest.raises(Unfit) as caught:
        container.read_variables({"A": True, "B C": "x", "D": None})
    assert [below for below, _what, _way_out in caught.value.findings] == [".A", ".B C", ".D"]


def test_a_secret_is_not_repeated():
    with pytest.raises(Unfit) as caught:
        container.read_variables({"PASSWORD": "line one\nline two"})
    assert "line one" not in str(caught.value.findings)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("8080:80", ("", 8080, "tcp")),
        ("0.0.0.0:8080:80/tcp", ("", 8080, "tcp")),
        ("[::1]:53:53/udp", ("::1", 53, "udp")),
        ("127.0.0.1:8080-8082:80", ("127.0.0.1", 8080, "tcp")),
        ("127.0.0.1:53:53/udp", ("127.0.0.1", 53, "udp")),
    ],
)
def test_parses_ports(text, parsed):
    assert container.parse_port(text) == parsed
