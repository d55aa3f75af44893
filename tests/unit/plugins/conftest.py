# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host with mounts for the tests of host_mounts and its utils: files, systemd and NFS servers in memory."""

from __future__ import annotations

import errno
import json
import os

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    efs_tunnel,
    mount_units,
    nfs_mount_options,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    Completed,
    FileState,
    ProbeTimeout,
    System,
)

SYSTEMD = mount_units.DIRECTORY


class Killed(BaseException):
    """The run ends here, as by SIGKILL."""


class MountHost(System):
    """``down`` and ``stale`` are servers, ``busy`` and ``refused`` paths, ``holders`` what find_holders answers.

    ``log`` has every change; the run is killed before change number ``kill_at``. systemd read its units at second
    ``read_at`` (None: it is too old to tell), files changed at second 1 where ``changes`` does not say another.
    """

    def __init__(self):
        self.files, self.directories, self.links = {}, {}, set()
        self.live, self.loaded, self.waiting, self.failed = {}, {}, set(), set()
        self.down, self.stale, self.busy, self.refused, self.denied = set(), set(), set(), set(), set()
        self.identities, self.bare, self.holders, self.bound = {}, {}, [], {}
        self.log, self.kill_at, self.port = [], None, 20048
        self.read_at, self.changes = None, {}

    def change(self, *words):
        if self.kill_at is not None and len(self.log) >= self.kill_at:
            raise Killed
        self.log.append(" ".join(words))

    # files

    def read(self, path):
        if path == "/proc/self/mountinfo":
            return "".join(self.live.values())
        return self.files.get(path)

    def write(self, path, text, mode=0o644):
        self.change("write", path)
        self.files[path] = text

    def remove(self, path):
        self.change("remove", path)
        self.files.pop(path, None)

    def listdir(self, path):
        names = {*self.files, *self.bare, *self.live}
        return sorted({os.path.basename(name) for name in names if os.path.dirname(name) == path})

    def stat(self, path):
        if path in self.links:
            return FileState("link", 0o777, 0, 0)
        return self.directories.get(path)

    def changed(self, path):
        return self.changes.get(path, 1.0) if path in self.files else None

    def clocks(self):
        return 100.0, 50.0

    def make_directory(self, path, mode=0o755):
        self.change("mkdir", path)
        self.directories[path] = FileState("directory", mode, 0, 0)

    def remove_directory(self, path):
        self.change("rmdir", path)
        assert not self.listdir(path)
        del self.directories[path]

    def set_owner(self, path, owner, group):
        pass

    def set_mode(self, path, mode):
        pass

    # children

    def probe(self, question, *args, timeout=5.0):
        return getattr(self, f"_{question.__name__}")(*args)

    def _ask_mounts(self, paths, limit):
        return {path: self._answer(path) for path in paths}

    def _answer(self, path):
        server = self.server(path)
        if server in self.down:
            return {}
        return {"errno": errno.ESTALE} if server in self.stale else {"identity": self.identities.get(path)}

    def server(self, path):
        return self.live[path].split(" - ")[1].split()[1].partition(":")[0]

    def _look_under(self, parent, names):
        paths = {name: f"{parent}/{name}" for name in names}
        return {name: self.bare[path] for name, path in paths.items() if path in self.bare}

    def _guard_bare(self, parent, names):
        self.change("guard", *names)
        self.bare.update({f"{parent}/{name}": {"names": [], "guarded": True} for name in names})
        return []

    def _remove_bare(self, parent, names):
        self.change("rmdir", *names)
        kept = {}
        for name in names:
            path = f"{parent}/{name}"
            assert path not in self.live
            if self.bare.get(path, {}).get("names"):
                kept[name] = self.bare[path]["names"]
            else:
                self.bare.pop(path, None)
        return kept

    def _force_unmount(self, path):
        self.change("force", path)
        del self.live[path]

    def _find_holders(self, targets, with_maps=True):
        if with_maps and self.down:
            raise ProbeTimeout("maps")
        wanted = {target["path"] for target in targets}
        return [holder for holder in self.holders if holder["path"] in wanted]

    # systemd

    def run(self, argv, timeout=60.0, stdin=""):
        if argv[0] == "journalctl":
            return Completed(0, "mount.nfs4: access denied by server\n", "")
        words = [word for word in argv[1:] if not word.startswith("-")]
        if argv[0] == "busctl":
            stamps = f"t {self.read_at}000000\nt {(self.read_at or 0) - 50}000000\n"
            return Completed(0, 2 * stamps, "") if self.read_at else Completed(1, "", "Unknown property")
        if words[0] not in ("show", "list-units"):
            self.change("systemctl", *words)
        return getattr(self, f"_{words[0].replace('-', '_')}")(words[1:])

    def _list_units(self, dummy):
        paths = {unit: mount_units.unescape_path(unit[: -len(".mount")]) for unit in self.loaded}
        rows = [f"{unit} loaded {'active' if path in self.live else 'inactive'} x y" for unit, path in paths.items()]
        return Completed(0, "\n".join(rows), "")

    def _show(self, units):
        return Completed(0, "\n\n".join(self._show_unit(unit) for unit in units), "")

    def _show_unit(self, unit):
        file = f"{SYSTEMD}/{unit}"
        states = {"waiting": "activating", "failed": "failed"}
        state = next((word for name, word in states.items() if unit in getattr(self, name)), "inactive")
        path = mount_units.unescape_path(unit[: -len(".mount")])
        stale = unit in self.loaded and self.loaded[unit] != self.files.get(file)
        values = {
            "Id": unit,
            "ActiveState": "active" if path in self.live or not unit.endswith(".mount") else state,
            "NeedDaemonReload": "yes" if stale else "no",
            "FragmentPath": file if unit in self.loaded else "",
            "BoundBy": " ".join(self.bound.get(unit, [])),
        }
        return "\n".join(f"{key}={value}" for key, value in values.items())

    def _enable(self, units):
        self.links |= {f"{mount_units.WANTS}/{unit}" for unit in units}
        return Completed(0, "", "")

    def _disable(self, units):
        self.links -= {f"{mount_units.WANTS}/{unit}" for unit in units}
        return Completed(0, "", "")

    def _daemon_reload(self, dummy):
        self.loaded = {os.path.basename(path): text for path, text in self.files.items()}
        return Completed(0, "", "")

    def _stop(self, units):
        self.waiting -= set(units)
        said = ""
        for unit in units:
            path = mount_units.unescape_path(unit[: -len(".mount")])
            if path in self.busy:
                said = "target is busy"
            elif path in self.live and self.server(path) not in self.down:
                del self.live[path]
        return Completed(1 if said else 0, "", said)

    def _start(self, units):
        for unit in units:
            loaded = mount_units.parse(self.loaded[unit])
            if loaded.what in self.refused:
                self.failed.add(unit)
            elif loaded.what.partition(":")[0] in self.down:
                self.waiting.add(unit)
            else:
                self.waiting.discard(unit)
                self.mount(loaded)
        if self.waiting & set(units):
            raise ProbeTimeout("start")
        return Completed(0, "", "")

    def _reload(self, units):
        for unit in units:
            self.mount(mount_units.parse(self.loaded[unit]))
        return Completed(0, "", "")

    def mount(self, unit):
        """What the kernel shows of a unit that came up."""
        assert unit.where in self.bare
        asked = nfs_mount_options.parse(unit.options)
        flags = [asked.get("access", "rw"), *(f"no{key}" for key in ("suid", "dev", "exec") if asked.get(key) == "no")]
        context = f'context="{asked["context"]}",' if asked.get("context") else ""
        shared = "nosharecache," if asked.get("sharecache") == "no" else ""
        what, shared = self.open_tunnel(unit, shared) if unit.fstype == "efs" else (unit.what, shared)
        self.live[unit.where] = (
            f"{40 + len(self.live)} 27 0:{50 + len(self.live)} / {unit.where} {','.join(flags)},relatime shared:9 - "
            f"nfs4 {what} {flags[0]},{context}vers={asked.get('vers', '4.2')},{asked.get('recovery', 'hard')},"
            f"{shared}proto=tcp,timeo={asked.get('timeo', '600')},retrans=2,sec=sys\n"
        )

    def open_tunnel(self, unit, options):
        """What mount.efs does: a tunnel on the next port, on record, and NFS through it."""
        file_system, dummy, path = unit.what.partition(":")
        self.port += 1
        name = f"{file_system}.{unit.where[1:].replace('/', '.')}.{self.port}"
        point = nfs_mount_options.parse(unit.options).get("accesspoint")
        self.files[f"{efs_tunnel.DIRECTORY}/{name}"] = json.dumps(
            {"pid": 1, **({"accessPoint": point} if point else {})}
        )
        return f"127.0.0.1:{path}", f"noresvport,{options}port={self.port},"

    def has(self, program):
        return True


@pytest.fixture
def mount_host():
    return MountHost()


@pytest.fixture
def killed():
    return Killed
