# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the plan that the cases of container_plan (engine_volume_*.yml) do not show."""

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import podman_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import EngineVolume, render_podman_options
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError
from ansible_collections.holdfast.volumes.plugins.module_utils.podman_volumes import Found

SITE = EngineVolume("holdfast-site", "nfs1:/srv/site")
LOGS = EngineVolume("holdfast-logs", "nfs1:/srv/logs")
NOTHING = {"owned": [], "wanted": [], "active": [], "leaving": [], "staying": []}


def test_a_file_leads_to_its_volume():
    assert podman_volumes.find_name(podman_volumes.volume_path("holdfast-site.ro")) == "holdfast-site.ro"


@pytest.mark.parametrize("path", ["/etc/containers/systemd/holdfast-a.container", "/etc/x/holdfast-a.volume"])
def test_other_files_are_no_volumes(path):
    assert podman_volumes.find_name(path) == ""


def test_only_what_would_have_to_go_is_asked_about():
    found = {"holdfast-site": render_podman_options(SITE), "holdfast-logs": {}, "holdfast-old": {"type": "nfs4"}}
    assert podman_volumes.find_suspects(found, [SITE, LOGS]) == ["holdfast-logs", "holdfast-old"]


def test_a_volume_that_became_local_data_stays_when_its_file_goes():
    found = {"holdfast-site": Found({}), "holdfast-logs": Found(render_podman_options(LOGS))}
    steps = podman_volumes.plan(found, **{**NOTHING, "owned": ["holdfast-site", "holdfast-logs", "holdfast-gone"]})
    assert [(step.action, step.name, step.args["remove"]) for step in steps] == [
        ("discard", "holdfast-gone", False),
        ("discard", "holdfast-logs", True),
        ("discard", "holdfast-site", False),
    ]


def test_everything_in_the_way_is_told_at_once():
    found = {
        "holdfast-site": Found({}),
        "holdfast-logs": Found({"type": "nfs"}, ["a", "b"]),
        "holdfast-old": Found({"type": "nfs"}, ["c"]),
    }
    with pytest.raises(HostError) as caught:
        podman_volumes.plan(found, **{**NOTHING, "owned": ["holdfast-old"], "wanted": [SITE, LOGS]})
    told = str(caught.value)
    assert all(part in told for part in ("holdfast-site holds data", "in use by a, b", "in use by c", "run again"))
