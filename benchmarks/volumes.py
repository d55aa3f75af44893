"""The end state that every contestant makes: so many volumes, each a directory, an export, a mount and a context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SERVER, CLIENT = "nfs1", "app1"
SERVER_ADDRESS, CLIENT_ADDRESS = "10.77.0.11", "10.77.0.21"
STORE, PARENT = "/srv/volumes", "/srv/holdfast"
MOST = 500  # two categories each, of the 1024 that a policy has
SETYPE = "container_file_t"
# What the policy lacks for containers on Debian: each contestant writes it, as the collection does of itself.
PODMAN_CONTEXT = {"target": "/usr/lib/podman/.*", "ftype": "f", "setype": "bin_t", "level": "s0"}
POLICY_MODULE = "holdfast_debian"


@dataclass(frozen=True)
class Volume:
    """One volume, by its number; owner, mode and SELinux categories differ from volume to volume."""

    number: int

    @property
    def name(self) -> str:
        return f"v{self.number:03}"

    @property
    def owner(self) -> int:
        return 2000 + self.number

    @property
    def mode(self) -> str:
        return "0750" if self.number % 2 else "0700"

    @property
    def level(self) -> str:
        return f"s0:c{2 * self.number},c{2 * self.number + 1}"

    @property
    def directory(self) -> str:
        return f"{STORE}/{self.name}"

    @property
    def mount(self) -> str:
        return f"{PARENT}/{self.name}"

    @property
    def source(self) -> str:
        return f"{SERVER_ADDRESS}:{self.directory}"

    @property
    def target(self) -> str:
        """The regular expression of its file context rule."""
        return f"{self.mount}(/.*)?"

    @property
    def export_options(self) -> str:
        return f"rw,sync,no_subtree_check,all_squash,anonuid={self.owner},anongid={self.owner},sec=sys"

    @property
    def mount_options(self) -> str:
        context = f'context="system_u:object_r:{SETYPE}:{self.level}"'
        return f"nfsvers=4.2,hard,nosharecache,{context},nodev,nosuid,noexec,rw"

    def record(self) -> dict[str, Any]:
        """Everything about it, as variables for a playbook."""
        names = "name owner mode level directory mount source target export_options mount_options".split()
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Wanted:
    """The volumes that there shall be, and those that were there before and shall be exported and mounted no more."""

    volumes: tuple[Volume, ...]
    gone: tuple[Volume, ...] = ()


def want(count: int) -> Wanted:
    """The first ``count`` volumes."""
    return Wanted(tuple(Volume(number) for number in range(count)))


def steps(count: int) -> dict[str, Wanted]:
    """What is wanted in each step of a turn, in their order."""
    return {
        "first": want(count),
        "nothing": want(count),
        "added": want(count + 1),
        "removed": Wanted(want(count).volumes, (Volume(count),)),
    }


def find_differences(found: dict[str, Any], wanted: Wanted) -> list[str]:
    """What of a state that guest/state.py read is not as wanted; one sentence for each kind, naming one culprit."""
    volumes = {volume.name: volume for volume in (*wanted.volumes, *wanted.gone)}
    kept = wanted.volumes
    expected = {
        # Data is never deleted, so the directory of a volume that is gone stays.
        "directories": {one.directory: [one.owner, one.owner, one.mode] for one in volumes.values()},
        "exports": {one.directory: [CLIENT_ADDRESS] for one in kept},
        "mounts": {one.mount: [one.source, "nfs4"] for one in kept},
        "contexts": {**_render_context(PODMAN_CONTEXT), **_render_contexts(kept)},
        "after_boot": {one.mount: one.source for one in kept},
        "policy_modules": {POLICY_MODULE: True},
    }
    got = {kind: found[kind] for kind in expected}
    got["exports"] = {path: sorted(clients) for path, clients in found["exports"].items()}
    got["mounts"] = {path: [mount["source"], mount["fstype"]] for path, mount in found["mounts"].items()}
    return [text for kind in expected if (text := _compare(kind, got[kind], expected[kind]))]


def find_disagreements(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Where two states differ, option by option: those of exports and mounts as server and kernel show them."""
    return [text for kind in sorted(one) if (text := _compare(kind, one[kind], other[kind]))]


def _render_contexts(volumes: tuple[Volume, ...]) -> dict[str, str]:
    rules = [{"target": one.target, "ftype": "a", "setype": SETYPE, "level": one.level} for one in volumes]
    return {key: value for rule in rules for key, value in _render_context(rule).items()}


def _render_context(rule: dict[str, str]) -> dict[str, str]:
    kind = {"a": "", "f": "--"}[rule["ftype"]]
    return {f"{rule['target']} {kind}".strip(): f"system_u:object_r:{rule['setype']}:{rule['level']}"}


def _compare(kind: str, found: dict[str, Any], expected: dict[str, Any]) -> str:
    different = sorted(key for key in {*found, *expected} if found.get(key) != expected.get(key))
    if not different:
        return ""
    first = different[0]
    return (
        f"{kind}: {len(different)} of {len({*found, *expected})} differ, the first is {first}: "
        f"{found.get(first, 'not there')} instead of {expected.get(first, 'nothing')}"
    )
