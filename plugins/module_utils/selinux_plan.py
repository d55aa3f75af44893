# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one host's SELinux policy has, what it should have, and the one transaction between. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_rules import Rule, is_same_label, render

RECORD = "/etc/holdfast/selinux.json"


@dataclass(frozen=True)
class Owned:
    """The record of what the collection wrote: rules, booleans (name -> value before us), modules (name -> checksum),
    and the prefixes whose relabelling has begun and not ended."""

    rules: tuple[Rule, ...] = ()
    booleans: dict[str, bool] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    relabel: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules or self.booleans or self.modules or self.relabel)


@dataclass(frozen=True)
class Desired:
    """Rules, booleans and policy modules (name -> CIL text) that the host should have of the collection."""

    rules: tuple[Rule, ...] = ()
    booleans: dict[str, bool] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rules or self.booleans or self.modules)


@dataclass(frozen=True)
class Current:
    """What was read. ``booleans``: name -> (active, saved), None where there is none; ``modules``: names present;
    ``labels``: for rules whose prefix exists on a file system with labels, path -> context of what they cover;
    ``aliases``: path equivalences of the policy."""

    mode: str
    rules: tuple[Rule, ...] = ()
    booleans: dict[str, tuple[bool | None, bool | None]] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    labels: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    owned: Owned = Owned()


def parse_record(text: str | None) -> Owned:
    """The record from its JSON text. Raises HostError when it is damaged."""
    try:
        data = json.loads(text or "{}")
        return Owned(
            tuple(Rule(rule["target"], rule["ftype"], rule["context"]) for rule in data.get("file_contexts", [])),
            dict(data.get("booleans", {})),
            dict(data.get("policy_modules", {})),
            tuple(data.get("relabel", [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HostError(
            f"{RECORD} is damaged ({error}); restore it, or move it away after removing its rules by semanage"
        ) from error


def render_record(owned: Owned) -> str:
    """The text that parse_record() reads."""
    data = {
        "file_contexts": [{"target": r.target, "ftype": r.ftype, "context": r.context} for r in owned.rules],
        "booleans": owned.booleans,
        "policy_modules": owned.modules,
        "relabel": list(owned.relabel),
    }
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def render_checksum(cil: str) -> str:
    """What tells one text of a policy module from another."""
    return hashlib.sha256(cil.encode()).hexdigest()


def plan(current: Current, desired: Desired) -> Change:
    """Steps: remove_rule, write_rule, reset_boolean, set_boolean, remove_module, install_module, relabel, record.

    Raises HostError where a want cannot be met or would take what is somebody else's.
    """
    _refuse_impossible(current, desired)
    rule_steps = _plan_rules(current, desired)
    policy_steps = [*rule_steps, *_plan_booleans(current, desired), *_plan_modules(current, desired)]
    written = {(step.name, step.args["ftype"]) for step in rule_steps if step.action == "write_rule"}
    steps = [*policy_steps, *_plan_labels(current, desired, written)]
    if not steps and find_final_record(current, desired) != current.owned:
        steps.append(Step("record", RECORD))
    return Change(_describe_before(current, desired), _describe_after(current, desired), tuple(steps))


def find_final_record(current: Current, desired: Desired) -> Owned:
    """What the collection owns once all steps are done: the wants that it had to write, now or before."""
    present = set(current.rules)
    mine = set(current.owned.rules)
    return Owned(
        tuple(rule for rule in desired.rules if rule in mine or rule not in present),
        {
            name: current.owned.booleans.get(name, bool(current.booleans[name][0]))
            for name, value in desired.booleans.items()
            if name in current.owned.booleans or current.booleans[name] != (value, value)
        },
        {name: render_checksum(cil) for name, cil in desired.modules.items()},
    )


def find_union_record(current: Current, desired: Desired, change: Change) -> Owned:
    """What the collection may own while the steps run, so that a killed run is completed by the next.

    A checksum is not claimed before its module is installed.
    """
    final = find_final_record(current, desired)
    return Owned(
        tuple(dict.fromkeys((*current.owned.rules, *final.rules))),
        {**final.booleans, **current.owned.booleans},
        {**dict.fromkeys(final.modules, ""), **current.owned.modules},
        tuple(step.name for step in change.steps if step.action == "relabel"),
    )


def _refuse_impossible(current: Current, desired: Desired) -> None:
    if desired and current.mode == "disabled":
        raise HostError(
            "SELinux is off on this host, so no context, boolean or policy module can be had; boot it with SELinux "
            "(kernel parameters security=selinux selinux=1, then a relabel) or ask for nothing"
        )
    for name in desired.booleans:
        if current.booleans[name][0] is None:
            raise HostError(f"the policy of this host has no boolean {name!r}; getsebool -a lists those it has")
    for rule in desired.rules:
        for alias, original in current.aliases.items():
            if f"{rule.prefix}/".startswith(f"{alias}/"):
                raise HostError(
                    f"file context {rule.target!r} would never match: the policy reads {alias} as {original}; "
                    f"write {original}{rule.target[len(alias) :]}"
                )


def _plan_rules(current: Current, desired: Desired) -> list[Step]:
    wanted = {rule.key for rule in desired.rules}
    mine = set(current.owned.rules)
    steps = [_rule_step("remove_rule", rule) for rule in current.rules if rule in mine and rule.key not in wanted]
    present = {rule.key: rule for rule in current.rules}
    written: list[Rule] = []
    # The last match wins, so a rule for a directory stands before those for what is below it.
    for rule in sorted(desired.rules, key=lambda rule: (len(rule.prefix), rule.key)):
        found = present.get(rule.key)
        if found and found not in mine and not is_same_label(found.context, rule.context):
            raise HostError(
                f"file context {rule.target!r}: this host has a local rule of somebody else's, {found.context}, "
                f"where {rule.context} is wanted; remove it with: semanage fcontext -d -f {rule.ftype} '{rule.target}'"
            )
        owned = found in mine
        if found is None or (owned and (found != rule or _is_shadowed(rule, written, current.rules, desired))):
            steps.append(_rule_step("write_rule", rule))
            written.append(rule)
    return steps


def _is_shadowed(rule: Rule, written: list[Rule], present: tuple[Rule, ...], desired: Desired) -> bool:
    later = present[present.index(rule) + 1 :]
    broader = [other for other in desired.rules if rule.prefix.startswith(f"{other.prefix}/")]
    return any(other in written or other in later for other in broader)


def _rule_step(action: str, rule: Rule) -> Step:
    return Step(action, rule.target, {"ftype": rule.ftype, "context": rule.context})


def _plan_booleans(current: Current, desired: Desired) -> list[Step]:
    resets = {name: value for name, value in current.owned.booleans.items() if name not in desired.booleans}
    steps = []
    for action, values in (("reset_boolean", resets), ("set_boolean", desired.booleans)):
        for name, value in values.items():
            active, saved = current.booleans[name]
            if (active, saved) != (value, value) and (active is not None or saved is not None):
                steps.append(Step(action, name, {"value": value}))
    return steps


def _plan_modules(current: Current, desired: Desired) -> list[Step]:
    gone = [name for name in current.owned.modules if name not in desired.modules and name in current.modules]
    return [Step("remove_module", name) for name in gone] + [
        Step("install_module", name, {"cil": cil})
        for name, cil in desired.modules.items()
        if name not in current.modules or current.owned.modules.get(name) != render_checksum(cil)
    ]


def _plan_labels(current: Current, desired: Desired, written: set[tuple[str, str]]) -> list[Step]:
    prefixes = [
        rule.prefix
        for rule in desired.rules
        if rule.key in current.labels
        and (rule.key in written or rule.prefix in current.owned.relabel or find_wrong_labels(rule, current))
    ]
    return [Step("relabel", prefix) for prefix in dict.fromkeys(prefixes)]


def find_wrong_labels(rule: Rule, current: Current) -> dict[str, str]:
    """Paths that the rule covers and that carry another label, each with that label."""
    labels = current.labels.get(rule.key, {})
    return {path: label for path, label in labels.items() if not is_same_label(label, rule.context)}


def _describe_before(current: Current, desired: Desired) -> dict[str, Any]:
    wanted = {rule.key for rule in desired.rules}
    rules = [rule for rule in current.rules if rule.key in wanted or rule in current.owned.rules]
    booleans = {**desired.booleans, **current.owned.booleans}
    modules = {name: sum_ for name, sum_ in current.owned.modules.items() if name in current.modules}
    wrong = [find_wrong_labels(rule, current) for rule in desired.rules]
    return _describe(rules, {name: current.booleans[name][0] for name in booleans}, modules, wrong)


def _describe_after(current: Current, desired: Desired) -> dict[str, Any]:
    booleans = {**current.owned.booleans, **desired.booleans}
    modules = {name: render_checksum(cil) for name, cil in desired.modules.items()}
    right = [dict.fromkeys(find_wrong_labels(rule, current), rule.context) for rule in desired.rules]
    return _describe(list(desired.rules), booleans, modules, right)


def _describe(
    rules: list[Rule], booleans: dict[str, Any], modules: dict[str, str], labels: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "file_contexts": render(sorted(rules, key=lambda rule: rule.key)).splitlines(),
        "booleans": dict(sorted(booleans.items())),
        "policy_modules": dict(sorted(modules.items())),
        "labels": {path: label for found in labels for path, label in found.items()},
    }
