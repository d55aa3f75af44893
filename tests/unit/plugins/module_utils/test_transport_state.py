# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from unittest import mock

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import transport_state
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System

RELEASE = "6.12.117+deb13-cloud-amd64"
BUILT = "CONFIG_NET=y\nCONFIG_NET_HANDSHAKE=y\n# CONFIG_NET_HANDSHAKE_KUNIT_TEST is not set\n"


def look(files):
    system = mock.create_autospec(System, instance=True)
    system.read.side_effect = files.get
    system.stat.side_effect = lambda path: True if path in files else None
    return transport_state.read(system)


def test_a_host_that_has_all():
    found = look(
        {
            transport_state.RELEASE: f"{RELEASE}\n",
            f"/boot/config-{RELEASE}": BUILT,
            transport_state.CERTIFICATE: "PEM",
            transport_state.KEY: "secret",
            transport_state.KEYTAB: "secret",
        }
    )
    kernel = {"release": RELEASE, "handshake": True}
    assert found == {"kernel": kernel, "certificate": "PEM", "key": True, "keytab": True}


def test_a_host_that_has_nothing():
    kernel = {"release": "", "handshake": False}
    assert look({}) == {"kernel": kernel, "certificate": "", "key": False, "keytab": False}


@pytest.mark.parametrize(
    ("release", "built", "answer"),
    [
        ("5.14.0-503.el9", BUILT, True),
        ("6.12.1", "# CONFIG_NET_HANDSHAKE is not set\n", False),
        ("6.12.1", "CONFIG_NET_HANDSHAKE_KUNIT_TEST=y\n", False),
        ("6.5.0-1-generic", None, True),
        ("6.4.9", None, False),
        ("10.0", None, True),
        ("", None, False),
    ],
)
def test_a_kernel_is_asked_how_it_was_built_and_believed_by_its_release_otherwise(release, built, answer):
    assert transport_state.can_shake_hands(release, built) is answer


def test_the_second_place_of_the_configuration_is_looked_at():
    files = {transport_state.RELEASE: "5.14.0\n", "/lib/modules/5.14.0/config": BUILT}
    assert look(files)["kernel"]["handshake"] is True
