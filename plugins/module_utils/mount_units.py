# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mount units of systemd: their names and their text (systemd.mount(5), systemd.unit(5)). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.holdfast.volumes.plugins.module_utils import unit_files
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import split_options

DIRECTORY = "/etc/systemd/system"
TARGET = "remote-fs.target"
WANTS = f"{DIRECTORY}/{TARGET}.wants"
# What must be there before the client can speak so: tlshd(8) shakes hands for the kernel, rpc.gssd(8) and gssproxy(8)
# get its tickets. They are wanted, not required: a mount that is there needs them at the next connection only.
HELPERS = {
    "xprtsec=": ("tlshd.service",),
    "sec=krb5": ("auth-rpcgss-module.service", "gssproxy.service", "rpc-gssd.service"),
}
# The start job waits until the server answers, and nothing waits for it but what requires the volume: systemd.mount(5)
# gives the same three to the option bg of an fstab line. Without nofail, logins would wait too (remote-fs.target).
# Neither ForceUnmount nor LazyUnmount: the first fails the writes in flight, the second hides who still writes.
WAITING = ("_netdev", "nofail", "retry=10000")


@dataclass(frozen=True)
class MountUnit:
    """What a mount unit of ours says; ``options`` without those that every unit has."""

    where: str
    what: str
    fstype: str
    options: tuple[str, ...]
    description: str = ""


def escape_path(path: str) -> str:
    r"""The name of a path in unit names, as systemd-escape --path: ``/srv/my-app`` is ``srv-my\x2dapp``."""
    plain = "/".join(part for part in path.split("/") if part)
    if not plain:
        return "-"
    escaped = "".join(_escape_byte(byte) for byte in plain.encode("utf-8", "surrogateescape"))
    return r"\x2e" + escaped[1:] if escaped.startswith(".") else escaped


def _escape_byte(byte: int) -> str:
    char = chr(byte)
    if char == "/":
        return "-"
    return char if byte < 128 and (char.isalnum() or char in ":_.") else f"\\x{byte:02x}"


def unescape_path(name: str) -> str:
    """The path that a unit name stands for."""
    if name == "-":
        return "/"
    raw = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match.group(1), 16)), "/" + name.replace("-", "/"))
    return raw.encode("latin-1").decode("utf-8", "surrogateescape")


def find_name(path: str) -> str:
    """The name of the unit that mounts ``path``."""
    return f"{escape_path(path)}.mount"


def parse(text: str) -> MountUnit:
    """Read a mount unit back; what a unit of ours never says is left out. Raises ValueError without a Where=."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        if line and line[0] not in "#;[":
            key, dummy, value = line.partition("=")
            values[key.strip()] = value.strip().replace("%%", "%")
    if not values.get("Where"):
        raise ValueError("a mount unit without Where=")
    return MountUnit(
        where=values["Where"],
        what=values.get("What", ""),
        fstype=values.get("Type", ""),
        options=tuple(option for option in split_options(values.get("Options", "")) if option not in WAITING),
        description=values.get("Description", ""),
    )


def render(unit: MountUnit) -> str:
    """The text of a unit file that we own."""
    asked = {option.partition("=")[0] for option in unit.options}
    options = [*unit.options, *(option for option in WAITING if option.partition("=")[0] not in asked)]
    mount = [
        ("What", unit_files.escape(unit.what)),
        ("Where", unit_files.escape(unit.where)),
        ("Type", unit.fstype),
        ("Options", unit_files.escape(",".join(options))),
        ("TimeoutSec", "infinity"),
    ]
    # On a host that mounts its own exports the server stops after the mount, not before.
    helpers = [name for begin, names in HELPERS.items() if any(o.startswith(begin) for o in options) for name in names]
    head: list[unit_files.Entry] = [
        ("Description", unit_files.escape(unit.description)),
        ("After", " ".join(["nfs-server.service", *helpers])),
        ("Wants", " ".join(helpers) or []),
    ]
    return unit_files.render([("Unit", head), ("Mount", mount), ("Install", [("WantedBy", TARGET)])])
