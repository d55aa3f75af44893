# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a host needs another certificate: judged on the controller, from what stands in the one that it has."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable

from ansible_collections.holdfast.volumes.plugins.module_utils.addresses import is_address

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
except ImportError:  # ansible-core brings it to every controller; the import check of ansible-test has none
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

# Renewed when less than this part of its life is left, so that a run that is missed does no harm.
LEFT = 1 / 3


def find_flaw(found: str, authority: str, names: Iterable[str], now: datetime.datetime | None = None) -> str:
    """Why the certificate ``found`` has to be replaced, "" when it has not.

    ``found`` and ``authority`` are PEM, ``names`` host names and addresses. It must be signed by ``authority``, name
    exactly ``names`` and have a third of its life before it at ``now`` (UTC).
    """
    if not HAS_CRYPTOGRAPHY:
        raise ValueError("the controller has no Python package cryptography, which reads certificates; install it")
    if not found or not authority:
        return "there is none"
    try:
        certificate = x509.load_pem_x509_certificate(found.encode())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
    except InvalidSignature:
        return "another authority signed it"
    except (ValueError, TypeError):
        return "another authority signed it, or it is none"
    return _find_name_flaw(certificate, names) or _find_age_flaw(
        certificate, now or datetime.datetime.now(datetime.timezone.utc)
    )


def _find_name_flaw(certificate: x509.Certificate, names: Iterable[str]) -> str:
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return "it names nobody"
    found = {*listed.get_values_for_type(x509.DNSName), *map(str, listed.get_values_for_type(x509.IPAddress))}
    wanted = {_canonical(name) for name in names}
    return "" if found == wanted else f"it names {', '.join(sorted(found))} instead of {', '.join(sorted(wanted))}"


def _canonical(name: str) -> str:
    return str(ipaddress.ip_address(name)) if is_address(name) else name


def _find_age_flaw(certificate: x509.Certificate, now: datetime.datetime) -> str:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        return f"it begins at {begin:%Y-%m-%d %H:%M} UTC"
    return "" if (end - now) / (end - begin) >= LEFT else f"it ends at {end:%Y-%m-%d %H:%M} UTC"


def render_names(names: Iterable[str]) -> list[str]:
    """Names as community.crypto takes them: ``DNS:nfs1``, ``IP:10.0.0.1``."""
    return [f"{'IP' if is_address(name) else 'DNS'}:{_canonical(name)}" for name in names]
