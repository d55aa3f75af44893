# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The boundary to the policy store: cheap reads of its files, one libsemanage transaction, relabelling."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils import mountinfo
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    FileState,
    HostError,
    ProbeTimeout,
    System,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.mountinfo import Mount
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_plan import (
    RECORD,
    Current,
    Desired,
    Owned,
    parse_record,
    render_record,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_rules import Rule, parse

_KERNEL = "/sys/fs/selinux"
# A policy is linked in 10 s on a fast machine and in minutes on an emulated one.
_TRANSACTION_LIMIT = 1800.0
_POLICY_STEPS = ("remove_rule", "write_rule", "reset_boolean", "set_boolean", "remove_module", "install_module")


def read_mode(system: System) -> str:
    """Enforcing, permissive or disabled, as the running kernel has it."""
    enforce = system.read(f"{_KERNEL}/enforce")
    if enforce is None:
        return "disabled"
    return "enforcing" if enforce.strip() == "1" else "permissive"


def read_policy_type(system: System) -> str:
    """The name of the policy, such as default (Debian) or targeted (Enterprise Linux)."""
    # SELINUXTYPE=targeted
    found = re.search(r"^\s*SELINUXTYPE=(\S+)", system.read("/etc/selinux/config") or "", re.MULTILINE)
    return found[1] if found else "targeted"


def read_owned(system: System) -> Owned:
    """The record of what the collection wrote on this host."""
    return parse_record(system.read(RECORD))


def write_owned(system: System, owned: Owned) -> None:
    """Keep the record; without anything owned there is none."""
    if owned:
        system.make_directory(os.path.dirname(RECORD), 0o700)
        system.write(RECORD, render_record(owned), 0o600)
    else:
        system.remove(RECORD)


def read(system: System, desired: Desired) -> Current:
    """Everything that a plan needs, from files alone: a single call of semanage(8) costs seconds."""
    owned = read_owned(system)
    mode = read_mode(system)
    if not desired and not owned:
        return Current(mode)
    contexts = f"/etc/selinux/{read_policy_type(system)}/contexts/files"
    active = _find_active(system)
    return Current(
        mode,
        tuple(parse(system.read(f"{contexts}/file_contexts.local") or "")),
        _read_booleans(system, active, [*desired.booleans, *owned.booleans]),
        frozenset(
            name
            for priority in system.listdir(f"{active}/modules")
            for name in system.listdir(f"{active}/modules/{priority}")
            if name in desired.modules or name in owned.modules
        ),
        _read_labels(system, desired.rules),
        _read_aliases(system, contexts),
        owned,
    )


def _find_active(system: System) -> str:
    # store-root = /var/lib/selinux
    found = re.search(r"^\s*store-root\s*=\s*(\S+)", system.read("/etc/selinux/semanage.conf") or "", re.MULTILINE)
    return f"{found[1] if found else '/var/lib/selinux'}/{read_policy_type(system)}/active"


def _read_booleans(system: System, active: str, names: list[str]) -> dict[str, tuple[bool | None, bool | None]]:
    # container_use_nfs=1
    saved = dict(re.findall(r"^(\w+)=([01])$", system.read(f"{active}/booleans.local") or "", re.MULTILINE))
    booleans: dict[str, tuple[bool | None, bool | None]] = {}
    for name in names:
        # Active and pending value: "1 1"
        now = system.read(f"{_KERNEL}/booleans/{name}")
        booleans[name] = (now.startswith("1") if now else None, saved[name] == "1" if name in saved else None)
    return booleans


def _read_aliases(system: System, contexts: str) -> dict[str, str]:
    # /run/lock /var/lock
    text = (system.read(f"{contexts}/file_contexts.subs_dist") or "") + (
        system.read(f"{contexts}/file_contexts.subs") or ""
    )
    return dict(re.findall(r"^(/\S*[^\s/])\s+(/\S*)", text, re.MULTILINE))


def _read_labels(system: System, rules: tuple[Rule, ...]) -> dict[tuple[str, str], dict[str, str]]:
    mounts = mountinfo.parse(system.read("/proc/self/mountinfo") or "")
    return {rule.key: found for rule in rules if (found := _read_covered(system, rule, mounts)) is not None}


def _read_covered(system: System, rule: Rule, mounts: list[Mount]) -> dict[str, str] | None:
    if not has_labels(mounts, rule.prefix):
        return None
    top = system.stat(rule.prefix)
    if top is None or _is_closed(top):
        return None
    paths = [rule.prefix]
    if not rule.covers(rule.prefix, top.kind):
        paths = [f"{rule.prefix}/{name}" for name in system.listdir(rule.prefix)]
    labels = {}
    for path in paths:
        found = system.stat(path)
        if found and rule.covers(path, found.kind):
            labels[path] = (system.get_xattr(path, "security.selinux") or "").rstrip("\0")
    return labels


def _is_closed(found: FileState) -> bool:
    """Whether this is a mount point of the collection's that nothing is mounted on: immutable, so its label stays."""
    return (found.kind, found.mode, found.owner, found.group) == ("directory", 0, 0, 0)


def has_labels(mounts: Iterable[Mount], path: str) -> bool:
    """Whether ``path`` is on a local file system with a label of its own for each file; see proc(5)."""
    best, labelled = "", False
    for mount in mounts:
        point = mount.path.rstrip("/")
        if len(point) >= len(best) and f"{path}/".startswith(f"{point}/"):
            local = not mount.fstype.startswith(("nfs", "ceph", "fuse", "cifs"))
            best, labelled = point, local and "seclabel" in (*mount.flags, *mount.options)
    return labelled


def relabel(system: System, prefix: str, limit: float) -> None:
    """Give everything below ``prefix`` its label, without a look at any other file system."""
    # -F: without it the level stays. -x -m: neither enter nor look at other mounts, whose server may be gone.
    try:
        system.check(["restorecon", "-R", "-F", "-x", "-m", prefix], limit)
    except ProbeTimeout as error:
        raise HostError(f"relabelling {prefix} took more than {limit:g} s; raise `timeout` and run again") from error


def commit(system: System, change: Change, enabled: bool) -> None:
    """Put every policy step of ``change`` into one transaction: all of it or, with a HostError, nothing."""
    steps = [[step.action, step.name, step.args] for step in change.steps if step.action in _POLICY_STEPS]
    if not steps:
        return
    try:
        failure = system.probe(_transact, steps, enabled, timeout=_TRANSACTION_LIMIT)
    except ProbeTimeout as error:
        raise HostError(f"the SELinux policy store did not finish: {error}; see whether semanage -l answers") from error
    if failure:
        raise HostError(f"the SELinux policy store refused the transaction, nothing of it is in force: {failure}")


def _transact(steps: list[Any], enabled: bool) -> str:
    """Runs in a child of its own, so its output can be given to libsemanage, which explains itself there."""
    try:
        semanage = importlib.import_module("semanage")
    except ImportError as error:
        return (
            f"{sys.executable} has no libsemanage bindings ({error}); install python3-semanage (Debian, Ubuntu) or "
            "python3-libsemanage (Enterprise Linux), or set ansible_python_interpreter to the system's own Python"
        )
    log = os.memfd_create("libsemanage")
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        _write(semanage, steps, enabled)
    except OSError as error:
        os.lseek(log, 0, os.SEEK_SET)
        said = os.read(log, 8192).decode(errors="replace").replace("libsemanage.", "").splitlines()
        return "; ".join(filter(None, said)) or str(error)
    return ""


def _write(semanage: Any, steps: list[Any], enabled: bool) -> None:
    handle = semanage.semanage_handle_create()
    _demand(semanage.semanage_connect(handle))
    try:
        _demand(semanage.semanage_begin_transaction(handle))
        for action, name, args in steps:
            _WRITERS[action](semanage, handle, name, enabled=enabled, **args)
        _demand(semanage.semanage_commit(handle))
    finally:
        with contextlib.suppress(OSError):
            semanage.semanage_disconnect(handle)


def _demand(answer: Any) -> Any:
    """The value in an answer of the bindings, which are a number or [number, value]; negative is a failure."""
    number, value = answer if isinstance(answer, (list, tuple)) else (answer, None)
    if number < 0:
        raise OSError(0, "libsemanage failed without a message")
    return value


def _write_rule(semanage: Any, handle: Any, target: str, ftype: str, context: str, **dummy: Any) -> None:
    # Deleted first: a rule that is only modified keeps its place, and the last match wins.
    _remove_rule(semanage, handle, target, ftype)
    key = _demand(semanage.semanage_fcontext_key_create(handle, target, _number(semanage, ftype)))
    rule = _demand(semanage.semanage_fcontext_create(handle))
    _demand(semanage.semanage_fcontext_set_expr(handle, rule, target))
    semanage.semanage_fcontext_set_type(rule, _number(semanage, ftype))
    label = _demand(semanage.semanage_context_from_string(handle, context))
    _demand(semanage.semanage_fcontext_set_con(handle, rule, label))
    _demand(semanage.semanage_fcontext_modify_local(handle, key, rule))


def _remove_rule(semanage: Any, handle: Any, target: str, ftype: str, **dummy: Any) -> None:
    key = _demand(semanage.semanage_fcontext_key_create(handle, target, _number(semanage, ftype)))
    if _demand(semanage.semanage_fcontext_exists_local(handle, key)):
        _demand(semanage.semanage_fcontext_del_local(handle, key))


def _number(semanage: Any, ftype: str) -> int:
    names = {"a": "ALL", "f": "REG", "d": "DIR", "c": "CHAR", "b": "BLOCK", "s": "SOCK", "l": "LINK", "p": "PIPE"}
    return int(getattr(semanage, f"SEMANAGE_FCONTEXT_{names[ftype]}"))


def _set_boolean(semanage: Any, handle: Any, name: str, value: bool, enabled: bool) -> None:
    key = _demand(semanage.semanage_bool_key_create(handle, name))
    boolean = _demand(semanage.semanage_bool_create(handle))
    _demand(semanage.semanage_bool_set_name(handle, boolean, name))
    semanage.semanage_bool_set_value(boolean, int(value))
    _demand(semanage.semanage_bool_modify_local(handle, key, boolean))
    if enabled:
        _demand(semanage.semanage_bool_set_active(handle, key, boolean))


def _install_module(semanage: Any, handle: Any, name: str, cil: str, **dummy: Any) -> None:
    _demand(semanage.semanage_module_install(handle, cil, len(cil.encode()), name, "cil"))


def _remove_module(semanage: Any, handle: Any, name: str, **dummy: Any) -> None:
    _demand(semanage.semanage_module_remove(handle, name))


_WRITERS: dict[str, Any] = {
    "write_rule": _write_rule,
    "remove_rule": _remove_rule,
    "set_boolean": _set_boolean,
    "reset_boolean": _set_boolean,
    "install_module": _install_module,
    "remove_module": _remove_module,
}
