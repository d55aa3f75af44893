"""The API of AWS on loopback: moto's server, on a port of its own."""

from __future__ import annotations

import json

import pytest
from moto.efs import urls
from moto.efs.responses import EFSResponse
from moto.moto_server.threaded_moto_server import ThreadedMotoServer


def describe_tags(self):
    """DescribeTags, which moto does not have and community.aws.efs asks for, from the tags that moto keeps."""
    tags = self.efs_backend.list_tags_for_resource(self._get_param("FileSystemId"))
    return json.dumps({"Tags": tags}), {"Content-Type": "application/json"}


@pytest.fixture(scope="session")
def endpoint():
    """The URL of the server."""
    EFSResponse.describe_tags = describe_tags
    urls.url_paths["/2015-02-01/tags/<file_system_id>/"] = EFSResponse.dispatch
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()
