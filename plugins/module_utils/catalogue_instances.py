# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances of an app on a host: what each is called, and which host ports it has.

The first has the app's own name and the first port of each range, so that an app that gets more instances, or loses
them again, keeps the first as it is.
"""

from __future__ import annotations

import re
from typing import Any, Optional

from ansible_collections.holdfast.volumes.plugins.module_utils import health_checks
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import PORT
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import Key, Table, read_below
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import App, Catalogue, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    Unfit,
    count_of,
    is_deferred,
    list_of,
    read_text,
    show,
)

MOST = 100
# How many containers of an app a host has.
read_instances = count_of("instances", MOST)


def share_out(ports: Any, number: int) -> Any:
    """The ports of one instance (1, 2, ...), each a range's port of that number; templates untouched."""
    if is_deferred(ports):
        return ports
    return [port if is_deferred(port) else _pick(port, number) for port in ports]


def _pick(port: str, number: int) -> str:
    match = PORT.fullmatch(port)
    if match is None or match[3] is None:
        return port
    return f"{port[: match.start(2)]}{int(match[2]) + number - 1}{port[match.end(3) :]}"


def name_instance(app: str, number: int) -> str:
    """What an instance is called on its host."""
    return app if number == 1 else f"{app}-{number}"


def find_names(app: App) -> list[str]:
    """What the instances of an app are called."""
    return [name_instance(app.name, number) for number in range(1, app.instances + 1)]


def check_instances(catalogue: Catalogue, problems: Problems) -> None:
    """Every instance has a name and ports of its own."""
    for app in catalogue.apps.values():
        for other in find_names(app)[1:]:
            if other in catalogue.apps:
                what = f"an instance of {app.name} is called {other}, as another app is"
                problems.add(app.place.at("instances"), what, "rename one of the two apps")
        if app.instances > 1:
            _check_ports(app, problems)


def _check_ports(app: App, problems: Problems) -> None:
    if is_deferred(app.ports):
        what = "a template cannot be shared out among instances"
        problems.add(app.place.at("ports"), what, 'write the list itself, with ranges such as "8080-8082:80"')
        return
    for index, port in enumerate(app.ports):
        match = None if is_deferred(port) else PORT.fullmatch(port)
        size = int(match[3]) - int(match[2]) + 1 if match and match[3] else 1
        if size < app.instances:
            what = f"{show(port)} has {size} host port{'s' if size > 1 else ''} for {app.instances} instances"
            problems.add(app.place.at(f"ports[{index}]"), what, f"write a range of them, such as {_widen(match, app)}")


def _widen(match: Optional[re.Match[str]], app: App) -> str:
    if match is None:
        return f'"8080-{8080 + app.instances - 1}:80"'
    before, after = match.string[: match.end(2)], match.string[match.start(4) - 1 :]
    return f'"{before}-{int(match[2]) + app.instances - 1}{after}"'


def _read_seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= health_checks.LONGEST:
        raise Unfit(f"{show(value)} is no such time", f"write whole seconds, 1 to {health_checks.LONGEST}")
    return value


def _read_word(value: Any) -> str:
    return read_text(value, "a word of a command")


def _read_port(value: Any) -> str:
    return str(value) if isinstance(value, int) else read_text(value, "a port")


_HEALTH: Table = {
    "http": Key(lambda value: read_text(value, "a request"), ""),
    "tcp": Key(_read_port, ""),
    "command": Key(list_of(_read_word), []),
    **{key: Key(_read_seconds, seconds) for key, seconds in health_checks.LIMITS.items()},
}


def read_health(value: Any) -> dict[str, Any]:
    """How to tell that a container serves: one kind of check with its limits in seconds."""
    fields = read_below(_HEALTH, value)
    kinds = {key: item for key, item in fields.items() if item or key not in health_checks.KINDS}
    filled = {key: fill(item) if isinstance(item, str) else item for key, item in kinds.items()}
    found = [(f".{key}" if key else "", what, way_out) for key, what, way_out in health_checks.find_faults("", filled)]
    if found:
        raise Unfit(findings=tuple(found))
    return kinds


def fill(text: str) -> str:
    """A text with placeholders of instances as the first one of them has it."""
    return text.replace("{instance}", "app").replace("{number}", "1")
