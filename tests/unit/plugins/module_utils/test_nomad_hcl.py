# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import hcl
from ansible_collections.holdfast.volumes.plugins.module_utils.compile_nomad import render_job
from ansible_collections.holdfast.volumes.plugins.module_utils.nomad_hcl import convert_job
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.compile_case import load_plan

# The example of developer.hashicorp.com/nomad/docs/job-specification/volume, in both forms.
DOCUMENTED_JOB = {
    "ID": "docs",
    "Name": "docs",
    "TaskGroups": [
        {
            "Name": "example",
            "Volumes": {
                "data": {
                    "Name": "data",
                    "Type": "csi",
                    "Source": "csi-volume",
                    "ReadOnly": True,
                    "AttachmentMode": "file-system",
                    "AccessMode": "single-node-writer",
                }
            },
        }
    ],
}
DOCUMENTED_TEXT = """\
job "docs" {
  group "example" {
    volume "data" {
      type = "csi"
      source = "csi-volume"
      read_only = true
      attachment_mode = "file-system"
      access_mode = "single-node-writer"
    }
  }
}
"""


def test_a_documented_job():
    assert hcl.render([convert_job(DOCUMENTED_JOB)]) == DOCUMENTED_TEXT


@pytest.mark.parametrize("app", load_plan().apps, ids=lambda app: app.name)
def test_every_key_of_a_job_has_a_name(app):
    assert convert_job(render_job(app)).labels == [app.name]


def test_a_key_without_a_name_is_an_error():
    with pytest.raises(KeyError):
        convert_job({"ID": "x", "Priority": 50})


def test_times_are_texts_and_runtime_names_are_kept():
    web = next(app for app in load_plan().apps if app.name == "web")
    text = hcl.render([convert_job(render_job(web))])
    assert 'interval = "5s"' in text and 'timeout = "5s"' in text
    assert 'attribute = "${attr.unique.hostname}"' in text


def test_a_mount_of_the_driver_is_a_block_with_blocks():
    web = next(app for app in load_plan().apps if app.name == "web")
    text = hcl.render([convert_job(render_job(web))])
    block = 'mount {\n type = "tmpfs"\n target = "/run"\n tmpfs_options {\n size = 67108864\n mode = 493\n }\n }'
    assert block in "\n".join(f" {line.strip()}" for line in text.splitlines())
