"""Everything that a login user, or root of a container, may try to get at data past the containers; it answers in JSON.

attempts.py login|container OUTPUT PARAMETERS: each attempt is "reached", or the reason why not. Root of the host runs
the same attempts, and reaches all: so that a refusal is one, and no misspelt path.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_DETACH, INIT_MODULE, OPEN_BY_HANDLE_AT = 16, 17, 175, 304
SERVER, STORE = "10.77.0.11", ["srv", "volumes"]


def call(function, *words):
    """A call of the C library, whose failure is an OSError."""
    done = function(*words)
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def run(*words):
    """A program that must do what it is asked, and say something when it is asked for something."""
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    if done.returncode:
        raise PermissionError(errno.EPERM, f"exit {done.returncode}: {(done.stderr or done.stdout).strip()[-200:]}")
    return done.stdout


def read_file(path):
    with open(path, "rb") as file:
        if not file.read(512):
            raise FileNotFoundError(errno.ENODATA, "empty")


def list_directory(path):
    if not os.listdir(path):
        raise FileNotFoundError(errno.ENODATA, "empty")


def connect(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as caller:
        caller.connect(path)
        caller.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        if b"200" not in caller.recv(64):
            raise PermissionError(errno.EPERM, "no answer")


# A client of NFS version 4.1 (RFC 8881) in as few words as it takes to look into a directory.


def text(value):
    data = value.encode()
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


def list_by_nfs(volume, low):
    """As an NFS client of its own, from a port below 1024, as the kernel's client has, or from any."""
    with contextlib.closing(socket.socket()) as caller:
        caller.settimeout(10)
        if low:
            bind_low(caller)
        caller.connect((SERVER, 2049))
        # EXCHANGE_ID: verifier, owner, no flags, no protection, no name of the implementation
        owner = os.urandom(8) + text(os.urandom(8).hex()) + struct.pack(">III", 0, 0, 0)
        client = ask(caller, [struct.pack(">I", 42) + owner])[:12]
        # CREATE_SESSION: flags, two channels, program, one flavour of security, which is none
        channel = struct.pack(">7I", 0, 65536, 65536, 4096, 16, 1, 0)
        session = ask(caller, [struct.pack(">I", 43) + client + bytes(4) + channel * 2 + struct.pack(">III", 1, 1, 0)])[
            :16
        ]
        # SEQUENCE, PUTROOTFH, LOOKUP for each name, READDIR from the beginning with no attributes
        walk = [struct.pack(">I", 15) + text(name) for name in (*STORE, volume)]
        sequence = struct.pack(">I", 53) + session + struct.pack(">4I", 1, 0, 0, 0)
        ask(caller, [sequence, struct.pack(">I", 24), *walk, struct.pack(">IQQIII", 26, 0, 0, 4096, 4096, 0)])


def ask(caller, operations):
    """The body of the first result, when all operations succeeded."""
    compound = text("") + struct.pack(">II", 1, len(operations)) + b"".join(operations)
    # As root, whom the server leads through what is above an export as nobody.
    credential = struct.pack(">I", 0) + text("client") + struct.pack(">III", 0, 0, 0)
    words = struct.pack(">8I", 7, 0, 2, 100003, 4, 1, 1, len(credential)) + credential
    message = words + struct.pack(">II", 0, 0) + compound
    caller.sendall(struct.pack(">I", 0x80000000 | len(message)) + message)
    answer = receive(caller, struct.unpack(">I", receive(caller, 4))[0] & 0x7FFFFFFF)
    # xid, reply, accepted, verifier (2), accept state, status of the whole; then tag, number, operation, its status
    state = struct.unpack(">7I", answer[:28].ljust(28, b"\xff"))
    if state[2] or state[5] or state[6]:
        raise PermissionError(errno.EPERM, f"the server said {state[2:]}")
    return answer[44:]


def receive(caller, length):
    data = b""
    while len(data) < length:
        part = caller.recv(length - len(data))
        if not part:
            raise PermissionError(errno.ECONNRESET, "the server hung up")
        data += part
    return data


def bind_low(caller):
    for port in range(1023, 600, -1):
        try:
            caller.bind(("", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return


def mount(kind, source, data):
    with tempfile.TemporaryDirectory() as place:
        call(LIBC.mount, source.encode(), place.encode(), kind.encode(), 0, data.encode())
        call(LIBC.umount2, place.encode(), 0)


def mount_volume(address):
    mount("nfs4", f"{SERVER}:/{'/'.join(STORE)}/site", f"addr={SERVER},clientaddr={address},vers=4.1,nosharecache")


def attach(pid):
    call(LIBC.ptrace, PTRACE_ATTACH, pid, None, None)
    os.waitpid(pid, 0x40000000)
    call(LIBC.ptrace, PTRACE_DETACH, pid, None, None)


def enter(pid):
    with open(f"/proc/{pid}/ns/mnt", "rb") as namespace:
        os.setns(namespace.fileno(), os.CLONE_NEWNS)


def in_child(attempt):
    """For what would change this process."""

    def go():
        reader, writer = os.pipe()
        if not os.fork():
            try:
                os.write(writer, json.dumps(judge(attempt)).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with open(reader, encoding="utf-8") as pipe:
            answer = json.load(pipe)
        os.wait()
        if answer != "reached":
            raise PermissionError(errno.EPERM, answer)

    return go


def read_disk(place, disk):
    """The host's disk by a device node made for it."""
    node = f"{place}/held-disk"
    try:
        os.mknod(node, stat.S_IFBLK | 0o600, os.makedev(*disk))
        read_file(node)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(node)


def run_planted(place):
    """A program that was put where data is."""
    planted = f"{place}/held-program"
    try:
        shutil.copy(os.path.realpath(sys.executable), planted)
        os.chmod(planted, 0o4755)
        run(planted, "-S", "-c", "print(1)")
    finally:
        with contextlib.suppress(OSError):
            os.unlink(planted)


def load_module():
    """The kernel says that this is no module to those alone who may load one."""
    try:
        call(LIBC.syscall, INIT_MODULE, b"no module", 9, b"")
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise


def open_root_by_handle():
    """The root of the file system that a file of the host lies on, by its inode number, which is 2 on ext4."""
    with open("/etc/hosts", "rb") as known:
        handle = struct.pack("=IiII", 8, 1, 2, 0)
        found = call(LIBC.syscall, OPEN_BY_HANDLE_AT, known.fileno(), handle, os.O_RDONLY | os.O_DIRECTORY)
        list_directory(found)


def write_back(path):
    content = Path(path).read_bytes()
    Path(path).write_bytes(content)


def make_group():
    os.mkdir("/sys/fs/cgroup/held")
    os.rmdir("/sys/fs/cgroup/held")


def relabel(place):
    path = f"{place}/held-label"
    Path(path).write_text("held")
    os.setxattr(path, "security.selinux", b"system_u:object_r:container_file_t:s0\0")
    os.unlink(path)


def become_unconfined():
    Path("/proc/self/attr/exec").write_text("unconfined_u:unconfined_r:unconfined_t:s0")
    label = run(sys.executable, "-S", "-c", "print(open('/proc/self/attr/current').read())")
    if ":unconfined_t:" not in label:
        raise PermissionError(errno.EPERM, label.strip())


def see_host():
    names = [read_name(pid) for pid in os.listdir("/proc") if pid.isdigit()]
    if "kthreadd" not in names:
        raise PermissionError(errno.ESRCH, f"{len(names)} processes of its own")


def read_name(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()


def sniff(interface):
    with contextlib.closing(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))) as ear:
        ear.bind((interface, 0))


def write_program():
    path = "/usr/bin/held"
    Path(path).write_text("held")
    os.unlink(path)


def login(given):
    """Of a user who may log in to a host; ``given`` are what only root can find out."""
    pid, address = given["pid"], given["address"]
    place = given["place"]
    source = f"{SERVER}:/{'/'.join(STORE)}/site"
    nfs = ["mount", "-t", "nfs4", "-o", "vers=4.1,nosharecache", source, place]
    return {
        **{f"look into {path}": lambda path=path: list_directory(path) for path in given["directories"]},
        **{f"read {path}": lambda path=path: read_file(path) for path in given["files"]},
        **{f"talk to {path}": lambda path=path: connect(path) for path in given["sockets"]},
        "look into the root of a container": lambda: list_directory(f"/proc/{pid}/root/{given['target']}"),
        "read the environment of a container": lambda: read_file(f"/proc/{pid}/environ"),
        "read the memory map of a container": lambda: read_file(f"/proc/{pid}/maps"),
        "trace a container": lambda: attach(pid),
        "enter a container": in_child(lambda: enter(pid)),
        "have systemd read for it": lambda: run(
            *"systemd-run --no-ask-password --wait --quiet --collect ls".split(), given["directories"][0]
        ),
        "mount a volume": lambda: run("unshare", "--mount", "sh", "-c", " ".join(["exec", *nfs])),
        "mount a volume as root of a name space": lambda: run(
            "unshare", *given["mapped"], "--mount", "sh", "-c", " ".join(["exec", *nfs])
        ),
        "mount a volume by the kernel": in_child(lambda: mount_volume(address)),
        "be an NFS client": lambda: list_by_nfs("site", low=True),
        "read the journal of an app": lambda: read_lines(run("journalctl", "--quiet", "-n1", "-u", given["unit"])),
        "become root": lambda: run("su", "-c", "true", "root"),
    }


def read_lines(output):
    if not output.strip():
        raise PermissionError(errno.EPERM, "no lines")


def container(given):
    """Of root in a container that has one volume, at ``place``."""
    place, disk = given["place"], given["disk"]
    return {
        "read the host's disk by a node": lambda: read_disk(given["scratch"], disk),
        "read the host's disk by a node on the volume": lambda: read_disk(place, disk),
        "run what was put on the volume": lambda: run_planted(place),
        "mount memory": lambda: mount("tmpfs", "none", ""),
        "mount the host's disk": lambda: mount("ext4", given["device"], ""),
        "mount another volume": lambda: mount_volume(given["address"]),
        "be an NFS client": lambda: list_by_nfs("site", low=True),
        "talk to the engine": lambda: connect(given["socket"]),
        "set a parameter of the kernel": lambda: write_back("/proc/sys/kernel/core_pattern"),
        "load a module": load_module,
        "open the host's root by its number": open_root_by_handle,
        "make a control group": make_group,
        "see the host's processes": see_host,
        "enter a name space": in_child(lambda: enter(1)),
        "make a user name space": in_child(lambda: os.unshare(os.CLONE_NEWUSER)),
        "become unconfined": in_child(become_unconfined),
        "give a file the label of others": lambda: relabel(given["scratch"]),
        "listen to the host's network": lambda: sniff(given["interface"]),
        "write a program": write_program,
    }


def facts(place):
    """What the kernel says of this process and of its volume."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    flags = [
        line.split()[5] for line in Path("/proc/self/mountinfo").read_text().splitlines() if line.split()[4] == place
    ]
    return {
        "uid": os.geteuid(),
        "no new privileges": status["NoNewPrivs"],
        "capabilities": status["CapEff"],
        "core": list(resource.getrlimit(resource.RLIMIT_CORE)),
        "flags": sorted(flags[0].split(",")) if flags else [],
        "label": Path("/proc/self/attr/current").read_text().strip("\0\n"),
    }


def judge(attempt):
    try:
        attempt()
    except OSError as error:
        return f"{errno.errorcode.get(error.errno, error.errno)} {error.strerror or error}"
    except subprocess.TimeoutExpired:
        return "no answer"
    return "reached"


def main():
    role, output = sys.argv[1:3]
    given = json.loads(sys.argv[3] if len(sys.argv) > 3 else Path(output).with_suffix(".given").read_text())
    found = {name: judge(attempt) for name, attempt in {"login": login, "container": container}[role](given).items()}
    answer = json.dumps({**found, "facts": facts(given["place"])}, indent=1)
    if output == "-":
        print(answer)
    else:
        Path(output).write_text(answer)


if __name__ == "__main__":
    main()
