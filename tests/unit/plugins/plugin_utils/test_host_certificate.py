# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import datetime
import ipaddress

import pytest
from ansible_collections.holdfast.volumes.plugins.filter.transport import FilterModule
from ansible_collections.holdfast.volumes.plugins.plugin_utils import host_certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
NAMES = ["nfs1", "10.0.0.1", "fd00:0::1"]


def make(key, issuer_key, subject="host", names=None):
    def name(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder(name("authority"), name(subject), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(BEGIN).not_valid_after(BEGIN + 90 * DAY)
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(name="keys", scope="module")
def make_keys():
    return [ec.generate_private_key(ec.SECP256R1()) for dummy in range(3)]


@pytest.fixture(name="authority", scope="module")
def make_authority(keys):
    return make(keys[0], keys[0], subject="authority")


@pytest.fixture(name="certificate", scope="module")
def make_certificate(keys):
    addresses = [x509.IPAddress(ipaddress.ip_address(one)) for one in ("10.0.0.1", "fd00::1")]
    return make(keys[1], keys[0], names=[x509.DNSName("nfs1"), *addresses])


@pytest.mark.parametrize(
    ("days", "flaw"),
    [
        (0, ""),
        (60, ""),
        (61, "it ends at 2026-04-01 00:00 UTC"),
        (100, "it ends at 2026-04-01 00:00 UTC"),
        (-1, "it begins at 2026-01-01 00:00 UTC"),
    ],
)
def test_a_certificate_does_until_a_third_of_its_life_is_left(certificate, authority, days, flaw):
    assert host_certificate.find_flaw(certificate, authority, NAMES, BEGIN + days * DAY) == flaw


@pytest.mark.parametrize(
    ("names", "flaw"),
    [
        (["nfs1"], "it names 10.0.0.1, fd00::1, nfs1 instead of nfs1"),
        (
            [*NAMES, "nfs.example.com"],
            "it names 10.0.0.1, fd00::1, nfs1 instead of 10.0.0.1, fd00::1, nfs.example.com, nfs1",
        ),
    ],
)
def test_it_has_the_names_of_its_host_and_no_other(certificate, authority, names, flaw):
    assert host_certificate.find_flaw(certificate, authority, names, BEGIN) == flaw


def test_a_certificate_without_names(keys, authority):
    assert host_certificate.find_flaw(make(keys[1], keys[0]), authority, NAMES, BEGIN) == "it names nobody"


def test_an_authority_of_the_same_name_did_not_sign_it(keys, certificate):
    other = make(keys[2], keys[2], subject="authority")
    assert host_certificate.find_flaw(certificate, other, NAMES, BEGIN) == "another authority signed it"


@pytest.mark.parametrize("broken", ["no PEM", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_replaced(authority, broken):
    found = host_certificate.find_flaw(broken, authority, NAMES, BEGIN)
    assert found == "another authority signed it, or it is none"


def test_no_certificate_and_no_authority(authority, certificate):
    assert host_certificate.find_flaw("", authority, NAMES) == "there is none"
    assert host_certificate.find_flaw(certificate, "", NAMES) == "there is none"


def test_names_and_addresses_are_told_apart():
    assert host_certificate.render_names(NAMES) == ["DNS:nfs1", "IP:10.0.0.1", "IP:fd00::1"]


def test_a_controller_without_the_package_is_told(monkeypatch):
    from ansible.errors import AnsibleFilterError

    monkeypatch.setattr(host_certificate, "HAS_CRYPTOGRAPHY", False)
    with pytest.raises(AnsibleFilterError, match="no Python package cryptography"):
        FilterModule().filters()["certificate_flaw"]("a", "b", [])
