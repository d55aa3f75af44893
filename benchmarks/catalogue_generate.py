"""Inventories with catalogues of any size, the same every time, for benchmarks.

A fleet is made of racks that are alike: 10 hosts, 100 volumes, 100 apps with 10 bindings each. So what one rack asks of
the plan, ten racks ask ten times, and whatever grows faster than that is the software's doing. Among the apps of a rack
are all engines; hosts by name, group, slice, intersection and exclusion; instances, operations, resources, root images,
and engines that attach volumes themselves. One volume is bound by every app of the fleet.

python -m benchmarks.catalogue_generate DIRECTORY VOLUMES writes one and prints as JSON how many of everything it has.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

VOLUMES_OF_A_RACK = 100
HOSTS_OF_A_RACK = 10
BINDINGS_OF_AN_APP = 10
RACKS_OF_A_FILE = 10
DIRECTORIES = 10  # of the volumes of a rack, the first so many lie in a directory of the host
SECOND_STORE = range(10, 25)
SHARED = "certificates"
# Never decrypted here, so it need not be a secret.
VAULT = "$ANSIBLE_VAULT;1.1;AES256\n" + "\n".join(["33363431" * 10] * 5) + "\n"

Entries = dict[str, Any]


class _Encrypted(str):
    """A text that is written with the tag of Ansible Vault."""


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(_Encrypted, lambda dumper, value: dumper.represent_scalar("!vault", str(value), style="|"))


def write(directory: Path, volumes: int) -> dict[str, int]:
    """Write the directory ``inventory`` with so many volumes, a multiple of 100; how many of everything it has."""
    inventory, racks = directory / "inventory", range(volumes // VOLUMES_OF_A_RACK)
    _dump(inventory / "hosts.yml", _hosts(racks))
    for rack in racks[1::RACKS_OF_A_FILE]:
        address = f"10.{rack // 250}.{rack % 250}.{{{{ unit }}}}"
        _dump(inventory / "group_vars" / f"rack_{rack:03}.yml", {"holdfast_address": address})
    parts = [racks[start : start + RACKS_OF_A_FILE] for start in range(0, len(racks), RACKS_OF_A_FILE)]
    names = [f"part_{number:02}.yml" for number in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        _dump(directory / name, _part(part))
    first = {
        "plugin": "holdfast.volumes.catalogue",
        "include": [f"../{name}" for name in names],
        "stores": {"local": {"type": "directory", "path": "/srv/local"}},
        "volumes": {SHARED: {"store": "r000-main", "owner": 1000}},
    }
    _dump(inventory / "volumes.holdfast.yml", first)
    return {
        "hosts": len(racks) * HOSTS_OF_A_RACK,
        "volumes": volumes + 1,
        "bindings": volumes * BINDINGS_OF_AN_APP,
        "placed_bindings": sum(len(_where(0, number)) for number in range(VOLUMES_OF_A_RACK))
        * BINDINGS_OF_AN_APP
        * len(racks),
    }


def main() -> None:
    """Write the inventory that the command line asks for, and print its size."""
    json.dump(write(Path(sys.argv[1]), int(sys.argv[2])), sys.stdout)


def first_app_host() -> str:
    """A host of every fleet that runs apps."""
    return "r000-app1"


def _dump(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(data, file, Dumper=_Dumper, sort_keys=False, width=120, default_flow_style=None)


def _hosts(racks: range) -> Entries:
    groups: Entries = {"web": {"hosts": {}}, "db": {"hosts": {}}}
    for rack in racks:
        apps = [f"r{rack:03}-app{number}" for number in range(1, HOSTS_OF_A_RACK)]
        hosts = {name: _host(rack, unit) for unit, name in enumerate([f"r{rack:03}-nfs", *apps], start=1)}
        groups[f"rack_{rack:03}"] = {"hosts": hosts}
        groups[f"rack_{rack:03}_apps"] = {"hosts": dict.fromkeys(apps)}
        groups["web"]["hosts"] |= dict.fromkeys(apps[:5])
        groups["db"]["hosts"] |= dict.fromkeys(apps[5:])
        for number in filter(_has_group, range(VOLUMES_OF_A_RACK)):
            groups[f"r{rack:03}_shop{number:02}"] = {"hosts": dict.fromkeys(_where(rack, number))}
    return {"all": {"children": groups}}


def _host(rack: int, unit: int) -> Entries:
    if rack % RACKS_OF_A_FILE == 1:
        return {"unit": unit}
    return {"holdfast_address": f"10.{rack // 250}.{rack % 250}.{unit}"}


def _part(racks: range) -> Entries:
    sections: dict[str, Callable[[int], Iterator[tuple[str, Entries]]]] = {
        "stores": _stores,
        "volumes": _volumes,
        "resources": _resources,
        "apps": _apps,
    }
    return {name: dict(entry for rack in racks for entry in make(rack)) for name, make in sections.items()}


def _stores(rack: int) -> Iterator[tuple[str, Entries]]:
    yield f"r{rack:03}-main", {"type": "nfs_server", "host": f"r{rack:03}-nfs", "path": "/srv/volumes"}
    if rack % 4 == 0:
        filer = {"type": "nfs", "address": f"filer{rack}.example.com", "path": "/vol/fleet", "version": "4.1"}
        yield f"r{rack:03}-second", filer
    if rack % 4 == 1:
        yield f"r{rack:03}-second", {"type": "efs", "file_system_id": f"fs-{rack:017x}", "region": "eu-west-1"}


def _volumes(rack: int) -> Iterator[tuple[str, Entries]]:
    for number in range(VOLUMES_OF_A_RACK):
        store = f"r{rack:03}-main"
        if number < DIRECTORIES:
            store = "local"
        elif number in SECOND_STORE and rack % 4 < 2:
            store = f"r{rack:03}-second"
        volume = {"store": store, "owner": 1000 + number, "group": 1000, "mode": "0750"}
        if number % 4 == 0:
            volume["size"] = "20G"
        if number % 5 == 3:
            volume["single_writer"] = True
        if number >= DIRECTORIES and number % 8 == 0:
            volume["options"] = ["nconnect=4"]
        yield _volume(rack, number), volume


def _volume(rack: int, number: int) -> str:
    return f"r{rack:03}-data{number:02}"


def _resources(rack: int) -> Iterator[tuple[str, Entries]]:
    password = _Encrypted(VAULT) if rack % 10 == 0 else "{{ vault_word }}"
    for number, kind in enumerate(("postgresql", "mysql", "postgresql", "mysql")):
        where = {"host": f"db{number}.example.com", "database": "orders", "user": "shop", "password": password}
        yield f"r{rack:03}-db{number}", {"type": kind, **where}
    here = {"app": f"r{rack:03}-shop00", "port": _port(0), "database": "orders", "user": "shop", "password": password}
    yield f"r{rack:03}-db4", {"type": "couchdb", **here}


def _apps(rack: int) -> Iterator[tuple[str, Entries]]:
    for number in range(VOLUMES_OF_A_RACK):
        yield f"r{rack:03}-shop{number:02}", _app(rack, number)


def _app(rack: int, number: int) -> Entries:
    engine = _engine(number)
    app: Entries = {
        "engine": engine,
        "image": "{{ registry }}/shop:1" if number % 2 else "registry.example.com/shop:1",
        "hosts": _pattern(rack, number),
        "user": f"{1000 + number}:1000",
        "environment": {"NAME": "shop", "WORKERS": 4, "LANG": "C.UTF-8", "TOKEN": "{{ token }}"},
        "tmpfs": ["/tmp", "/run/app"],
        "volumes": _bindings(rack, number, engine),
    }
    if engine == "nspawn":
        source = {"directory": f"/srv/images/shop{number}"} if number % 20 == 9 else {"archive": "/srv/shop.tar.zst"}
        app |= {"image": {"name": "shop", **source}, "command": ["serve", "--all"]}
    elif number % 50 == 2:
        app |= {"instances": 3, "ports": [f"{_port(number)}-{_port(number) + 2}:8080"]}
    else:
        app["ports"] = [f"{_port(number)}:8080"]
    if _is_on_demand(number):
        app |= {"start": "on_demand", "ops": {"run": ["report", "-o", "/tmp/report"], "fetch": ["/tmp/report"]}}
    if number % 10 == 6:
        app["resources"] = [f"r{rack:03}-db{number // 10 % 5}"]
    return app


def _engine(number: int) -> str:
    if number % 10 == 9:
        return "nspawn"
    return "docker" if number % 3 == 1 else "podman"


def _port(number: int) -> int:
    return 20000 + 10 * number


def _is_on_demand(number: int) -> bool:
    return number % 33 == 5


def _has_group(number: int) -> bool:
    return number % 10 == 4


def _pattern(rack: int, number: int) -> str:
    if _has_group(number):
        return f"r{rack:03}_shop{number:02}"
    if number % 25 == 7:
        return f"rack_{rack:03}:!*nfs"
    if number % 20 == 12:
        return f"rack_{rack:03}:&web"
    if number % 20 == 1:
        return f"rack_{rack:03}_apps[0:2]"
    return f"r{rack:03}-app{number % 9 + 1}"


def _where(rack: int, number: int) -> list[str]:
    """The hosts of an app, as _pattern says them."""
    apps = [f"r{rack:03}-app{unit}" for unit in range(1, HOSTS_OF_A_RACK)]
    if number % 25 == 7:
        return apps
    if number % 20 == 12:
        return apps[:5]
    return apps[:3] if _has_group(number) or number % 20 == 1 else [apps[number % 9]]


def _bindings(rack: int, number: int, engine: str) -> list[Any]:
    reads_only = _is_on_demand(number)
    bindings: list[Any] = [f"{_volume(rack, number)}:/data/own{':ro' if reads_only else ''}"]
    bindings.append(f"{SHARED}:/etc/ssl/fleet:ro")
    for step in range(1, BINDINGS_OF_AN_APP - 1):
        other = DIRECTORIES + (number + 11 * step) % (VOLUMES_OF_A_RACK - DIRECTORIES)
        name, target = _volume(rack, other), f"/data/other{step}"
        if step == 2 and number % 7 == 0:
            bindings.append({"volume": name, "target": target, "subpath": "part", "read_only": True})
        elif step == 3 and number % 10 == 0 and engine != "nspawn" and other not in SECOND_STORE:
            bindings.append({"volume": name, "target": target, "read_only": True, "attach": "engine"})
        else:
            writes = step == 1 and other % 5 != 3 and not reads_only
            bindings.append(f"{name}:{target}{'' if writes else ':ro'}")
    return bindings


if __name__ == "__main__":
    main()
