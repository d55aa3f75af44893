# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import transports


@pytest.mark.parametrize(
    ("transport", "connection", "export", "mount"),
    [
        ("plain", "plain", ["sec=sys"], []),
        ("plain", "tls", ["sec=sys"], ["xprtsec=tls"]),
        ("tls", "tls", ["sec=sys", "xprtsec=tls:mtls"], ["xprtsec=tls"]),
        ("tls", "mtls", ["sec=sys", "xprtsec=tls:mtls"], ["xprtsec=mtls"]),
        ("mtls", "mtls", ["sec=sys", "xprtsec=mtls"], ["xprtsec=mtls"]),
        ("krb5", "plain", ["sec=krb5"], ["sec=krb5"]),
        ("krb5i", "plain", ["sec=krb5i"], ["sec=krb5i"]),
        ("krb5p", "mtls", ["sec=krb5p"], ["sec=krb5p", "xprtsec=mtls"]),
    ],
)
def test_options_of_exports_and_mounts(transport, connection, export, mount):
    assert transports.plan_export(transport) == export
    assert transports.plan_mount(transport, connection) == mount


@pytest.mark.parametrize(
    ("asked", "connection"),
    [([], "plain"), (["krb5p", "plain"], "plain"), (["tls", "plain"], "tls"), (["tls", "mtls", "tls"], "mtls")],
)
def test_the_strongest_tls_is_the_connection_of_all(asked, connection):
    assert transports.find_connection(asked) == connection
