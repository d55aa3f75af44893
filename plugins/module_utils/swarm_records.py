# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service and a node of a swarm shall be, and the rules that wanted ones obey. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import container_records
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

# Of container and service, the app; of a node, that an app may run there, or that a volume is mounted.
APP_LABEL = "io.holdfast.app"
LABELS = {"app": APP_LABEL, "volume": "io.holdfast.volume"}
ROLES = ("manager", "worker")
AVAILABILITIES = ("active", "drain", "pause")
ORDERS = ("stop_first", "start_first")
FAILURES = ("pause", "rollback", "continue")
LONGEST_NAME = 63

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """An app of the swarm: ``unit`` as Docker would run it, on ``hosts`` of the inventory, ``replicas`` in all.

    A single writer is kept to one node, and moves when its container there has ended.
    """

    unit: ContainerUnit
    hosts: tuple[str, ...]
    replicas: int = 1
    single_writer: bool = False
    parallel: int = 1
    order: str = "stop_first"
    on_failure: str = "pause"

    @property
    def name(self) -> str:
        """What the swarm calls it."""
        return self.unit.container

    @property
    def app(self) -> str:
        """What the catalogue calls it."""
        return self.unit.name


@dataclass(frozen=True)
class Member:
    """A host that shall be a node; ``labels`` is None where nobody has seen what is mounted there.

    ``fenced`` is the word of the operator that a node that does not answer is off, and writes nothing any more.
    """

    name: str
    address: str
    role: str = "worker"
    labels: Optional[tuple[str, ...]] = ()
    availability: str = "active"
    fenced: bool = False


def parse_services(items: Sequence[Item]) -> list[Service]:
    """The wanted services by name; raises HostError naming every problem of every item at once."""
    problems = find_problems(items)
    if problems:
        raise HostError(f"these services cannot be made, nothing was changed: {'; '.join(problems)}")
    return sorted(map(_parse_service, items), key=lambda service: service.name)


def parse_members(items: Sequence[Item]) -> list[Member]:
    """The wanted nodes; ``labels`` are items of ``kind`` and ``name``."""
    return [
        Member(
            name=item["name"],
            address=item["address"],
            role=item.get("role") or "worker",
            labels=None if item.get("labels") is None else tuple(render_label(one) for one in item["labels"]),
            availability=item.get("availability") or "active",
            fenced=bool(item.get("fenced")),
        )
        for item in items
    ]


def render_label(item: Item) -> str:
    """io.holdfast.volume.site of {kind: volume, name: site}."""
    return f"{LABELS[item['kind']]}.{item['name']}"


def find_problems(items: Sequence[Item]) -> list[str]:
    """What is wrong with wanted services, each sentence with the name of its item."""
    faults = container_records.find_problems([_find_unit(item) for item in items])
    return faults + [f"{item.get('name') or '(no name)'}: {fault}" for item in items for fault in _find_faults(item)]


def _find_faults(item: Item) -> Iterator[str]:
    health, update = item.get("health") or {}, item.get("update") or {}
    kinds = [kind for kind in ("http", "tcp") if health.get(kind)]
    yield from (f"health.{kind}: a swarm asks by a program in the container only; use command" for kind in kinds)
    templates = [key for key, value in (item.get("environment") or {}).items() if "{{" in str(value)]
    yield from (f"environment {key}: the swarm has templates of its own; leave {{{{ out" for key in templates)
    bound = [port for port in item.get("ports") or () if str(port).count(":") > 1]
    yield from (f"ports {port!r}: a swarm publishes on every address of the node; leave it out" for port in bound)
    if not item.get("hosts"):
        yield "hosts: it has none to run on; name one"
    if item.get("single_writer") and int(item.get("replicas") or 1) > 1:
        yield "replicas: it writes to a volume that has a single writer; have one"
    if item.get("single_writer") and update.get("order") == "start_first":
        yield "update.order: it writes to a volume that has a single writer; use stop_first"
    if len(_find_unit(item)["name"] or "") > LONGEST_NAME - len("holdfast-"):
        yield f"name: a swarm has names of {LONGEST_NAME} characters at most, holdfast- included; use a shorter one"


def _parse_service(item: Item) -> Service:
    (unit,) = container_records.parse_units([_find_unit(item)])
    update = item.get("update") or {}
    return Service(
        unit=unit,
        hosts=tuple(item["hosts"]),
        replicas=int(item.get("replicas") or 1),
        single_writer=bool(item.get("single_writer")),
        **{key: update[key] for key in ("parallel", "order", "on_failure") if update.get(key)},
    )


def _find_unit(item: Item) -> dict[str, Any]:
    """The item as container_records takes it: a container of Docker."""
    environment = {key: _fill(value, item) for key, value in (item.get("environment") or {}).items()}
    return {**item, "engine": "docker", "environment": environment}


def _fill(value: Any, item: Item) -> Any:
    """What a container calls itself, in the swarm's own words; it numbers the tasks of a service."""
    if not isinstance(value, str):
        return value
    number = "{{.Task.Slot}}"
    return value.replace("{instance}", f"{item.get('name')}-{number}").replace("{number}", number)
