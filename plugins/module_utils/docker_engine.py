# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docker's volumes and their users, by the Docker SDK for Python: a boundary without decisions.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Volume
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

try:
    import docker
    from docker.errors import DockerException, NotFound
    from requests.exceptions import RequestException
except ImportError:
    HAS_SDK = False
else:
    HAS_SDK = True

PACKAGE = "python3-docker"


@dataclass(frozen=True)
class DockerEngine:
    """An open connection; every call ends with HostError when the daemon refuses or does not answer in time."""

    client: Any

    def find_volumes(self) -> list[dict[str, Any]]:
        """Every volume, as the Engine API lists it."""
        with explain("list its volumes"):
            return list(self.client.volumes().get("Volumes") or [])

    def find_containers(self, volumes: Sequence[str]) -> list[dict[str, Any]]:
        """Every container, running or not, that has one of ``volumes``; a container may have others too."""
        with explain("list its containers"):
            return list(self.client.containers(all=True, filters={"volume": list(volumes)})) if volumes else []

    def create(self, name: str, driver: str, options: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
        """Make a volume; where there is one of that name, that is returned as it is."""
        with explain(f"make the volume {name}"):
            return dict(self.client.create_volume(name, driver, dict(options), dict(labels)))

    def remove(self, name: str) -> None:
        """Remove a volume; one that is not there is fine, one in use raises HostError."""
        with explain(f"remove the volume {name}"), contextlib.suppress(NotFound):
            self.client.remove_volume(name)


def connect(url: str, timeout: float) -> DockerEngine:
    """The daemon at ``url`` (unix:///path), each answer of which may take ``timeout`` seconds; raises HostError."""
    if not HAS_SDK:
        raise HostError(f"the Docker SDK for Python is not installed on this host; install {PACKAGE}")
    with explain(f"be reached at {url}"):
        return DockerEngine(docker.APIClient(base_url=url, version="auto", timeout=timeout))


@contextlib.contextmanager
def explain(what: str) -> Iterator[None]:
    """What the daemon refuses, or does not answer, becomes a HostError."""
    try:
        yield
    except (DockerException, RequestException) as error:
        raise HostError(f"Docker could not {what}: {getattr(error, 'explanation', None) or error}") from error
