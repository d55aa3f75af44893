from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.holdfast.volumes.plugins.filter import certificate, proof

FOLDER = Path(proof.__file__).parent


def test_evidence_is_what_the_playbook_registered_and_no_more():
    hostvars = {
        "app1": {
            "__prove_before": {"containers": []},
            "ansible_facts": {"distribution": "Debian", "env": {"SECRET": "x"}},
            "holdfast_evidence": [{"title": "t"}],
            "password": "secret",
        },
        "app2": {},
        "other": {},
    }
    assert proof.proof_evidence(hostvars, ["app1", "app2"]) == [
        {
            "host": "app1",
            "facts": {"distribution": "Debian"},
            "extra": [{"title": "t"}],
            "before": {"containers": []},
        },
        {"host": "app2", "facts": {}, "extra": []},
    ]


def test_every_filter_is_documented_with_its_real_arguments():
    for name, function in {**proof.FilterModule().filters(), **certificate.FilterModule().filters()}.items():
        documented = yaml.safe_load((FOLDER / f"{name}.yml").read_text())["DOCUMENTATION"]
        assert documented["name"] == name
        code = function.__code__
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        assert ["_input", *arguments[1:]] == list(documented["options"]), name
