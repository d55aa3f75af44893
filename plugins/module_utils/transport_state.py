# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host has for transports: whether its kernel can have TLS, its certificate, and whether there is a keytab."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import System

RELEASE = "/proc/sys/kernel/osrelease"
# Where distributions put the configuration that a kernel was built with.
CONFIGURATIONS = ("/boot/config-{}", "/lib/modules/{}/config")
HANDSHAKE = re.compile(r"^CONFIG_NET_HANDSHAKE=y$", re.MULTILINE)
# The first kernel with the handshakes that nfs and nfsd ask tlshd for; others have them ported back.
FIRST = (6, 5)
CERTIFICATE = "/etc/pki/holdfast/host.pem"
KEY = "/etc/pki/holdfast/host.key"
KEYTAB = "/etc/krb5.keytab"


def read(system: System) -> dict[str, Any]:
    """{kernel: {release, handshake: bool}, certificate: PEM or "", key, keytab: bool}."""
    release = (system.read(RELEASE) or "").strip()
    texts = (system.read(path.format(release)) for path in CONFIGURATIONS)
    built = next((text for text in texts if text is not None), None)
    return {
        "kernel": {"release": release, "handshake": can_shake_hands(release, built)},
        "certificate": system.read(CERTIFICATE) or "",
        "key": system.stat(KEY) is not None,
        "keytab": system.stat(KEYTAB) is not None,
    }


def can_shake_hands(release: str, built: str | None) -> bool:
    """Whether a kernel has CONFIG_NET_HANDSHAKE; where nobody knows how it was ``built``, by its release."""
    if built is not None:
        return HANDSHAKE.search(built) is not None
    numbers = re.match(r"(\d+)\.(\d+)", release)  # 6.12.117+deb13-cloud-amd64
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= FIRST
