from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import read_keys
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Operation, Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_schema import APP
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check, load_cases

MINIMUM = {"engine": "podman", "image": "nginx", "hosts": "all", "start": "on_demand"}


def read(**more):
    problems = Problems()
    fields = read_keys(APP, {**MINIMUM, **more}, Place("c.yml", "apps.web_ops"), problems)
    return fields, [str(problem) for problem in problems.found]


def test_an_operation_is_read():
    fields, problems = read(ops={"run": "report '/a b'", "fetch": ["/tmp/r"]}, max_run_time=900)
    assert problems == []
    assert (fields["ops"], fields["max_run_time"]) == (Operation(["report", "/a b"], ["/tmp/r"]), "900")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"max_run_time": "soon"}, "c.yml: apps.web_ops.max_run_time: 'soon' is no time; write a whole number with"),
        ({"max_run_time": "{{ limit }}"}, "c.yml: apps.web_ops.max_run_time: it is a template"),
        ({"ops": {"fetch": ["/r"]}}, "c.yml: apps.web_ops.ops.run: it is missing; add `run:`"),
        ({"ops": {"run": "x", "fetch": ["r"]}}, "c.yml: apps.web_ops.ops.fetch[0]: 'r' is not an absolute path"),
        (
            {"ops": {"run": "x", "fetsh": []}},
            'c.yml: apps.web_ops.ops.fetsh: unknown key "fetsh"; did you mean',
        ),
        ({"ops": ["x"]}, "c.yml: apps.web_ops.ops: it is no mapping; write some of the keys run, fetch"),
    ],
)
def test_a_wrong_one_is_named_with_the_way_out(wrong, expected):
    fields, problems = read(**wrong)
    assert fields is None
    assert len(problems) == 1
    assert problems[0].startswith(expected)


def test_what_contradicts_the_app_is_found_with_the_rest():
    case = dict(load_cases("catalogue_validate"))["operations"]
    assert check(case)[3] == case["expected"]
