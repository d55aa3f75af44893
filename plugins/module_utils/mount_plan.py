# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wanted mounts against live ones: what each is, and the steps that make them agree. Pure."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.holdfast.volumes.plugins.module_utils import efs_tunnel, mount_units, nfs_mount_options
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import MountUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount, split_options

FSTYPES = ("nfs", "nfs4")
DEAD = ("stale", "unreachable")
_FORBIDDEN = {
    "bg": "the mount unit waits for the server by itself",
    "remount": "the module remounts when that is enough",
    "bind": "only NFS is mounted here",
    "noauto": "leave the mount out of the list instead",
}
_SOURCES = {
    "nfs": (r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):/\S*", "HOST:/PATH"),
    "efs": (rf"{efs_tunnel.FILE_SYSTEM.pattern}:/[^\s:]*", "fs-ID:/PATH"),
}


class Desired(NamedTuple):
    """The wanted set of a host; ``mounts`` by path."""

    parent: str
    mounts: dict[str, Wanted]


@dataclass(frozen=True)
class Wanted:
    """One mount as it should be; ``identity`` is "" when it is not checked."""

    name: str
    unit: MountUnit
    identity: str = ""

    @property
    def source(self) -> str:
        """What is mounted, as Found has it."""
        what, efs = self.unit.what, self.unit.fstype == efs_tunnel.FSTYPE
        return efs_tunnel.find_wanted(what, self.unit.options) if efs else what


@dataclass(frozen=True)
class Found:
    """One path as it is: its unit file and state, the live mount, the probe's answer and the bare directory below.

    ``text`` is the unit file (None: there is none), ``bare`` {names, guarded} or None (no directory),
    ``answer`` as mount_probe.ask_mounts gives it. ``behind`` is the source that a live mount to a tunnel of
    amazon-efs-utils leads to, "" for no such mount, or one whose tunnel is not known on this host.
    """

    path: str
    text: str | None = None
    managed: bool = False
    enabled: bool = False
    active: str = "inactive"
    needs_reload: bool = False
    live: Mount | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    bare: Mapping[str, Any] | None = None
    behind: str = ""

    @property
    def source(self) -> str:
        """What is mounted, "" for nothing."""
        return self.behind or (self.live.source if self.live else "")


@dataclass(frozen=True)
class Current:
    """The host: every path that is wanted or has a unit of ours; ``inside`` are the paths in the parent."""

    found: dict[str, Found]
    parent_ready: bool = True
    selinux: bool = True
    inside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a mount is (``state``), what would bring it right (``verdict``), why, and what forbids it (``error``)."""

    name: str
    path: str
    state: str
    verdict: str
    reason: str = ""
    error: str = ""


def parse_desired(mounts: Iterable[Mapping[str, Any]], parent: str) -> Desired:
    """Module options as a Desired; raises ValueError that names every bad value at once."""
    items = list(mounts)
    errors = (
        [] if re.fullmatch(r"(/[\w.:-]+)+", parent) and os.path.normpath(parent) == parent else [_say_parent(parent)]
    )
    for item in items:
        errors += [f"mount {item['name']!r}: {error}" for error in _find_errors(item, parent)]
    for key in ("name", "path"):
        counts = Counter(item[key] for item in items)
        errors += [f"{key} {value!r} is given {count} times" for value, count in counts.items() if count > 1]
    if errors:
        raise ValueError("\n".join(errors))
    return Desired(parent, {item["path"]: _parse_wanted(item) for item in items})


def _say_parent(parent: str) -> str:
    return f"parent {parent!r} is no plain absolute path below /"


def _parse_wanted(item: Mapping[str, Any]) -> Wanted:
    unit = MountUnit(
        where=item["path"],
        what=item["source"],
        fstype=item["fstype"],
        options=tuple(item["options"]),
        description=f"Volume {item['name']}",
    )
    return Wanted(item["name"], unit, item["identity"] or "")


def _find_errors(item: Mapping[str, Any], parent: str) -> list[str]:
    path, source, fstype = item["path"], item["source"], item["fstype"]
    pattern, shape = _SOURCES.get(fstype, _SOURCES["nfs"])
    checks = (
        (bool(re.fullmatch(r"\w[\w.-]*", item["name"])), "a name has only letters, digits, '_', '-' and '.'"),
        (
            os.path.dirname(path) == parent and bool(re.fullmatch(r"\w[\w.:-]*", os.path.basename(path))),
            f"path {path!r} is not directly below {parent}",
        ),
        (bool(re.fullmatch(pattern, source)), f"source {source!r} is not {shape}"),
        (fstype in (*FSTYPES, efs_tunnel.FSTYPE), f"fstype {fstype!r} is none of nfs, nfs4 and efs"),
        # Without TLS the mount helper may or may not make a tunnel, as its version is; plain NFS does as well then.
        (fstype != "efs" or "tls" in item["options"], "fstype efs is for option tls; without it mount nfs4"),
    )
    return [message for holds, message in checks if not holds] + _find_option_errors(fstype, item["options"])


def _find_option_errors(fstype: str, options: list[str]) -> list[str]:
    errors = []
    for option in options:
        name = option.partition("=")[0]
        if not name or re.search(r"[\s\x00-\x1f]", option) or option.count('"') % 2:
            errors.append(f"option {option!r} is empty, has white space or an open quote; give one option per item")
        elif split_options(option) != (option,):
            errors.append(f"option {option!r} is more than one; give one option per item, a comma only inside quotes")
        elif name in _FORBIDDEN or name.startswith("x-"):
            errors.append(f"option {option!r} is not for a mount unit: {_FORBIDDEN.get(name, 'it belongs to fstab')}")
    contradictions = nfs_mount_options.find_contradictions(options)
    errors += [f"options contradict each other on {key}: {said}" for key, said in contradictions.items()]
    version = nfs_mount_options.parse(options).get("vers", "4")
    if fstype != "nfs" and not version.startswith("4"):
        errors.append(f"fstype {fstype} cannot speak version {version}; use fstype nfs")
    return errors


def judge(found: Found, wanted: Wanted | None, selinux: bool = True) -> Verdict:
    """What one path is and needs; ``wanted`` None means that it should be gone."""
    if wanted is None:
        name = os.path.basename(found.path)
        state = find_state(found)
        return Verdict(name, found.path, state, "unmount", "no longer wanted")
    if found.live is None:
        return _judge_absent(found, wanted)
    return _judge_live(found, found.live, wanted, selinux)


def _judge_absent(found: Found, wanted: Wanted) -> Verdict:
    names = list(found.bare["names"]) if found.bare else []
    if names:
        error = (
            f"{found.path} is not mounted and holds {_list(names)}: mounting would hide them. Move them away (into the "
            "volume if they belong there), then run again"
        )
        return Verdict(wanted.name, found.path, "shadowed", "mount", "not mounted", error)
    return Verdict(wanted.name, found.path, "absent", "mount", "not mounted")


def _judge_live(found: Found, live: Mount, wanted: Wanted, selinux: bool) -> Verdict:
    def say(state: str, verdict: str, reason: str = "", error: str = "") -> Verdict:
        return Verdict(wanted.name, found.path, state, verdict, reason, error)

    answered = find_state(found)
    if live.fstype not in FSTYPES or found.source.rstrip("/") != wanted.source.rstrip("/"):
        return say("wrong_source", "replace", f"{live.fstype} {found.source} instead of {wanted.source}")
    if answered == "stale":
        return say("stale", "replace", "the server no longer knows this mount")
    if answered == "unreachable":
        return say(answered, "no-op", "", _say_unreachable(found, wanted))
    differences, dropped = _compare_options(found, live, wanted, selinux)
    if differences or dropped:
        words = [f"{key} {is_now or 'none'} instead of {want or 'none'}" for key, (want, is_now) in differences.items()]
        enough = not dropped and set(differences) <= nfs_mount_options.REMOUNTABLE
        reason = ", ".join(words + [f"{key} changed" for key in dropped])
        return say("wrong_options", "remount" if enough else "replace", reason)
    identity = found.answer.get("identity")
    if wanted.identity and identity is not None and identity != wanted.identity:
        return say("wrong_identity", "no-op", "", _say_identity(found, wanted, identity))
    return say("shadowed" if found.bare and found.bare["names"] else answered, "no-op")


def _compare_options(
    found: Found, live: Mount, wanted: Wanted, selinux: bool
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    differences = nfs_mount_options.find_differences(wanted.unit.options, live, selinux)
    before = mount_units.parse(found.text).options if found.managed and found.text else wanted.unit.options
    return differences, nfs_mount_options.find_dropped(before, wanted.unit.options, live)


def find_state(found: Found) -> str:
    if found.live is None:
        return "absent"
    number = found.answer.get("errno")
    if number == errno.ESTALE:
        return "stale"
    # Any other error comes from a server that answers, or from a client that cannot reach it.
    reachable = "identity" in found.answer or number in (errno.EACCES, errno.EPERM)
    return "mounted" if reachable else "unreachable"


def _say_unreachable(found: Found, wanted: Wanted) -> str:
    number = found.answer.get("errno")
    said = f"says {os.strerror(number)}" if number else "does not answer"
    return (
        f"{found.path} is mounted but {wanted.unit.what} {said}; nothing was changed there. Bring the server "
        "back (its users resume by themselves), then run again"
    )


def _say_identity(found: Found, wanted: Wanted, identity: str) -> str:
    return (
        f"{found.path} shows another volume: {wanted.unit.what} has identity {identity or 'none'}, wanted is "
        f"{wanted.identity}. Check what is mounted at the export's path on the server"
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def find_disruptive(verdicts: Iterable[Verdict], current: Current) -> list[Verdict]:
    """Those whose live mount would be taken away: their users must be known first."""
    return [
        item
        for item in verdicts
        if item.verdict in ("replace", "unmount") and current.found[item.path].live is not None
    ]


def find_blocks(
    verdicts: Iterable[Verdict], current: Current, holders: Iterable[Mapping[str, Any]], allow_disruption: bool
) -> dict[str, str]:
    """{path: why its plan may not be carried out}."""
    blocks = {item.path: item.error for item in verdicts if item.error}
    users: dict[str, list[str]] = {}
    for holder in holders:
        users.setdefault(holder["path"], []).append(render_holder(holder))
    for item in verdicts:
        found = current.found[item.path]
        if found.text is not None and not found.managed:
            name = mount_units.find_name(item.path)
            blocks[item.path] = f"{mount_units.DIRECTORY}/{name} is not ours; remove it, or choose another path"
        elif item.path in users and not allow_disruption:
            blocks.setdefault(
                item.path,
                f"{item.path} must be unmounted ({item.reason}) and is in use by {', '.join(users[item.path])}; "
                "stop them, or set allow_disruption to true",
            )
    return blocks


def render_holder(holder: Mapping[str, Any]) -> str:
    """One user of a mount for a message: ``nginx (pid 12, holdfast-web.service)``; pid 0 is a unit without one."""
    if not holder["pid"]:
        return str(holder["unit"])
    return f"{holder['comm']} (pid {holder['pid']}{', ' + holder['unit'] if holder['unit'] else ''})"


def plan(current: Current, desired: Desired, verdicts: Iterable[Verdict], blocks: Mapping[str, str]) -> Change:
    """The change of a whole set: every step in the order in which it is taken."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    steps: list[Step] = []
    if any(item.path in desired.mounts for item in verdicts) and not current.parent_ready:
        steps.append(Step("create", desired.parent))
        before[desired.parent], after[desired.parent] = "absent or open to others", "root:root 0700"
    for item in verdicts:
        found, wanted = current.found[item.path], desired.mounts.get(item.path)
        before[item.path] = _picture(found, item)
        own = [] if item.path in blocks else _find_steps(found, wanted, item)
        steps += own
        after[item.path] = _picture_wanted(wanted, item.state) if own else before[item.path]
    if not desired.mounts and current.parent_ready and set(current.inside) <= {s.args["path"] for s in steps}:
        steps.append(Step("sweep", desired.parent))
        before[desired.parent], after[desired.parent] = "root:root 0700", "absent"
    if any(step.action in ("write", "remove", "reload") for step in steps):
        steps = [step for step in steps if step.action != "reload"] + [Step("reload", "systemd")]
    return Change(before, after, tuple(sorted(steps, key=lambda step: ORDER.index(step.action))))


ORDER = ("create", "unmount", "remove", "guard", "write", "enable", "reload", "remount", "mount", "sweep")


def _find_steps(found: Found, wanted: Wanted | None, item: Verdict) -> list[Step]:
    unit = mount_units.find_name(item.path)
    args: dict[str, Any] = {"path": item.path, "unit": unit}
    waiting = found.live is None and found.active not in ("inactive", "failed")
    text = mount_units.render(wanted.unit) if wanted else None
    cancel = waiting and found.managed and found.text != text
    taken = item.verdict in ("replace", "unmount") and found.live is not None
    names = [("unmount", taken or cancel)]
    if wanted is None:
        names += [("remove", True)]
    else:
        names += [
            # Files under a mount point must stay movable, so that directory is closed once they are gone.
            ("guard", not found.bare or (found.bare["guarded"] is False and not found.bare["names"])),
            ("write", found.text != text),
            ("enable", not found.enabled),
            ("reload", found.needs_reload),
            ("remount", item.verdict == "remount"),
            ("mount", item.verdict in ("replace", "mount")),
        ]
    args.update(text=text, force=taken and find_state(found) in DEAD)
    return [Step(name, item.name, args) for name, wants in names if wants]


def _picture(found: Found, item: Verdict) -> dict[str, Any]:
    guarded = found.bare is not None and found.bare["guarded"] is not False
    return {
        "state": item.state,
        "why": item.reason,
        "unit": found.text or "",
        "enabled": found.enabled,
        "guarded": guarded,
    }


def _picture_wanted(wanted: Wanted | None, state: str) -> dict[str, Any]:
    if wanted is None:
        return {"state": "absent", "why": "", "unit": "", "enabled": False, "guarded": False}
    shadowed = state == "shadowed"
    return {
        "state": state if shadowed else "mounted",
        "why": "",
        "unit": mount_units.render(wanted.unit),
        "enabled": True,
        "guarded": not shadowed,
    }


def explain(found: Found, verdict: Verdict, wanted: Wanted, log: str, waited: float) -> str:
    """Why a mount is not as wanted after its steps were taken, "" when it is."""
    if verdict.error or verdict.verdict == "no-op":
        return verdict.error
    if found.live is not None:
        return f"{found.path} is mounted, but still {verdict.state}: {verdict.reason}. {log}".strip()
    if found.active == "failed":
        return f"{found.path} could not be mounted from {wanted.unit.what}: {log or 'see systemctl status'}"
    return (
        f"{found.path} is not mounted: {wanted.unit.what} did not answer within {waited:g} s. The unit "
        f"{mount_units.find_name(found.path)} keeps waiting and mounts it when the server is back"
    )


def find_shadowed(current: Current) -> dict[str, list[str]]:
    """{path: first names} of the mount points that have files under them."""
    return {
        path: list(found.bare["names"]) for path, found in current.found.items() if found.bare and found.bare["names"]
    }


def render_shadowed(shadowed: Mapping[str, Iterable[str]]) -> list[str]:
    """A warning for each mount point that has files under it."""
    return [
        f"{path} has files under the mount, on the host's own disk: {_list(names)}. They are left alone; look at them "
        f"with: unshare -m sh -c 'mount --bind {os.path.dirname(path)} /mnt && ls -la /mnt/{os.path.basename(path)}'"
        for path, names in shadowed.items()
    ]
