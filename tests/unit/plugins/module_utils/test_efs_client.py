# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# With a real client and a server of the API: tests/efs.

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import efs_client
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

HERE = {"region": "eu-west-1", "endpoint_url": "", "profile": ""}


class Pages:
    """Answers one page after the other, and fails on the last one that is an error."""

    def __init__(self, *pages):
        self.pages, self.asked = list(pages), []

    def describe_access_points(self, **words):
        self.asked.append(words)
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(page, Exception):
            raise page
        return page

    create_access_point = describe_access_points


def test_every_page_is_read():
    pages = Pages({"AccessPoints": [1, 2], "NextToken": "n"}, {"AccessPoints": [3]})
    assert efs_client.Efs(pages).read_access_points("fs-1") == [1, 2, 3]
    assert pages.asked == [{"FileSystemId": "fs-1"}, {"FileSystemId": "fs-1", "NextToken": "n"}]


def test_an_error_says_what_was_tried_on_what():
    efs = efs_client.Efs(Pages(efs_client.ERRORS[0]("no such thing")))
    with pytest.raises(HostError, match="cannot read the access points of fs-1: no such thing"):
        efs.read_access_points("fs-1")
    with pytest.raises(HostError, match="cannot create an access point of fs-1: no such thing"):
        efs.create_access_point({"FileSystemId": "fs-1"})


def test_it_waits_until_nothing_is_being_created_and_no_longer_than_the_limit(monkeypatch):
    monkeypatch.setattr(efs_client, "INTERVAL", 0.01)
    creating = {"AccessPoints": [{"LifeCycleState": "available"}, {"LifeCycleState": "creating"}]}
    available = {"AccessPoints": [{"LifeCycleState": "available"}, {"LifeCycleState": "deleting"}]}
    assert efs_client.Efs(Pages(creating, creating, available)).wait("fs-1", 5)
    assert not efs_client.Efs(Pages(creating)).wait("fs-1", 0.05)


def test_a_missing_library_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr(efs_client, "boto3", None)
    with pytest.raises(HostError, match="the Python library boto3 is not installed for .*python"):
        efs_client.connect(HERE)
