# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the transports of a catalogue ask of its hosts, and what does not go together with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    Catalogue,
    Fleet,
    Problems,
    Store,
    Volume,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.transports import (
    KERBEROS,
    PLAIN,
    TLS,
    find_connection,
)

WITHOUT = {
    "directory": "a store of type directory is on the host itself, so nothing is sent",
    "efs": "TLS of Amazon EFS is the key `tls` of the store",
}

# {volume: {host: whether anything there writes}}
Access = Mapping[str, Mapping[str, bool]]


def find_transport(store: Store, volume: Volume) -> str:
    """The transport of a volume: its own, or its store's."""
    return volume.transport or store.transport


def settle_connections(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the connection of every store: the strongest TLS that any volume on its server asks for."""
    asked: dict[str, list[str]] = {}
    for volume in catalogue.volumes.values():
        store = catalogue.stores[volume.store]
        asked.setdefault(_find_server(store), []).append(find_transport(store, volume))
    stores = {
        name: replace(store, connection=find_connection(asked.get(_find_server(store), [])))
        for name, store in catalogue.stores.items()
    }
    return replace(catalogue, stores=stores)


def _find_server(store: Store) -> str:
    return f"host {store.host}" if store.kind == "nfs_server" else store.address


def plan_transports(plans: Mapping[str, dict[str, Any]], catalogue: Catalogue, fleet: Fleet, access: Access) -> None:
    """Say on each host which transports its mounts and its exports have, and by which names it is known."""
    for name, hosts in access.items():
        volume = catalogue.volumes[name]
        store = catalogue.stores[volume.store]
        # What a volume says of TLS is not what it is mounted by where its server's connections are stronger.
        flavour = {find_transport(store, volume)} & {*KERBEROS}
        mounted = flavour | ({store.connection} - {PLAIN})
        for host in hosts if mounted else ():
            _add(plans[host]["nfs_transport_client"], mounted)
        if store.kind == "nfs_server" and mounted and hosts:
            _add(plans[store.host]["nfs_transport_server"], mounted)
            if store.connection != PLAIN and store.address:
                _add(plans[store.host]["nfs_transport_names"], [store.address])
    for host, plan in plans.items():
        if {*TLS} & {*plan["nfs_transport_client"], *plan["nfs_transport_server"]}:
            _add(plan["nfs_transport_names"], filter(None, [host, fleet.addresses.get(host, "")]))


def _add(known: list[str], words: Iterable[str]) -> None:
    known[:] = sorted({*known, *words})


def check_transports(catalogue: Catalogue, problems: Problems) -> None:
    """Every transport is one that the volume's store can have, with the rest of what the volume says."""
    for volume in catalogue.volumes.values():
        store = catalogue.stores.get(volume.store)
        if store is not None:
            for key, what, way_out in _find_obstacles(store, volume):
                problems.add(volume.place.at(key), what, way_out)


def _find_obstacles(store: Store, volume: Volume) -> Iterator[tuple[str, str, str]]:
    transport = find_transport(store, volume)
    if volume.transport and store.kind in WITHOUT:
        yield "transport", f"the store {store.name} has no transport", f"leave it out; {WITHOUT[store.kind]}"
    elif transport != PLAIN and store.version == "3":
        yield (
            "transport",
            f"the store {store.name} speaks version 3, whose locks and mounts go beside the connection",
            "give the store a `version` of 4.2, 4.1 or 4.0, in quotes",
        )
    elif transport in KERBEROS and store.kind == "nfs_server" and volume.squash != "all":
        yield (
            "squash",
            f"with {transport} a host speaks for all its containers, and {volume.squash} has no users to tell apart",
            "leave `squash` out: every client then writes as `owner`:`group`; or take mtls as `transport`",
        )
