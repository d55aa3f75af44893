from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import container_traces
from ansible_collections.holdfast.volumes.plugins.module_utils.container_traces import DIRECTORIES, GATE
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, System

ENV, NSPAWN, SECRETS, STATE, IMAGES, PARENT = DIRECTORIES


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.stat.side_effect = lambda path: FileState("directory", 0o700, 0, 0) if path in (ENV, STATE) else None
    fake.listdir.side_effect = lambda path: {ENV: ["a.env"], STATE: ["env"]}.get(path, [])
    fake.read.return_value = None
    return fake


def test_reads_what_is_there(system):
    assert container_traces.read(system) == {ENV: [f"{ENV}/a.env"], STATE: [ENV]}
    system.read.return_value = "#!/usr/bin/python3"
    assert container_traces.read(system)[GATE] == []


@pytest.mark.parametrize(
    ("traces", "going", "swept"),
    [
        ({}, [], []),
        ({GATE: []}, [], [GATE]),
        ({STATE: []}, [], [STATE]),
        ({STATE: [f"{STATE}/nfs-firewall.nft"]}, [], []),
        ({STATE: [], GATE: []}, [], [STATE, GATE]),
        ({ENV: [f"{ENV}/a.env"], STATE: [ENV]}, [f"{ENV}/a.env"], [ENV, STATE]),
        ({ENV: [f"{ENV}/a.env"], STATE: [ENV], GATE: []}, [], [GATE]),
        ({ENV: [], STATE: [ENV, f"{STATE}/selinux.json"], GATE: []}, [], [ENV, GATE]),
        ({SECRETS: [f"{SECRETS}/a"], STATE: [SECRETS]}, [f"{SECRETS}/a"], [SECRETS, STATE]),
        ({IMAGES: [f"{IMAGES}/abc"], PARENT: [IMAGES]}, [f"{IMAGES}/abc"], [IMAGES, PARENT]),
        ({PARENT: [f"{PARENT}/other"]}, [], []),
    ],
)
def test_plans_what_goes(traces, going, swept):
    assert [(step.action, step.name) for step in container_traces.plan(traces, going)] == [
        ("sweep", path) for path in swept
    ]


def test_sweeps_what_is_empty(system):
    container_traces.sweep(system, [ENV, NSPAWN, GATE])
    system.remove_directory.assert_called_once_with(NSPAWN)
    system.remove.assert_called_once_with(GATE)
