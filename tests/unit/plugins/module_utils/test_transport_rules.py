# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.transport_rules import (
    NEEDED,
    find_problems,
    find_refusals,
)

NOTHING = {
    "client": [],
    "server": [],
    "authority": "",
    "certificate_days": 365,
    "ca_file": "",
    "certificate_file": "",
    "key_file": "",
    "keytab_file": "",
}
GIVEN = {"ca_file": "ca.pem", "certificate_file": "host.pem", "key_file": "host.key"}
STATE = {"kernel": {"release": "6.12.1", "handshake": True}, "certificate": "", "key": False, "keytab": True}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"client": ["krb5p"], "server": ["krb5"]},
        {"client": ["mtls"], "authority": "authority"},
        {"client": ["mtls"], **GIVEN},
        {"server": ["tls"], **GIVEN},
        {"client": ["tls"], "ca_file": "ca.pem"},
    ],
)
def test_what_can_be_had(settings):
    assert find_problems({**NOTHING, **settings}) == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"client": ["ssl"], "server": ["plain"]},
            "nfs_transport_client: 'ssl' is no transport; use some of tls, mtls, krb5, krb5i, krb5p",
        ),
        (
            {"client": ["tls"]},
            "TLS needs certificates and nfs_transport_ca_file is not set; name files of the controller there, or set "
            "nfs_transport_authority to a directory of it, where the collection keeps an authority of its own",
        ),
        (
            {"server": ["tls"], "ca_file": "ca.pem"},
            "TLS needs certificates and nfs_transport_certificate_file and nfs_transport_key_file are not set; name "
            "files of the controller there, or set nfs_transport_authority to a directory of it, where the collection "
            "keeps an authority of its own",
        ),
        (
            {"client": ["mtls"], "authority": "a", **GIVEN},
            "nfs_transport_authority is set, and so is nfs_transport_ca_file: keep the first, where the collection "
            "makes certificates, or the second, where you have them",
        ),
        ({"certificate_days": "0"}, "nfs_transport_certificate_days must be 1 or more"),
    ],
)
def test_what_cannot(settings, problem):
    assert find_problems({**NOTHING, **settings})[0] == problem


def test_every_wrong_word_is_named():
    assert len(find_problems({**NOTHING, "client": ["ssl"], "server": ["plain", "mtls"], **GIVEN})) == 2


OLD = {**STATE, "kernel": {"release": "5.10.1", "handshake": False}}
NO_KEYTAB = {**STATE, "keytab": False}


@pytest.mark.parametrize(
    ("words", "settings", "state", "refused", "begin"),
    [
        ([], {}, OLD, {"tls": "too old", "krb5": "unknown"}, None),
        (["mtls"], {}, STATE, {"krb5": "unknown"}, None),
        (["krb5p"], {}, {**OLD, "keytab": True}, {"tls": "too old"}, None),
        (["krb5p"], {"keytab_file": "k"}, NO_KEYTAB, {}, None),
        (["tls"], {}, OLD, {}, f"its kernel, 5.10.1, shakes no hands for TLS; {NEEDED}"),
        (["tls"], {}, STATE, {"tls": "too old"}, f"too old; {NEEDED}"),
        (["krb5"], {}, STATE, {"krb5": "unknown"}, "unknown"),
        (["krb5"], {}, NO_KEYTAB, {}, "it has no /etc/krb5.keytab for Kerberos; set nfs_transport_keytab_file"),
    ],
)
def test_what_a_host_cannot_have(words, settings, state, refused, begin):
    for side in ("client", "server"):
        found = find_refusals({**NOTHING, **settings, side: words}, state, refused)
        assert found == [] if begin is None else len(found) == 1 and found[0].startswith(begin)
