# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A swarm as one of its managers knows it, by the Docker SDK for Python: a boundary without decisions.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Service
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import docker_engine
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_state import has_socket
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System

try:
    from docker.errors import NotFound
except ImportError:
    # Nothing is asked without the SDK, so nothing is ever missing.
    NotFound = LookupError

Record = dict[str, Any]


@dataclass(frozen=True)
class SwarmEngine:
    """An open connection; every call ends with HostError when the daemon refuses or does not answer in time."""

    client: Any

    def read_info(self) -> Record:
        """What the daemon says of itself in the swarm, {} outside of one."""
        with docker_engine.explain("tell whether it is in a swarm"):
            return dict(self.client.info().get("Swarm") or {})

    def find_nodes(self) -> list[Record]:
        """Every node, as the Engine API lists it; so do the others with theirs."""
        with docker_engine.explain("list the nodes of the swarm"):
            return list(self.client.nodes())

    def find_services(self) -> list[Record]:
        with docker_engine.explain("list the services of the swarm"):
            return list(self.client.services())

    def find_tasks(self) -> list[Record]:
        with docker_engine.explain("list the tasks of the swarm"):
            return list(self.client.tasks())

    def find_secrets(self) -> list[Record]:
        """Every secret, without what is in it: nobody is told that."""
        with docker_engine.explain("list the secrets of the swarm"):
            return list(self.client.secrets())

    def create_secret(self, name: str, value: str, labels: Mapping[str, str]) -> None:
        with docker_engine.explain(f"keep the secret {name}"):
            self.client.create_secret(name, value.encode("utf-8", "surrogateescape"), dict(labels))

    def remove_secret(self, name: str, identity: str) -> None:
        with docker_engine.explain(f"forget the secret {name}"), _gone():
            self.client.remove_secret(identity)

    def create_service(self, spec: Record) -> None:
        with docker_engine.explain(f"make the service {spec['Name']}"):
            self.client.create_service(spec["TaskTemplate"], **_find_words(spec))

    def update_service(self, identity: str, version: int, spec: Record) -> None:
        """Replace the definition that has the number ``version``; one that was changed since is refused."""
        with docker_engine.explain(f"change the service {spec['Name']}"):
            self.client.update_service(identity, version, spec["TaskTemplate"], **_find_words(spec))

    def remove_service(self, name: str, identity: str) -> None:
        with docker_engine.explain(f"remove the service {name}"), _gone():
            self.client.remove_service(identity)

    def update_node(self, identity: str, version: int, spec: Record) -> None:
        with docker_engine.explain(f"change the node {identity}"):
            self.client.update_node(identity, version, spec)

    def remove_node(self, name: str, identity: str) -> None:
        """Forget a node that has left, or that will never come back."""
        with docker_engine.explain(f"forget the node {name}"), _gone():
            self.client.remove_node(identity, force=True)


def connect(system: System, url: str, timeout: float) -> Optional[SwarmEngine]:
    """The daemon of this host, None where there is none; raises HostError."""
    if not has_socket(system, url, "a swarm is asked on a manager of it"):
        return None
    return SwarmEngine(docker_engine.connect(url, timeout).client)


def find_manager(system: System, url: str, timeout: float) -> Optional[SwarmEngine]:
    """The daemon of this host where it manages a swarm, else None; raises HostError."""
    engine = connect(system, url, timeout)
    return engine if engine and engine.read_info().get("ControlAvailable") else None


def _find_words(spec: Record) -> Record:
    """A definition as the SDK takes it; all of it, since what is left out would be lost."""
    return {
        "name": spec["Name"],
        "labels": spec.get("Labels"),
        "mode": spec["Mode"],
        "update_config": spec.get("UpdateConfig"),
        "rollback_config": spec.get("RollbackConfig"),
        "endpoint_spec": spec.get("EndpointSpec"),
    }


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    """What is gone already is fine."""
    with contextlib.suppress(NotFound):
        yield
