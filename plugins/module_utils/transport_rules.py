# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be asked of the role nfs_transport, judged before any host is touched. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.transports import KERBEROS, PLAIN, TLS, TRANSPORTS

# tlshd(8) and the option xprtsec of exports(5) and nfs(5).
NEEDED = "TLS needs a kernel with CONFIG_NET_HANDSHAKE (Linux 6.5 or newer), nfs-utils 2.6.3 or newer, and ktls-utils"


def find_problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with the variables of the role, by their names without its prefix: sentences with a way out."""
    return [*_find_words(settings), *_find_certificate_problems(settings), *_find_age_problems(settings)]


def needs_tls(settings: Mapping[str, Any]) -> bool:
    """Whether anything is mounted or served through TLS."""
    return bool({*TLS} & {*settings["client"], *settings["server"]})


def needs_kerberos(settings: Mapping[str, Any]) -> bool:
    """Whether anything is mounted or served with Kerberos."""
    return bool({*KERBEROS} & {*settings["client"], *settings["server"]})


def find_refusals(settings: Mapping[str, Any], state: Mapping[str, Any], refused: Mapping[str, str]) -> list[str]:
    """Why a host cannot have what is asked of it, by its ``state`` as transport_state reads it and by its platform's
    ``refused``, {tls, krb5: why it cannot have that}."""
    return [*_find_tls_refusals(settings, state, refused), *_find_kerberos_refusals(settings, state, refused)]


def _find_tls_refusals(
    settings: Mapping[str, Any], state: Mapping[str, Any], refused: Mapping[str, str]
) -> Iterator[str]:
    if needs_tls(settings):
        kernel = state["kernel"]
        old = "" if kernel["handshake"] else f"its kernel, {kernel['release']}, shakes no hands for TLS"
        if refused.get("tls") or old:
            yield f"{refused.get('tls') or old}; {NEEDED}"


def _find_kerberos_refusals(
    settings: Mapping[str, Any], state: Mapping[str, Any], refused: Mapping[str, str]
) -> Iterator[str]:
    if needs_kerberos(settings):
        if refused.get("krb5"):
            yield refused["krb5"]
        if not settings["keytab_file"] and not state["keytab"]:
            yield (
                "it has no /etc/krb5.keytab for Kerberos; set nfs_transport_keytab_file to one on the controller with "
                "nfs/NAME of this host in it, or put it there yourself"
            )


def _find_words(settings: Mapping[str, Any]) -> Iterator[str]:
    known = [word for word in TRANSPORTS if word != PLAIN]
    for key in ("client", "server"):
        for word in settings[key]:
            if word not in known:
                yield f"nfs_transport_{key}: {word!r} is no transport; use some of {', '.join(known)}"


def _find_certificate_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    given = [key for key in ("ca_file", "certificate_file", "key_file") if settings[key]]
    if settings["authority"] and given:
        yield (
            f"nfs_transport_authority is set, and so is nfs_transport_{given[0]}: keep the first, where the collection "
            "makes certificates, or the second, where you have them"
        )
    elif needs_tls(settings) and not settings["authority"]:
        # A client that shows nothing of itself needs to know whom to believe only.
        needed = ["ca_file"] if not settings["server"] and "mtls" not in settings["client"] else list(_FILES)
        missing = [f"nfs_transport_{key}" for key in needed if key not in given]
        if missing:
            yield (
                f"TLS needs certificates and {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set; "
                "name files of the controller there, or set nfs_transport_authority to a directory of it, where the "
                "collection keeps an authority of its own"
            )


_FILES = ("ca_file", "certificate_file", "key_file")


def _find_age_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    if int(settings["certificate_days"]) < 1:
        yield "nfs_transport_certificate_days must be 1 or more"
