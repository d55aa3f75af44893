# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container unit as a service around systemd-nspawn, its settings (systemd.nspawn(5)) and its user. Pure."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_levels import derive_level
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import (
    MARKER,
    Entry,
    command_line,
    parse_entries,
    render,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import (
    render_install,
    render_service,
    render_unit,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import MOUNTED
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_summaries import KINDS, NSPAWN

DIRECTORY, SUFFIX = KINDS["nspawn"]
SETTINGS = "/etc/systemd/nspawn"
USERS = "/etc/holdfast/nspawn"
HOSTS, PASSWD, RESOLVER = "/etc/hosts", "/etc/passwd", "/etc/resolv.conf"
# What nspawn would create in a root image, and what of the host it shows there: (path, kind).
BASE = (
    *((path, "directory") for path in ("/dev", "/proc", "/root", "/run", "/sys", "/tmp", "/var")),
    (HOSTS, "file"),
    (RESOLVER, "file"),
)
_IN_MEMORY = ("/dev", "/run", "/tmp")
_USER = "app"


def render_service_file(unit: ContainerUnit) -> str:
    """The text of its .service file; what its container is like is in its settings."""
    service: list[Entry] = [
        ("Type", "notify"),
        # The root image is shared, read-only and replaced by name: a lock beside it would be of no use.
        ("Environment", "SYSTEMD_NSPAWN_LOCK=0"),
        ("ExecStart", command_line(_nspawn_words(unit))),
        ("KillMode", "mixed"),
        ("Slice", "machine.slice"),
        ("Delegate", "yes"),
        # No device of the host but those that every container has a node of.
        ("DevicePolicy", "closed"),
        ("DeviceAllow", ["/dev/net/tun rwm", "char-pts rw"]),
    ]
    about: list[Entry] = [("Image", unit.image), ("Root", unit.root), ("User", unit.user)]
    return render(
        [render_unit(unit), render_service(unit, service), *render_install(unit), ("X-Holdfast", about)],
    )


def _nspawn_words(unit: ContainerUnit) -> list[str]:
    # In the unit's own control group and unknown to machined: systemd is told of it, and no bus is needed.
    words = [NSPAWN, "--quiet", "--keep-unit", "--register=no", "--console=pipe", "--settings=trusted"]
    # The labels of the program and of its file systems in memory; without SELinux the kernel refuses both.
    level = unit.level or derive_level(unit.container)
    labels = [
        f"--selinux-context=system_u:system_r:container_t:{level}",
        f"--selinux-apifs-context=system_u:object_r:container_file_t:{level}",
    ]
    return [*words, *(labels if unit.confined else []), f"--machine={unit.container}", f"--directory={unit.root}"]


def render_settings(unit: ContainerUnit) -> str:
    """The text of its .nspawn file, which holds the environment and so is for root alone."""
    home = [] if any(key == "HOME" for key, dummy in unit.environment) or not unit.user else ["HOME=/"]
    execution: list[Entry] = [
        ("Boot", "no"),
        ("Parameters", " ".join(map(quote, unit.command))),
        ("Environment", [*home, *(f"{key}={quote(value)}" for key, value in unit.environment)]),
        ("User", [_USER] if unit.user else []),
        ("NoNewPrivileges", "yes"),
        *_render_capabilities(unit),
        ("KillSignal", "SIGTERM"),
        # nspawn resets the limits of its service. A core file would have the data of the app's memory.
        ("LimitCORE", "0"),
        # Other ids would show the files of every volume as nobody's, and NFS knows no mapped mounts.
        ("PrivateUsers", "no"),
        ("ResolvConf", "bind-host"),
        ("Timezone", "off"),
        ("LinkJournal", "no"),
    ]
    files: list[Entry] = [
        ("ReadOnly", "yes"),
        ("BindReadOnly", [f"{HOSTS}:{HOSTS}", *([f"{user_path(unit)}:{PASSWD}"] if unit.user else [])]),
        ("TemporaryFileSystem", [path if ":" in path else f"{path}:mode=1777" for path in unit.tmpfs]),
        *(("BindReadOnly" if bind.read_only else "Bind", f"{bind.source}:{bind.target}") for bind in unit.mounts),
        *(("BindReadOnly", f"{place}:{secret.target}") for place, secret in unit.secret_places.items()),
    ]
    network: list[Entry] = [("Private", "no"), ("VirtualEthernet", "no")]
    return render([("Exec", execution), ("Files", files), ("Network", network)])


def _render_capabilities(unit: ContainerUnit) -> list[Entry]:
    if not unit.capabilities:
        return [("DropCapability", "all")]
    kept = [f"CAP_{name[4:] if name.startswith('CAP_') else name}" for name in unit.capabilities]
    # What is dropped wins over what is kept, so all but those that are kept are named.
    dropped = [name for name in CAPABILITIES if name not in kept]
    ambient = [" ".join(kept)] if unit.user else []
    return [
        ("Capability", " ".join(kept)),
        ("DropCapability", " ".join(dropped)),
        ("AmbientCapability", ambient),
    ]


def render_user(unit: ContainerUnit) -> str:
    """The container's /etc/passwd: nspawn asks getent for the ids of a name, and no image knows every number."""
    user, dummy_colon, group = unit.user.partition(":")
    return f"{MARKER}\nroot:x:0:0::/root:/bin/sh\n{_USER}:x:{user}:{group}::/:/bin/sh\n"


def settings_path(unit: ContainerUnit) -> str:
    """Where its .nspawn file is."""
    return f"{SETTINGS}/{unit.container}.nspawn"


def user_path(unit: ContainerUnit) -> str:
    """Where the container's /etc/passwd is on the host."""
    return f"{USERS}/{unit.name}.passwd"


def find_points(unit: ContainerUnit) -> list[tuple[str, str]]:
    """What a root image must have for this unit, as (path, kind): nothing can be created in it once it runs."""
    outer = [bind.target for bind in unit.mounts] + [path.partition(":")[0] for path in unit.tmpfs]
    covered = {*_IN_MEMORY, *outer}
    inner = [path for path in outer if not any(path.startswith(f"{other}/") for other in covered)]
    own = [(PASSWD, "file")] if unit.user else []
    return [*BASE, *own, *((path, "directory") for path in inner)]


def parse_binds(text: str) -> list[dict[str, object]]:
    """The directories that settings bind, sorted by target: {source, target, read_only}."""
    entries = parse_entries(text)
    found = [(key, value) for key in ("Bind", "BindReadOnly") for value in entries.get(key, [])]
    binds = [(*value.split(":")[:2], key == "BindReadOnly") for key, value in found]
    return [
        {"source": source, "target": target, "read_only": read_only}
        for source, target, read_only in sorted(binds, key=lambda bind: str(bind[1]))
        if target not in (HOSTS, PASSWD) and not str(target).startswith(f"{MOUNTED}/")
    ]


def quote(word: str) -> str:
    """One word of a setting: quotes group, nothing escapes (seen in systemd 257, parsed by config_parse_strv)."""
    return "'\"'".join(f'"{part}"' for part in word.split('"'))


# capabilities(7), as of Linux 6.12
CAPABILITIES = [
    f"CAP_{name}"
    for name in (
        "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH "
        "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN "
        "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT "
        "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM"
    ).split()
]
