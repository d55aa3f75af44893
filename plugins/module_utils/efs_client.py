# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only door to the API of Amazon EFS: calls of boto3 with time limits, whose errors are HostError."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

try:
    import boto3
    import botocore.config
    import botocore.exceptions

    ERRORS: tuple[type[Exception], ...] = (
        ValueError,
        botocore.exceptions.BotoCoreError,
        botocore.exceptions.ClientError,
    )
except ImportError:
    boto3, ERRORS = None, (ValueError,)

INTERVAL = 2.0
ARGUMENTS: dict[str, Any] = {
    "region": {"type": "str", "required": True},
    "endpoint_url": {"type": "str", "default": ""},
    "profile": {"type": "str", "default": ""},
}


class Efs:
    """Access points as the API has them (AccessPointDescription)."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read_access_points(self, file_system_id: str) -> list[dict[str, Any]]:
        """Every access point of a file system."""
        found: list[dict[str, Any]] = []
        page: dict[str, str] = {}
        with _explain(f"read the access points of {file_system_id}"):
            while True:
                answer = self._client.describe_access_points(FileSystemId=file_system_id, **page)
                found += answer["AccessPoints"]
                if not answer.get("NextToken"):
                    return found
                page = {"NextToken": answer["NextToken"]}

    def create_access_point(self, request: Mapping[str, Any]) -> None:
        """Create one; twice with one ClientToken creates one."""
        with _explain(f"create an access point of {request['FileSystemId']}"):
            self._client.create_access_point(**request)

    def wait(self, file_system_id: str, timeout: float) -> bool:
        """Whether, within the limit, no access point is being created any more."""
        deadline = time.monotonic() + timeout
        while any(point["LifeCycleState"] == "creating" for point in self.read_access_points(file_system_id)):
            if time.monotonic() + INTERVAL > deadline:
                return False
            time.sleep(INTERVAL)
        return True


def connect(params: Mapping[str, Any]) -> Efs:
    """Reach the API of a region, with the credentials that AWS's own tools would take; raises HostError."""
    if boto3 is None:
        raise HostError(f"the Python library boto3 is not installed for {sys.executable}; install it there")
    with _explain("reach Amazon EFS"):
        retries = {"mode": "standard", "total_max_attempts": 5}
        limits = botocore.config.Config(connect_timeout=10, read_timeout=30, retries=retries)
        session = boto3.session.Session(profile_name=params["profile"] or None, region_name=params["region"])
        return Efs(session.client("efs", endpoint_url=params["endpoint_url"] or None, config=limits))


@contextlib.contextmanager
def _explain(what: str) -> Iterator[None]:
    try:
        yield
    except ERRORS as error:
        raise HostError(f"cannot {what}: {error}") from error
