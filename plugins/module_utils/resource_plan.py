# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an app gets of the resources that it binds: plain variables for addresses, files for credentials. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_container import parse_port
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_instances import share_out
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Catalogue,
    Fleet,
    Problems,
    Resource,
    ResourceBinding,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import is_deferred
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import MOUNTED

# type -> fields that are in the environment as they are, fields that are files
PUBLIC: Mapping[str, tuple[str, ...]] = {
    "mysql": ("host", "port", "database"),
    "postgresql": ("host", "port", "database"),
    "couchdb": ("endpoint", "database"),
    "s3": ("endpoint", "bucket", "region"),
    "url": (),
}
CONFIDENTIAL: Mapping[str, tuple[str, ...]] = {
    "mysql": ("user", "password", "url"),
    "postgresql": ("user", "password", "url"),
    "couchdb": ("user", "password", "url"),
    "s3": ("access_key", "secret_key", "credentials"),
    "url": ("url", "user", "password", "token"),
}
_LOOPBACK = ("127.", "::1", "localhost")
_FILE = "_FILE"

Part = dict[str, Any]


def find_host(catalogue: Catalogue, placement: Mapping[str, Sequence[str]], resource: Resource) -> str:
    """The one host of the app that is the resource, "" where there is none or are several."""
    hosts = placement.get(resource.app, ()) if resource.app in catalogue.apps else ()
    return hosts[0] if len(hosts) == 1 else ""


def find_resource_hosts(catalogue: Catalogue, placement: Mapping[str, Sequence[str]]) -> list[str]:
    """The hosts whose addresses resources need."""
    found = (find_host(catalogue, placement, resource) for resource in catalogue.resources.values())
    return [host for host in dict.fromkeys(found) if host]


def find_variables(resource: Resource, binding: ResourceBinding) -> Iterator[tuple[str, str]]:
    """Each variable that a binding sets, as (field, name)."""
    for field in PUBLIC[resource.kind]:
        yield field, f"{binding.prefix}_{field.upper()}"
    for field in _find_files(resource):
        yield field, f"{binding.prefix}_{field.upper()}{_FILE}"
    yield from binding.variables


def _find_files(resource: Resource) -> list[str]:
    """The fields that the app gets as files: those of its type that it has."""
    made = ("url", "credentials")
    return [field for field in CONFIDENTIAL[resource.kind] if field in made or _is_given(resource.fields[field])]


def _is_given(value: Any) -> bool:
    # A vault value is not compared: that would decrypt it.
    return is_deferred(value) or value != ""


def plan_environment(catalogue: Catalogue, app: App, fleet: Fleet) -> dict[str, Any]:
    """The variables of an app's resources that hold no secret."""
    found: dict[str, Any] = {}
    for binding in app.resources:
        resource = catalogue.resources[binding.resource]
        values = _find_public(catalogue, resource, fleet)
        found.update({name: values[field] for field, name in find_variables(resource, binding) if field in values})
    return found


def plan_secrets(catalogue: Catalogue, app: App, fleet: Fleet) -> list[dict[str, Any]]:
    """The secrets of an app's unit, as the module container_units takes them."""
    secrets = []
    for binding in app.resources:
        resource = catalogue.resources[binding.resource]
        variables = list(find_variables(resource, binding))
        for field in _find_files(resource):
            names = [name for of_field, name in variables if of_field == field]
            value = _find_value(catalogue, resource, field, fleet)
            secrets.append({"name": f"{resource.name}-{field}", **value, "variables": names})
    return secrets


def find_address(catalogue: Catalogue, resource: Resource, fleet: Fleet) -> Any:
    """The host that a resource is reached at, perhaps a template; "" where it is a URL."""
    host = find_host(catalogue, fleet.placement, resource)
    return fleet.addresses.get(host, "") if host else resource.fields.get("host", "")


def find_endpoint(catalogue: Catalogue, resource: Resource, fleet: Fleet) -> Any:
    """The URL of a resource that speaks HTTP, without credentials, perhaps a template."""
    if not resource.app:
        return resource.fields["url"]
    return f"http://{_bracket(find_address(catalogue, resource, fleet))}:{resource.port}"


def render_resources(catalogue: Catalogue, fleet: Fleet) -> dict[str, Any]:
    """The resources for reports: type and whereabouts, no credentials; a URL may hold some, so its type is all."""
    return {
        name: {"type": resource.kind, "app": resource.app, "address": _describe_address(catalogue, resource, fleet)}
        for name, resource in sorted(catalogue.resources.items())
    }


def render_resource_bindings(catalogue: Catalogue, fleet: Fleet) -> list[dict[str, Any]]:
    """Which app binds which resource, by which names in its environment; no value."""
    return [
        {
            "app": app.name,
            "resource": binding.resource,
            "variables": [name for dummy, name in find_variables(catalogue.resources[binding.resource], binding)],
            "hosts": list(fleet.placement[app.name]),
        }
        for app in sorted(catalogue.apps.values(), key=lambda app: app.name)
        for binding in app.resources
    ]


def _describe_address(catalogue: Catalogue, resource: Resource, fleet: Fleet) -> str:
    host = find_address(catalogue, resource, fleet)
    if not is_deferred(host) and host != "":
        return f"{_bracket(host)}:{resource.port}"
    url = resource.fields.get("url", "") if resource.kind != "url" else ""
    return "" if is_deferred(url) else str(url)


def _find_public(catalogue: Catalogue, resource: Resource, fleet: Fleet) -> dict[str, Any]:
    values = {field: resource.fields[field] for field in PUBLIC[resource.kind] if field in resource.fields}
    if "endpoint" in PUBLIC[resource.kind]:
        return {**values, "endpoint": find_endpoint(catalogue, resource, fleet)}
    if "host" in PUBLIC[resource.kind]:
        return {**values, "host": find_address(catalogue, resource, fleet), "port": str(resource.port)}
    return values


def _find_value(catalogue: Catalogue, resource: Resource, field: str, fleet: Fleet) -> dict[str, Any]:
    if field == "credentials":
        return {"parts": _render_credentials(resource.fields)}
    if field == "url" and resource.kind == "url":
        return {"value": find_endpoint(catalogue, resource, fleet)}
    if field == "url":
        return {"parts": _render_url(catalogue, resource, fleet)}
    return {"value": resource.fields[field]}


def _render_credentials(fields: Mapping[str, Any]) -> list[Part]:
    """The shared credentials file of the AWS clients and libraries, with one profile.

    https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
    """
    return [
        {"text": "[default]\naws_access_key_id = "},
        {"secret": fields["access_key"]},
        {"text": "\naws_secret_access_key = "},
        {"secret": fields["secret_key"]},
        {"text": "\n"},
    ]


def _render_url(catalogue: Catalogue, resource: Resource, fleet: Fleet) -> list[Part]:
    """The URL with credentials and database, scheme://user:password@host:port/database."""
    if resource.kind == "couchdb":
        scheme, dummy, where = str(find_endpoint(catalogue, resource, fleet)).partition("://")
        address: list[Part] = [{"text": f"{where}/"}]
    else:
        scheme, host = resource.kind, find_address(catalogue, resource, fleet)
        address = [{"text": _bracket(host)}, {"text": f":{resource.port}/"}]
    user: list[Part] = []
    if _is_given(resource.fields["user"]):
        words = [{"secret": resource.fields[field], "encode": True} for field in ("user", "password")]
        user = [words[0], {"text": ":"}, words[1], {"text": "@"}]
    return [{"text": f"{scheme}://"}, *user, *address, {"text": resource.fields["database"], "encode": True}]


def _bracket(host: Any) -> Any:
    return f"[{host}]" if isinstance(host, str) and not is_deferred(host) and ":" in host else host


def check_resources(catalogue: Catalogue, fleet: Fleet, problems: Problems) -> None:
    """Every resource is where one app is, or elsewhere; every binding knows its resource and names nothing twice."""
    for resource in catalogue.resources.values():
        if resource.app:
            _check_app(catalogue, resource, fleet, problems)
    for app in catalogue.apps.values():
        if app.resources:
            _check_user(app, problems)
            _check_bindings(catalogue, app, fleet, problems)


def _check_app(catalogue: Catalogue, resource: Resource, fleet: Fleet, problems: Problems) -> None:
    place, app = resource.place.at("app"), catalogue.apps.get(resource.app)
    if app is None:
        if ("apps", resource.app) not in catalogue.malformed:
            problems.unknown(place, "app", resource.app, catalogue.apps)
        return
    hosts = fleet.placement.get(app.name, ())
    if len(hosts) > 1:
        what = f"{app.name} runs on {len(hosts)} hosts, and a resource has one address"
        problems.add(place, what, "place it on one host, or write the address of what stands before them")
    if app.engine != "nspawn" and not is_deferred(app.ports) and not any(map(is_deferred, app.ports)):
        ports = [port for number in range(1, app.instances + 1) for port in share_out(app.ports, number)]
        published = [number for dummy, number, protocol in map(parse_port, ports) if protocol == "tcp"]
        if resource.port not in published:
            what = f"{app.name} publishes no port {resource.port}"
            problems.add(place, what, f"add it to the `ports` of {app.name}, or correct `port`")


def _check_user(app: App, problems: Problems) -> None:
    if not is_deferred(app.user) and not str(app.user).replace(":", "", 1).isdigit() and app.user != "":
        what = f'the user "{app.user}" is no number, and its credentials shall be its own'
        problems.add(app.place.at("user"), what, 'write "uid:gid"')
    if is_deferred(app.environment):
        what = "it is one template, so its names cannot be kept apart from those of the resources"
        problems.add(app.place.at("environment"), what, "write a mapping; its values may be templates")
    for binding in app.bindings:
        if f"{binding.target}/".startswith(f"{MOUNTED}/"):
            problems.add(binding.place, f"the credentials are below {MOUNTED}", "give the volume another target")


def _check_bindings(catalogue: Catalogue, app: App, fleet: Fleet, problems: Problems) -> None:
    taken = {} if is_deferred(app.environment) else dict.fromkeys(app.environment, "its environment")
    bound: set[str] = set()
    for binding in app.resources:
        resource = catalogue.resources.get(binding.resource)
        if resource is None:
            if ("resources", binding.resource) not in catalogue.malformed:
                problems.unknown(binding.place, "resource", binding.resource, catalogue.resources)
            continue
        if binding.resource in bound:
            what = f"the app has {binding.resource} already, and one set of its files"
            problems.add(binding.place, what, "keep one of the two; `variables` gives a field further names")
            continue
        bound.add(binding.resource)
        _check_fields(resource, binding, problems)
        _check_reach(catalogue, app, binding, fleet, problems)
        for dummy, name in find_variables(resource, binding):
            if name in taken:
                what = f"the variable {name} is set by {taken[name]} already"
                problems.add(binding.place, what, "choose another name with `as` or in `variables`")
            taken[name] = f"the resource {resource.name}"


def _check_fields(resource: Resource, binding: ResourceBinding, problems: Problems) -> None:
    files, plain = _find_files(resource), PUBLIC[resource.kind]
    for field, name in binding.variables:
        place = binding.place.at(f"variables.{field}")
        if field not in files and field not in plain:
            problems.unknown(place, f"field of the resource {resource.name},", field, [*plain, *files])
        elif field in files and not name.endswith(_FILE):
            # Not repeated: perhaps somebody took it for the place of the secret.
            what = f"{field} is a secret, and such a variable would be taken for its value"
            problems.add(place, what, f"name one that ends in {_FILE}, whose value is a path")


def _check_reach(catalogue: Catalogue, app: App, binding: ResourceBinding, fleet: Fleet, problems: Problems) -> None:
    resource = catalogue.resources[binding.resource]
    address = find_address(catalogue, resource, fleet) or _find_authority(str(resource.fields.get("url", "")))
    own = resource.app == app.name
    if not own and app.engine != "nspawn" and str(address).startswith(_LOOPBACK):
        what = f"its resource {binding.resource} is at {address}, where the container would find itself"
        problems.add(binding.place, what, "set `holdfast_address` of that host, or write another `host`")


def _find_authority(url: str) -> str:
    """Host and port of a URL, without what may be secret in it."""
    # https://user:password@host:port/path?token=word
    return re.split(r"[/?#]", url.partition("://")[2])[0].rpartition("@")[2].lstrip("[")
