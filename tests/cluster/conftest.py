"""A cluster's API on loopback: a real server of Kubernetes with nothing behind it that would run a pod."""

from __future__ import annotations

import pytest

from lab import api_server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with api_server.serve(tmp_path_factory.mktemp("server")) as found:
        yield found
