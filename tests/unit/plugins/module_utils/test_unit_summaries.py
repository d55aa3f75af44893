# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import engine_of, find_leaving, summarize

WEB = "/etc/containers/systemd/holdfast-web.container"
DB = "/etc/systemd/system/holdfast-db.service"


@pytest.mark.parametrize(
    ("path", "text", "engine"),
    [
        (WEB, "", "podman"),
        (DB, "[Service]\nExecStart=/usr/bin/docker run x\n", "docker"),
        (DB, "[Service]\nExecStart=/usr/bin/systemd-nspawn --quiet\n", "nspawn"),
        ("/etc/containers/systemd/holdfast-site.volume", "", ""),
        ("/etc/systemd/nspawn/holdfast-db.nspawn", "", ""),
        ("/etc/holdfast/env/web.env", "", ""),
    ],
)
def test_the_engine_is_told_by_place_and_by_what_is_started(path, text, engine):
    assert engine_of(path, text) == engine


def test_a_summary_has_every_mount_however_they_are_written():
    text = "[Unit]\nBindsTo=b.mount\nAfter=c.mount\nBindsTo=a.mount \\\n  d.mount\n"
    files = {WEB: text, "/etc/containers/systemd/holdfast-site.volume": text}
    assert summarize(files) == {WEB: {"engine": "podman", "mounts": ["a.mount", "b.mount", "d.mount"]}}
    assert summarize({WEB: "[Unit]\n"}) == {WEB: {"engine": "podman", "mounts": []}}


def about(engine, *mounts):
    return {"engine": engine, "mounts": list(mounts)}


@pytest.mark.parametrize(
    ("found", "wanted", "leaving"),
    [
        ({WEB: about("podman")}, {}, [WEB]),
        ({DB: about("docker")}, {DB: about("nspawn")}, [DB]),
        ({WEB: about("podman", "a")}, {WEB: about("podman", "b")}, [WEB]),
        ({WEB: about("podman", "a")}, {WEB: about("podman")}, [WEB]),
        ({WEB: about("podman", "a")}, {WEB: about("podman", "b"), DB: about("docker", "a")}, []),
        ({WEB: about("podman", "a")}, {WEB: about("podman", "a", "b")}, []),
        ({}, {WEB: about("podman", "a")}, []),
    ],
)
def test_who_goes_first(found, wanted, leaving):
    assert find_leaving(found, wanted) == leaving
