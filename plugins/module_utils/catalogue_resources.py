# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources of a catalogue as the user writes them: databases, buckets and other addresses with their credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_keys import (
    TEMPLATED,
    Key,
    Table,
    read_keys,
    read_list,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    Place,
    Problems,
    Resource,
    ResourceBinding,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import (
    Unfit,
    is_deferred,
    read_address,
    read_name,
    show,
    spell,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import VARIABLE

PREFIX = re.compile(r"[A-Z][A-Z0-9_]*")
PLAIN = re.compile(r"[\w.-]+")
HTTP = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[^\s?#@]*)?")
URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+")
PORTS = {"mysql": 3306, "postgresql": 5432, "couchdb": 5984}


# No message about a resource repeats a value: what stands at the wrong key may be a whole URL with its password.


def _read_host(value: Any) -> str:
    try:
        return read_address(value)
    except Unfit:
        raise Unfit(
            "it is no address", "write one host name or one IP address; the rest of a URL has keys of its own"
        ) from None


def _read_port(value: Any) -> int:
    text = spell(value)
    if not isinstance(text, str) or not text.isdigit() or not 0 < int(text) < 65536:
        raise Unfit("it is no port", "write a number of 1 to 65535")
    return int(text)


def _read_plain(value: Any) -> str:
    text = spell(value)
    if not isinstance(text, str) or not PLAIN.fullmatch(text):
        raise Unfit("it is no name", "use letters, digits, '_', '.' and '-'")
    return text


def _read_secret(value: Any) -> str:
    text = spell(value)
    if not isinstance(text, str) or not text:
        raise Unfit("it is no text", 'write it in quotes, or better as a template or vault value, "{{ vault_word }}"')
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise Unfit("it has a newline or another control character", "write it as one line")
    return text


def _read_endpoint(value: Any) -> str:
    if not isinstance(value, str) or not HTTP.fullmatch(value):
        raise Unfit(
            "it is no http or https address without user, password and query",
            "write https://host:port; credentials have keys of their own",
        )
    return value.rstrip("/")


def _read_url(value: Any) -> str:
    if not isinstance(value, str) or not URL.fullmatch(value):
        raise Unfit("it is no URL", "write scheme://host/path, without blanks")
    return value


_SQL: Table = {
    "host": Key(_read_host, "", deferrable=True),
    "database": Key(_read_plain, deferrable=True),
    "user": Key(_read_secret, deferrable=True),
    "password": Key(_read_secret, deferrable=True),
}
_OPTIONAL_USER: Table = {
    "user": Key(_read_secret, "", deferrable=True),
    "password": Key(_read_secret, "", deferrable=True),
}
_TYPES: Mapping[str, Table] = {
    "mysql": _SQL,
    "postgresql": _SQL,
    "couchdb": {
        # Not a template: the credentials are put into it.
        "url": Key(_read_endpoint, ""),
        "database": Key(_read_plain, deferrable=True),
        **_OPTIONAL_USER,
    },
    "s3": {
        "url": Key(_read_endpoint, "", deferrable=True),
        "bucket": Key(_read_plain, deferrable=True),
        "region": Key(_read_plain, "us-east-1", deferrable=True),
        "access_key": Key(_read_secret, deferrable=True),
        "secret_key": Key(_read_secret, deferrable=True),
    },
    "url": {
        "url": Key(_read_url, "", deferrable=True),
        "token": Key(_read_secret, "", deferrable=True),
        **_OPTIONAL_USER,
    },
}
_PLACE: Table = {"app": Key(read_name, ""), "port": Key(_read_port, 0)}
RESOURCES: Mapping[str, Table] = {kind: {**_PLACE, **table} for kind, table in _TYPES.items()}


def read_resource(name: str, raw: Any, place: Place, problems: Problems) -> Resource | None:
    """The resource that an entry makes; None when any of it is wrong."""
    if not isinstance(raw, dict):
        problems.add(place, "it is no mapping", f"write type and address: {name}: {{type: mysql, host: db1}}")
        return None
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in RESOURCES:
        way_out = "use mysql; MariaDB speaks it" if kind == "mariadb" else f"use one of {', '.join(RESOURCES)}"
        problems.add(place.at("type"), f"{show(kind)} is no type of resource", way_out)
        return None
    before = len(problems.found)
    rest = {key: value for key, value in raw.items() if key != "type"}
    fields = read_keys(RESOURCES[kind], rest, place, problems)
    _check_address("host" if "host" in RESOURCES[kind] else "url", kind, raw, place, problems)
    if (raw.get("user") is None) != (raw.get("password") is None) and "user" in _optional(kind):
        problems.add(place, "it has one of user and password", "write both, or none of them")
    if fields is None or len(problems.found) != before:
        return None
    app, port = fields.pop("app"), fields.pop("port")
    return Resource(place, name, kind, app, port or PORTS.get(kind, 0), fields)


def _optional(kind: str) -> list[str]:
    return [name for name, key in RESOURCES[kind].items() if key.default == ""]


def _check_address(key: str, kind: str, raw: Mapping[str, Any], place: Place, problems: Problems) -> None:
    given = [name for name in (key, "app") if raw.get(name) is not None]
    if len(given) == 2:
        problems.add(
            place, f"it has both {key} and app", f"keep `{key}` for an address, `app` for one of this catalogue"
        )
    if not given:
        problems.add(place, "nothing says where it is", f"write `{key}`, or `app` for an app of this catalogue")
    if given == ["app"] and kind not in PORTS and raw.get("port") is None:
        problems.add(place.at("port"), "it is missing", "write the port that the app is reached at")
    if given == [key] and key == "url" and raw.get("port") is not None:
        problems.add(place.at("port"), "it is for an app", "write the port into the url")


def read_resource_bindings(value: Any, place: Place, problems: Problems) -> tuple[ResourceBinding, ...] | None:
    """The resources of an app; None when any of them is wrong."""
    return read_list(_read_binding, "write [name], or a list of mappings with resource and as", value, place, problems)


def _read_prefix(value: Any) -> str:
    if not isinstance(value, str) or not PREFIX.fullmatch(value):
        raise Unfit(f"{show(value)} begins no variables", "use A-Z, 0-9 and _, such as ORDERS")
    return value


def _read_variables(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise Unfit("it is no mapping", "write field: VARIABLE, such as password: POSTGRES_PASSWORD_FILE")
    findings = tuple(
        (f".{field}", "it is no name of a variable", "use letters, digits and _; the value is a key of the resource")
        for field, name in value.items()
        if not isinstance(name, str) or not VARIABLE.fullmatch(name)
    )
    if findings:
        raise Unfit(findings=findings)
    return tuple((str(field), str(name)) for field, name in value.items())


_BINDING: Table = {
    "resource": Key(read_name),
    "as": Key(_read_prefix, ""),
    "variables": Key(_read_variables, ()),
}


def _read_binding(value: Any, place: Place, problems: Problems) -> ResourceBinding | None:
    if is_deferred(value):
        problems.add(place, TEMPLATED, "write the name of the resource itself")
        return None
    raw = {"resource": value} if isinstance(value, str) else value
    fields = read_keys(_BINDING, raw, place, problems)
    if fields is None:
        return None
    prefix = fields["as"] or fields["resource"].upper().replace("-", "_")
    if not PREFIX.fullmatch(prefix):
        problems.add(place, f'no variable begins with "{prefix}"', "write a mapping with `resource` and `as`")
        return None
    return ResourceBinding(place, fields["resource"], prefix, fields["variables"])
