# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job in the form of Nomad's API as a job file in HCL2: one table of how the two call the same. Pure.

https://developer.hashicorp.com/nomad/docs/job-specification
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.holdfast.volumes.plugins.module_utils.hcl import Block, Item, Reference

_SECOND = 10**9


@dataclass(frozen=True)
class Field:
    """A key of the API in HCL: an attribute, or blocks whose own keys are ``fields``.

    ``label`` is the key of the API that a block has as its label; ``show`` turns the value of an attribute.
    """

    name: str
    fields: Mapping[str, Field] | None = None
    label: str = ""
    show: Callable[[Any], Any] = lambda value: value


def _show_time(nanoseconds: int) -> str:
    return f"{nanoseconds // _SECOND}s"


_PORT = {"Value": Field("static"), "To": Field("to")}
_NETWORK = {
    "Mode": Field("mode"),
    "ReservedPorts": Field("port", _PORT, "Label"),
    "DynamicPorts": Field("port", _PORT, "Label"),
}
_VOLUME = {
    "Type": Field("type"),
    "Source": Field("source"),
    "ReadOnly": Field("read_only"),
    "AttachmentMode": Field("attachment_mode"),
    "AccessMode": Field("access_mode"),
}
_CHECK = {
    "Type": Field("type"),
    "Path": Field("path"),
    "Interval": Field("interval", show=_show_time),
    "Timeout": Field("timeout", show=_show_time),
}
_SERVICE = {
    "Name": Field("name"),
    "Provider": Field("provider"),
    "PortLabel": Field("port"),
    "Checks": Field("check", _CHECK),
}
_TEMPLATE = {
    "EmbeddedTmpl": Field("data"),
    "DestPath": Field("destination"),
    "Envvars": Field("env"),
    "Perms": Field("perms"),
    "Uid": Field("uid"),
    "Gid": Field("gid"),
}
_MOUNT = {"Volume": Field("volume"), "Destination": Field("destination"), "ReadOnly": Field("read_only")}
_TASK = {
    "Driver": Field("driver"),
    "User": Field("user"),
    "Config": Field("config", {}),
    "Env": Field("env", {}),
    "Templates": Field("template", _TEMPLATE),
    "VolumeMounts": Field("volume_mount", _MOUNT),
}
_GROUP = {
    "Count": Field("count"),
    "Volumes": Field("volume", _VOLUME, "Name"),
    "Networks": Field("network", _NETWORK),
    "Services": Field("service", _SERVICE),
    "Tasks": Field("task", _TASK, "Name"),
}
_CONSTRAINT = {
    "LTarget": Field("attribute", show=Reference),
    "Operand": Field("operator"),
    "RTarget": Field("value"),
}
JOB = {
    "Type": Field("type"),
    "ParameterizedJob": Field("parameterized", {"Payload": Field("payload")}),
    "Constraints": Field("constraint", _CONSTRAINT),
    "TaskGroups": Field("group", _GROUP, "Name"),
}


def convert_job(job: Mapping[str, Any]) -> Block:
    """The block ``job`` of a job file."""
    return Block("job", list(_convert(job, JOB, ("ID", "Name"))), [job["ID"]])


def _convert(value: Mapping[str, Any], fields: Mapping[str, Field], known: Sequence[str]) -> Iterator[Item]:
    for key, one in value.items():
        if key in known:
            continue
        if not fields:
            yield from _convert_free(key, one)
        elif fields[key].fields is None:
            yield fields[key].name, fields[key].show(one)
        else:
            yield from _convert_blocks(one, fields[key])


def _convert_blocks(value: Any, field: Field) -> Iterable[Block]:
    for one in _list_values(value, field):
        labels = [one[field.label]] if field.label else []
        yield Block(field.name, list(_convert(one, field.fields or {}, [field.label])), labels)


def _list_values(value: Any, field: Field) -> list[Mapping[str, Any]]:
    """The blocks of a key: the API has some as a list, some as one mapping, and volumes by their labels."""
    if isinstance(value, Mapping):
        return list(value.values()) if field.label else [value]
    return list(value)


def _convert_free(key: str, value: Any) -> Iterator[Item]:
    """What a driver takes: the API writes its blocks as lists of mappings."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        yield from (Block(key, list(_convert(one, {}, ()))) for one in value)
    else:
        yield key, value
