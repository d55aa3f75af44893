# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mount options of the NFS client: what was asked for against what the kernel says it does (nfs(5)). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount

# What mountinfo shows whenever it is not so: an option that is not asked for means this value.
DEFAULTS = {
    "access": "rw",
    "dev": "yes",
    "suid": "yes",
    "exec": "yes",
    "atime": "relatime",
    "recovery": "hard",
    "sharecache": "yes",
    "resvport": "yes",
    "cto": "yes",
    "ac": "yes",
    "context": "",
}
# Negotiated or set elsewhere (nfsmount.conf(5)) when not asked for, so compared only when asked for.
# The value is the client's own default, which mountinfo mostly does not show; "" has none.
NEGOTIATED = {
    "vers": "4.2",
    "proto": "tcp",
    "sec": "sys",
    "timeo": "600",
    "retrans": "2",
    "rsize": "",
    "wsize": "",
    "acregmin": "3",
    "acregmax": "60",
    "acdirmin": "30",
    "acdirmax": "60",
    "lookupcache": "all",
    "local_lock": "none",
    "xprtsec": "none",
    "lock": "yes",
    "rdirplus": "yes",
    "fsc": "no",
}
# The kernel changes these on a mounted file system; for all others nfs_compare_remount_data() says EINVAL.
REMOUNTABLE = frozenset({"access", "dev", "suid", "exec", "atime"})
# The client drops these for version 4 (nfs4_validate_mount_flags() of the kernel), and mountinfo never shows them then.
VERSION_3_ONLY = frozenset({"lock", "local_lock"})
# Words for mount(8), mount.nfs(8) and systemd that the kernel never sees.
USER_SPACE = frozenset({"_netdev", "nofail", "retry", "fg", "auto", "defaults", "async", "comment"})

_SYNONYMS = {
    "ro": {"access": "ro"},
    "rw": {"access": "rw"},
    "hard": {"recovery": "hard"},
    "soft": {"recovery": "soft"},
    "softerr": {"recovery": "softerr"},
    "tcp": {"proto": "tcp"},
    "udp": {"proto": "udp"},
    "rdma": {"proto": "rdma"},
    **{name: {"atime": name} for name in ("noatime", "relatime", "strictatime")},
}
_SWITCHES = ("dev", "suid", "exec", "sharecache", "resvport", "cto", "ac", "lock", "rdirplus", "fsc")
_SYNONYMS.update({name: {name: "yes"} for name in _SWITCHES})
_SYNONYMS.update({f"no{name}": {name: "no"} for name in _SWITCHES})


def parse(options: Iterable[str]) -> dict[str, str]:
    """Options as canonical {name: value}; spellings of one thing come out the same, user space's words are left out."""
    values: dict[str, str] = {}
    for option in options:
        name, dummy, value = option.partition("=")
        if name not in USER_SPACE and not name.startswith("x-"):
            values.update(_parse_option(name, value.strip('"')))
    if "minorversion" in values:
        values["vers"] = f"{values.get('vers', '4')}.{values.pop('minorversion')}"
    return values


def find_contradictions(options: Iterable[str]) -> dict[str, list[str]]:
    """{name: values} of what is said more than once and not alike, as ``hard`` and ``soft`` do of recovery."""
    spoken: dict[str, set[str]] = {}
    for option in options:
        # minorversion completes vers, everything else is said once
        for key, value in parse([] if option.startswith("minorversion=") else [option]).items():
            spoken.setdefault(key, set()).add(value)
    return {key: sorted(said) for key, said in spoken.items() if len(said) > 1}


def find_unsaid(options: Iterable[str], said: Iterable[str]) -> list[str]:
    """Those of ``options`` that ``said`` leaves open: what it does say stands in their place."""
    stronger = parse(said)
    return [option for option in options if not stronger.keys() & parse([option]).keys()]


def _parse_option(name: str, value: str) -> Mapping[str, str]:
    if name == "actimeo":
        return {key: value for key in NEGOTIATED if key.startswith("ac")}
    if name in ("nfsvers", "vers"):
        return {"vers": value}
    if re.fullmatch(r"v[34](\.[0-2])?", name):
        return {"vers": name[1:]}
    return _SYNONYMS.get(name, {name: value})


def read_live(mount: Mount) -> dict[str, str]:
    """What the kernel does for a mount, by the same canonical names, its defaults included."""
    live = {**NEGOTIATED, **DEFAULTS, "atime": "strictatime", **parse(mount.options)}
    live.update(parse(flag for flag in mount.flags if flag != "rw"))
    if "ro" in mount.options:
        live["access"] = "ro"
    return live


def find_differences(asked: Iterable[str], mount: Mount, selinux: bool = True) -> dict[str, tuple[str, str]]:
    """{option: (wanted, live)} for each option that the live mount does not honour.

    Without SELinux in the kernel mount(8) drops ``context=`` itself, so it is not compared then; nor is, on a mount of
    version 4, what only version 3 has.
    """
    given = {key: value for key, value in parse(asked).items() if key in DEFAULTS or key in NEGOTIATED}
    wanted, live = {**DEFAULTS, **given}, read_live(mount)
    silent = {*(() if selinux else ("context",)), *(() if live["vers"] == "3" else VERSION_3_ONLY)}
    return {
        key: (value, live[key])
        for key, value in sorted(wanted.items())
        if not _is_honoured(key, value, live[key]) and key not in silent
    }


def _is_honoured(key: str, wanted: str, live: str) -> bool:
    if key in ("rsize", "wsize") and wanted.isdigit() and live.isdigit():
        return int(live) <= int(wanted)
    if key == "vers":
        return live == wanted or live.startswith(f"{wanted}.")
    if key == "sec":
        return live in wanted.split(":")
    return live == wanted or (key == "proto" and live == f"{wanted}6")


def find_dropped(before: Iterable[str], asked: Iterable[str], mount: Mount) -> list[str]:
    """Options that differ between the last unit and the wanted one and that the live mount cannot tell of.

    A negotiated option that is asked for no more counts while the live mount still has its value and no client
    would choose that by itself; an option that mountinfo does not show (``nconnect``, ``port``) counts when changed.
    """
    old, new, live = parse(before), parse(asked), read_live(mount)
    negotiated = [
        key for key in old if key in NEGOTIATED and key not in new and old[key] == live[key] != NEGOTIATED[key]
    ]
    hidden = [
        key for key in {**old, **new} if key not in NEGOTIATED and key not in DEFAULTS and old.get(key) != new.get(key)
    ]
    return sorted(negotiated + hidden)
