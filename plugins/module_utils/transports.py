# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How what is sent between clients and servers is kept from others: the words of the catalogue for it. Pure.

See exports(5) and nfs(5) for ``sec`` and ``xprtsec``. A client has one connection to a server for all that it mounts
from there, since NFSv4.1 finds out that two addresses or two mounts lead to one server (RFC 8881, section 2.10.5,
trunking). So one mount without TLS, mounted first, takes the others along, which the server then refuses.
"""

from __future__ import annotations

from collections.abc import Iterable

# Of TLS and of Kerberos the weakest first.
TLS = ("tls", "mtls")
KERBEROS = ("krb5", "krb5i", "krb5p")
PLAIN = "plain"
TRANSPORTS = (PLAIN, *TLS, *KERBEROS)
# How options begin with which the server must prove its name, and what is sent is kept from others.
SECURED = (*(f"xprtsec={one}" for one in TLS), f"sec={KERBEROS[0]}")


def plan_export(transport: str) -> list[str]:
    """The options of an export that demand a transport; a client may do better than it must."""
    if transport in KERBEROS:
        return [f"sec={transport}"]
    return ["sec=sys", *({"tls": ["xprtsec=tls:mtls"], "mtls": ["xprtsec=mtls"]}.get(transport, []))]


def plan_mount(transport: str, connection: str) -> list[str]:
    """The options of a mount: its own flavour of security, and the policy of the ``connection`` to its server."""
    flavour = [f"sec={transport}"] if transport in KERBEROS else []
    return [*flavour, *([f"xprtsec={connection}"] if connection in TLS else [])]


def is_secured(options: Iterable[str]) -> bool:
    """Whether any option of a mount asks for TLS or Kerberos."""
    return any(option.startswith(SECURED) for option in options)


def find_connection(transports: Iterable[str]) -> str:
    """The one policy for all mounts of a host from one server: the strongest TLS that any asks for, or "plain"."""
    return max((one for one in transports if one in TLS), key=TLS.index, default=PLAIN)
