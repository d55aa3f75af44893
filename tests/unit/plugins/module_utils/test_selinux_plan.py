from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import selinux_plan as plans
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.selinux_rules import Rule

CASES = sorted((Path(__file__).parent / "data/selinux_plan").glob("*.yml"))


def make_rules(texts):
    """'TARGET LEVEL' or 'TARGET FTYPE LEVEL' -> rules of type container_file_t."""
    words = [text.split() for text in texts]
    return tuple(Rule(w[0], w[1] if len(w) == 3 else "a", f"system_u:object_r:container_file_t:{w[-1]}") for w in words)


def make_owned(case):
    return plans.Owned(
        make_rules(case.get("rules", [])),
        case.get("booleans", {}),
        {name: plans.render_checksum(cil) for name, cil in case.get("modules", {}).items()},
        tuple(case.get("relabel", [])),
    )


def make_current(case):
    rules = make_rules(case.get("rules", []))
    return plans.Current(
        case.get("mode", "enforcing"),
        rules,
        {name: tuple(pair) for name, pair in case.get("booleans", {}).items()},
        frozenset(case.get("modules", [])),
        {
            (target, "a"): {path: f"unconfined_u:object_r:{label}" for path, label in labels.items()}
            for target, labels in case.get("labels", {}).items()
        },
        case.get("aliases", {}),
        make_owned(case.get("owned", {})),
    )


def make_desired(case):
    return plans.Desired(make_rules(case.get("rules", [])), case.get("booleans", {}), case.get("modules", {}))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_plan(path):
    case = yaml.safe_load(path.read_text())
    current, desired = make_current(case["current"]), make_desired(case["desired"])
    if "refused" in case:
        with pytest.raises(HostError) as error:
            plans.plan(current, desired)
        assert all(word in str(error.value) for word in case["refused"])
        return
    change = plans.plan(current, desired)
    assert change.result()["steps"] == case["steps"]
    if "record" in case:
        assert plans.find_final_record(current, desired) == make_owned(case["record"])
    for side in ("before", "after"):
        for key, value in case.get(side, {}).items():
            assert getattr(change, side)[key] == value


def test_the_record_survives_a_round_trip():
    owned = plans.Owned(make_rules(["/srv/x(/.*)? s0:c1,c2"]), {"b": False}, {"holdfast_x": "sum"}, ("/srv/x",))
    assert plans.parse_record(plans.render_record(owned)) == owned
    assert plans.parse_record(None) == plans.Owned()
    assert not plans.parse_record(None)


@pytest.mark.parametrize("text", ["{", "[]", '{"file_contexts": [{}]}', '{"booleans": 3}'])
def test_a_damaged_record_is_refused(text):
    with pytest.raises(HostError, match=r"selinux\.json is damaged"):
        plans.parse_record(text)


def test_a_killed_run_is_completed_by_the_next():
    old, new = make_rules(["/srv/old(/.*)? s0"]), make_rules(["/srv/new(/.*)? s0:c1,c2"])
    labels = {("/srv/new(/.*)?", "a"): {"/srv/new": "u:r:var_t:s0"}}
    current = plans.Current("enforcing", old, labels=labels, owned=plans.Owned(old))
    desired = plans.Desired(new, modules={"holdfast_x": "cil"})
    change = plans.plan(current, desired)
    union = plans.find_union_record(current, desired, change)

    before_commit = plans.plan(plans.Current("enforcing", old, labels=labels, owned=union), desired)
    assert before_commit.result()["steps"] == change.result()["steps"]

    # The top directory is labelled first: it says nothing about what is below it.
    relabelling = {("/srv/new(/.*)?", "a"): {"/srv/new": new[0].context}}
    after_commit = plans.Current("enforcing", new, modules=frozenset(["holdfast_x"]), labels=relabelling, owned=union)
    assert plans.plan(after_commit, desired).result()["steps"] == [
        "install_module holdfast_x",
        "relabel /srv/new",
    ]
    assert plans.find_final_record(after_commit, desired) == plans.find_final_record(current, desired)


def test_a_run_killed_before_its_last_record_leaves_only_the_record():
    rules = make_rules(["/srv/old(/.*)? s0"])
    current = plans.Current("enforcing", owned=plans.Owned(rules))
    assert plans.plan(current, plans.Desired()).result()["steps"] == [f"record {plans.RECORD}"]
