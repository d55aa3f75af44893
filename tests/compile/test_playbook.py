"""playbooks/compile.yml as a user runs it over the catalogue of the project."""

from __future__ import annotations

import json
import re

ENGINES = (
    "compose",
    "docker",
    "kube-play",
    "kubernetes",
    "kubernetes-csi",
    "marathon",
    "nomad",
    "podman",
    "swarm",
    "systemd",
)
SECRET = "only-for-the-lab"
HOLDERS = ("/secrets/", "/env/", "/etc/holdfast/secrets/", "secrets.yaml", "/variables/")


def changed(output):
    return int(re.search(r"changed=(\d+)", output)[1])


def test_every_engine_has_its_files_and_its_notes(example):
    assert {path.partition("/")[0] for path in example} == set(ENGINES)
    assert all(example[f"{engine}/notes.txt"] for engine in ENGINES)
    assert example["podman/app1/etc/containers/systemd/holdfast-web.container"]
    assert json.loads(example["nomad/jobs/db.json"])["Job"]["ID"] == "db"


def test_a_secret_is_only_where_it_was_asked_for(example, controller):
    holding = [path for path, text in example.items() if SECRET in text]
    assert {path.partition("/")[0] for path in holding} == set(ENGINES) - {"systemd"}
    assert [path for path in holding if not any(mark in f"/{path}" for mark in HOLDERS)] == []
    modes = {(controller.directory / "compiled" / path).stat().st_mode & 0o777 for path in holding}
    assert modes == {0o600}


def test_without_being_asked_no_secret_is_written_and_those_of_before_go(example, controller):
    output = controller.compile("--diff")
    assert changed(output) == 1
    assert SECRET not in output
    left = controller.read()
    assert [path for path, text in left.items() if SECRET in text] == []
    assert set(left) < set(example)
    assert changed(controller.compile()) == 0
    assert changed(controller.compile("--check", "-e", "holdfast_compile_namespace=shop")) == 1
    assert changed(controller.compile()) == 0


def test_an_engine_alone_goes_where_it_is_told(controller):
    options = {"holdfast_compile_engines": ["nomad"], "holdfast_compile_dir": str(controller.directory / "other")}
    controller.compile("-e", json.dumps(options))
    assert {path.name for path in (controller.directory / "other").iterdir()} == {".holdfast-compiled.json", "nomad"}
