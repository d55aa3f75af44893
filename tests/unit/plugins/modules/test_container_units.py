"""The modules container_units and container_units_info, on a host that keeps its state in memory."""

from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import nspawn_image
from ansible_collections.holdfast.volumes.plugins.module_utils.container_runtime import PENDING
from ansible_collections.holdfast.volumes.plugins.module_utils.host import (
    Completed,
    FileState,
    HostError,
    ProbeTimeout,
    System,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.settled import find_settled
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import GATE
from ansible_collections.holdfast.volumes.plugins.modules import container_units, container_units_info

WEB = {"name": "web", "engine": "podman", "image": "r/nginx:1"}
API = {"name": "api", "engine": "docker", "image": "r/api:1", "environment": {"PASSWORD": "hunter2hunter2"}}
IMAGE = "/var/lib/holdfast/images/" + "a" * 64
MACHINE = {
    "name": "box",
    "engine": "nspawn",
    "image": "nginx",
    "image_archive": "/srv/nginx.tar.gz",
    "command": ["nginx"],
    "environment": {"PASSWORD": "hunter3hunter3"},
    "user": "1000:1000",
}
WEB_FILE = "/etc/containers/systemd/holdfast-web.container"
API_FILE = "/etc/systemd/system/holdfast-api.service"
MOUNT = {
    "source": "/srv/holdfast/content",
    "target": "/data",
    "gate": {"path": "/srv/holdfast/content", "source": "nfs1:/content"},
}


class Host(System):
    """systemd and three engines, as far as the modules see them; ``stuck`` and ``broken`` services do not come up.

    ``trees`` are the unpacked images of nspawn, ``digest`` is that of every archive.
    """

    def __init__(self):
        self.files, self.modes, self.commands = {}, {}, []
        self.trees, self.digest = set(), "a" * 64
        self.active, self.enabled, self.images = set(), set(), {"r/nginx:1", "r/api:1"}
        self.stuck, self.broken, self.unloadable = set(), set(), set()
        self.sick, self.asked, self.directories = set(), [], set()
        self.volumes, self.strangers = {}, {}

    def has(self, program):
        return True

    def stat(self, path):
        ours = path.startswith(("/etc/holdfast", "/var/lib/holdfast"))
        if ours and path not in {*self.trees, *self.modes, *self.directories} and not self.listdir(path):
            return None
        return FileState("directory", 0o755, 0, 0)

    def read(self, path):
        if path.startswith("/proc/"):
            return self.proc(path)
        return self.files.get(path)

    def proc(self, path):
        """A machine whose supervisor is process 7 and whose program is process 8."""
        return {
            "/proc/7/task/7/children": "8",
            "/proc/7/cmdline": "systemd-nspawn",
            "/proc/8/cmdline": "nginx",
            "/proc/8/status": "NSpid: 8 1\n",
        }.get(path)

    def write(self, path, text, mode=0o644):
        self.commands.append(["write", path])
        self.files[path], self.modes[path] = text, mode
        self.add_directory(path.rpartition("/")[0])

    def make_directory(self, path, mode=0o755):
        self.modes[path] = mode
        self.add_directory(path)

    def add_directory(self, path):
        self.directories |= {path} if path.startswith("/etc/holdfast") else set()

    def remove(self, path):
        self.files.pop(path, None)
        self.modes.pop(path, None)

    def listdir(self, path):
        start = f"{path}/"
        below = [name for name in (*self.files, *self.trees, *self.directories) if name.startswith(start)]
        return sorted({name[len(start) :].partition("/")[0] for name in below})

    def remove_directory(self, path):
        assert not self.listdir(path)
        self.directories.discard(path)
        self.modes.pop(path, None)

    def poll(self, question, timeout, interval=1.0):
        return question()

    def probe(self, question, *args, timeout=5.0):
        """The only questions here are about the health of containers, each known by the port that it is asked at."""
        self.commands.append(["ask", args[1]])
        self.asked.append(args[1])
        return "status 503" if args[1] in self.sick else ""

    def run(self, argv, timeout=60.0, stdin=""):
        self.commands.append(argv)
        words = argv[argv.index("podman") :] if argv[0] == "systemd-run" else argv
        done = getattr(self, f"do_{words[0]}")(*words[1:])
        done = done if isinstance(done, Completed) else Completed(0, done or "", "")
        if argv[0] == "systemd-run":
            self.files |= {
                word.partition("file:")[2]: text for word, text in zip(self.answers(argv), (done.out, done.err))
            }
        return done

    def answers(self, argv):
        return [word for word in argv if ".holdfast-" in word]

    def do_systemctl(self, verb, *words):
        names = [word for word in words if not word.startswith("-")]
        if verb == "show":
            return "\n\n".join(self.show(name) for name in names)
        if verb in ("start", "restart"):
            self.active |= set(names) - self.stuck - self.broken
            for name in self.bound_volumes(names):
                self.make_volume(name)
        if verb == "stop":
            self.active -= set(names)
        if verb == "reenable":
            self.enabled |= set(names)
        if verb == "disable":
            self.enabled -= set(names)
        return ""

    def bound_volumes(self, services):
        """The volumes of Podman that the containers of some services bind."""
        files = [f"/etc/containers/systemd/{service[: -len('.service')]}.container" for service in services]
        lines = [line for path in files for line in self.files.get(path, "").splitlines()]
        return [line[len("Volume=") :].partition(".volume:")[0] for line in lines if ".volume:" in line]

    def make_volume(self, name):
        """What the service of a .volume file does: once, and never to a volume that is there."""
        if f"{name}-volume.service" not in self.active:
            self.active.add(f"{name}-volume.service")
            lines = self.files[f"/etc/containers/systemd/{name}.volume"].splitlines()
            keys = dict(line.split("=", 1) for line in lines if "=" in line)
            options = {"type": keys["Type"], "device": keys["Device"], "o": keys["Options"], "nocopy": ""}
            self.volumes.setdefault(name, options)

    def do_volume(self, verb, *names):
        if verb == "rm":
            assert not [user for name in names for user in self.users(name)]
            return Completed(0 if self.volumes.pop(names[0], None) is not None else 1, "", "")
        there = [{"Name": name, "Options": self.volumes[name]} for name in names if name in self.volumes]
        return Completed(0 if len(there) == len(names) else 125, json.dumps(there), "")

    def users(self, volume):
        ours = [name for name in self.active if volume in self.bound_volumes([name])]
        return [name[: -len(".service")] for name in ours] + self.strangers.get(volume, [])

    def show(self, name):
        state = "active" if name in self.active else "failed" if name in self.broken else "inactive"
        job = "Job=7\n" if name in self.stuck else ""
        link = "enabled" if name in self.enabled else "disabled"
        load = "not-found" if name in self.unloadable else "loaded"
        pid = 7 if name in self.active else 0
        unit = f"Id={name}\nActiveState={state}\nSubState=x\nLoadState={load}\nUnitFileState={link}\n{job}"
        return f"{unit}MainPID={pid}\nInvocationID=4385\n"

    def engine(self, *words):
        if words[:2] == ("image", "inspect"):
            return Completed(0 if words[-1] in self.images else 1, "", "")
        if words[0] == "pull":
            if words[-1].endswith(":gone"):
                return Completed(125, "", "manifest unknown")
            self.images.add(words[-1])
        if words[0] == "inspect":
            alive = [name for name in words[3:] if f"{name}.service" in self.active]
            return json.dumps([{"Name": f"/{name}", "State": {"Running": True, "Pid": 8}} for name in alive])
        return ""

    do_docker = engine

    def do_podman(self, *words):
        if words[0] == "volume":
            return self.do_volume(*words[1:])
        if words[0] == "ps":
            return "\n".join(self.users(words[3].partition("=")[2]))
        return self.engine(*words)

    def do_tar(self, *words):
        return ""

    def do_restorecon(self, *words):
        return ""

    def do_sync(self, *words):
        return ""

    def do_journalctl(self, *words):
        return "holdfast-gate: /srv/a: nothing is mounted here\n"

    def called(self, *words):
        """The commands that have all of ``words``."""
        return [argv for argv in self.commands if set(words) <= set(argv)]


class Trees:
    """The third door, to the trees of the same host."""

    def __init__(self, host):
        self.host = host

    def find_digest(self, path):
        return self.host.digest

    def settle(self, part, root):
        self.host.trees.add(root)

    def remove(self, system, directory, name):
        if f"{directory}/{name}" in self.host.trees:
            self.host.commands.append(["discard", name])
        self.host.trees.discard(f"{directory}/{name}")

    def make_inside(self, root, path, kind):
        assert root in self.host.trees

    def find_missing(self, root, paths):
        return []


@pytest.fixture
def host(monkeypatch):
    host = Host()
    monkeypatch.setattr(nspawn_image, "root_tree", Trees(host))
    return host


def run(host, *units, check_mode=False, retire=False):
    host.commands.clear()
    params = {"units": list(units), "retire": retire, "pull_timeout": 900, "start_timeout": 5}
    return container_units.run(host, params, check_mode)


def test_units_are_made_and_a_second_run_changes_nothing(host):
    assert run(host, WEB, API)["changed"]
    assert host.active == {"holdfast-web.service", "holdfast-api.service"}
    assert host.enabled == {"holdfast-api.service"}
    assert not run(host, WEB, API)["changed"]
    assert [argv[:2] for argv in host.commands] == [["systemctl", "show"]]


def test_units_are_settled_when_a_run_would_do_nothing(host):
    sets = {"units": {"units": [WEB, API]}}
    assert find_settled(host, sets) == []
    run(host, WEB, API)
    assert find_settled(host, sets) == ["units"]
    assert find_settled(host, {"units": {"units": [WEB]}}) == []
    host.active.discard("holdfast-api.service")
    assert find_settled(host, sets) == []


def test_check_mode_predicts_the_run_and_does_nothing(host):
    predicted = run(host, WEB, API, check_mode=True)
    assert not host.files
    assert predicted == run(host, WEB, API)


def test_nothing_wanted_on_a_bare_host_calls_nothing(host):
    assert not run(host)["changed"]
    assert host.commands == []


def test_secrets_are_in_one_file_that_root_alone_reads(host):
    result = run(host, API)
    assert [path for path, text in host.files.items() if "hunter2" in text] == ["/etc/holdfast/env/api.env"]
    assert host.modes["/etc/holdfast/env/api.env"] == 0o600
    assert host.modes["/etc/holdfast"] == 0o700
    assert "hunter2" not in json.dumps(result)
    assert "hunter2" not in str(host.commands)
    assert "hunter2" not in str(container_units.hide({"units": [API]}))


def test_one_reload_and_one_restart_for_all(host):
    units = [{**WEB, "name": f"web{number}"} for number in range(20)]
    run(host, *units)
    assert len(host.called("daemon-reload")) == 1
    assert len(host.called("start")) == 1
    run(host, *({**unit, "user": "1000"} for unit in units))
    assert len(host.called("daemon-reload")) == 1
    assert len(host.called("restart")) == 1


def test_only_the_changed_unit_restarts(host):
    run(host, WEB, API)
    run(host, {**WEB, "user": "1000"}, API)
    assert host.called("restart") == [["systemctl", "restart", "--no-block", "--", "holdfast-web.service"]]
    assert not host.called("stop")


def test_a_missing_image_is_pulled_before_a_container_stops(host):
    run(host, WEB)
    run(host, {**WEB, "image": "r/nginx:2"})
    assert host.commands.index(host.called("pull")[0]) < host.commands.index(host.called("restart")[0])
    with pytest.raises(
        HostError, match=r"pull --quiet r/nginx:gone failed.*no container was stopped.*manifest unknown"
    ):
        run(host, {**WEB, "image": "r/nginx:gone"})
    assert "r/nginx:2" in host.files[WEB_FILE]
    assert "holdfast-web.service" in host.active
    assert PENDING not in host.files


def test_a_pulled_image_is_on_disk_before_its_unit_is_written(host):
    run(host, {**WEB, "image": "r/nginx:2"})
    assert host.called("sync") == [["sync", "--file-system", "/var/lib/containers"]]
    assert host.commands.index(host.called("sync")[0]) < host.commands.index(["write", WEB_FILE])


def test_an_image_that_is_there_is_not_pulled(host):
    run(host, WEB, API)
    assert not host.called("pull")


def test_an_archive_without_the_image_is_an_error(host):
    with pytest.raises(HostError, match=r"/var/x.tar was loaded, but holds no image r/new:1"):
        run(host, {**WEB, "image": "r/new:1", "image_archive": "/var/x.tar"})
    assert host.called("load")
    assert not host.called("pull")


def test_what_is_no_longer_wanted_is_stopped_then_removed(host):
    run(host, WEB, API)
    run(host, API)
    assert WEB_FILE not in host.files
    assert host.active == {"holdfast-api.service"}
    order = [host.commands.index(host.called(*words)[0]) for words in (("stop",), ("rm",), ("daemon-reload",))]
    assert order == sorted(order)
    run(host)
    assert not host.files
    assert not host.enabled


def test_a_container_that_cannot_be_removed_keeps_its_unit(host):
    run(host, API)
    host.do_docker = lambda *words: '[{"Name": "/holdfast-api"}]' if words[0] == "inspect" else Completed(1, "", "busy")
    with pytest.raises(HostError, match="docker cannot remove holdfast-api"):
        run(host)
    assert API_FILE in host.files


def test_retire_takes_away_and_starts_nothing(host):
    run(host, WEB, API)
    host.active.clear()
    assert run(host, {**WEB, "user": "1000"}, retire=True)["changed"]
    assert API_FILE not in host.files
    assert "User=" not in host.files[WEB_FILE]
    assert host.active == set()


def test_files_of_others_are_left_alone(host):
    host.files["/etc/systemd/system/holdfast-mine.service"] = "[Unit]\n"
    assert not run(host)["changed"]
    assert list(host.files) == ["/etc/systemd/system/holdfast-mine.service"]


def test_a_unit_that_waits_is_named_and_the_others_go_on(host):
    host.stuck = {"holdfast-web.service"}
    with pytest.raises(
        HostError, match=r"holdfast-web.service waits for srv-holdfast-content.mount \(inactive\)"
    ) as caught:
        run(host, {**WEB, "mounts": [MOUNT]}, API)
    assert "holdfast-api" not in str(caught.value)
    assert host.active == {"holdfast-api.service"}


def test_a_docker_that_is_too_busy_to_answer_is_asked_again(host):
    """It says nothing about a container that it is starting."""
    answer, asked = host.do_docker, []

    def hesitate(*words):
        asked.extend(word for word in words if word == "inspect" and words[0] != "image")
        if asked == ["inspect"]:
            raise ProbeTimeout("docker inspect did not end within 60 s and was killed")
        return answer(*words)

    host.do_docker, host.poll = hesitate, lambda question, timeout: question() or question()
    assert run(host, API)["steps"][-1] == "start holdfast-api.service"
    assert asked == ["inspect", "inspect"]


def test_a_unit_that_fails_is_told_with_its_last_words(host):
    host.broken = {"holdfast-web.service"}
    with pytest.raises(HostError, match="holdfast-web.service: holdfast-gate: /srv/a: nothing is mounted here"):
        run(host, WEB, API)
    host.broken = set()
    assert run(host, WEB, API)["steps"] == ["provide r/nginx:1", "start holdfast-web.service"]


def test_a_unit_that_quadlet_refuses_is_told_so(host):
    host.broken = host.unloadable = {"holdfast-web.service"}
    with pytest.raises(HostError, match="was not made by Quadlet"):
        run(host, WEB)


@pytest.mark.parametrize("interrupted", ["daemon-reload", "reenable", "restart", "write"])
def test_a_run_killed_anywhere_is_completed_by_the_next(host, interrupted, monkeypatch):
    run(host, WEB, API)
    changed = [{**WEB, "user": "1000"}, {**API, "environment": {"PASSWORD": "another secret"}, "user": "1"}]
    whole = Host.run

    def killed(self, argv, timeout=60.0, stdin=""):
        if interrupted in argv or (interrupted == "write" and len(self.called("write")) > 2):
            raise KeyboardInterrupt
        return whole(self, argv, timeout, stdin)

    monkeypatch.setattr(Host, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        run(host, *changed)
    monkeypatch.setattr(Host, "run", whole)
    run(host, *changed)
    assert host.called("restart", "holdfast-web.service", "holdfast-api.service")
    assert host.called("daemon-reload")
    assert host.called("reenable", "holdfast-api.service")
    assert PENDING not in host.files
    assert not run(host, *changed)["changed"]


def test_info_asks_each_engine_once(host):
    run(host, WEB, API, {**WEB, "name": "web2"})
    host.commands.clear()
    found = container_units_info.run(host)
    assert [(unit["name"], unit["engine"], unit["active_state"], unit["pid"]) for unit in found] == [
        ("api", "docker", "active", 8),
        ("web", "podman", "active", 8),
        ("web2", "podman", "active", 8),
    ]
    assert len(host.commands) == 3


def test_info_of_a_bare_host_calls_nothing(host):
    assert container_units_info.run(host) == []
    assert host.commands == []


VOLUME = {"name": "holdfast-site", "source": "nfs1:/srv/site", "options": ["rw"], "owner": 1000, "group": 1000}
SITE = {**WEB, "mounts": [{"target": "/www", "engine_volume": VOLUME}]}
VOLUME_FILE = "/etc/containers/systemd/holdfast-site.volume"


def test_a_volume_of_podman_is_one_of_the_set(host):
    assert run(host, SITE)["changed"]
    assert host.modes[VOLUME_FILE] == 0o644
    assert host.volumes["holdfast-site"]["device"] == "nfs1:/srv/site"
    assert not run(host, SITE)["changed"]
    assert run(host)["steps"][-2:] == ["discard holdfast-site", "sweep /etc/holdfast"]
    assert not host.files
    assert not host.volumes


def test_a_volume_that_was_made_anew_by_hand_is_mended_when_nothing_uses_it(host):
    run(host, SITE)
    host.active.discard("holdfast-web.service")
    host.volumes["holdfast-site"] = {"type": "nfs4", "device": "nfs2:/srv/site", "o": "rw"}
    host.strangers = {"holdfast-site": ["somebody"]}
    with pytest.raises(HostError, match="holdfast-site has other options than wanted and is in use by somebody"):
        run(host, SITE)
    host.strangers = {}
    predicted = run(host, SITE, check_mode=True)
    assert run(host, SITE) == predicted
    assert host.volumes["holdfast-site"]["device"] == "nfs1:/srv/site"
    assert not run(host, SITE)["changed"]


def test_a_volume_with_local_data_is_left_alone(host):
    host.volumes["holdfast-site"] = {}
    with pytest.raises(HostError, match="holdfast-site holds data on this host's own disk"):
        run(host, SITE)
    assert host.volumes == {"holdfast-site": {}}
    assert not host.files


def test_the_volume_of_a_replaced_container_goes_after_it(host):
    run(host, SITE)
    read_only = {**VOLUME, "name": "holdfast-site.ro", "options": ["ro"]}
    changed = {**WEB, "mounts": [{"target": "/www", "read_only": True, "engine_volume": read_only}]}
    assert not run(host, changed, retire=True)["changed"]
    run(host, changed)
    assert set(host.volumes) == {"holdfast-site.ro"}
    assert VOLUME_FILE not in host.files
    assert not run(host, changed)["changed"]


def test_a_run_killed_while_a_volume_goes_is_completed_by_the_next(host, monkeypatch):
    run(host, SITE)
    whole = host.do_volume

    def killed(verb, *names):
        if verb == "rm":
            raise KeyboardInterrupt
        return whole(verb, *names)

    monkeypatch.setattr(host, "do_volume", killed)
    with pytest.raises(KeyboardInterrupt):
        run(host)
    monkeypatch.undo()
    assert VOLUME_FILE in host.files
    assert run(host)["steps"] == ["discard holdfast-site", "sweep /etc/holdfast"]
    assert not host.files
    assert not host.volumes


def test_a_machine_is_made_and_a_second_run_changes_nothing(host):
    assert run(host, MACHINE)["steps"] == [
        "provide nginx for box",
        "write /etc/holdfast/nspawn/box.passwd",
        "write /etc/systemd/nspawn/holdfast-box.nspawn",
        "write /etc/systemd/system/holdfast-box.service",
        "enable holdfast-box.service",
        "reload systemd",
        "start holdfast-box.service",
    ]
    assert host.trees == {IMAGE}
    assert not run(host, MACHINE)["changed"]
    assert not host.called("tar")


def test_check_mode_predicts_a_machine_and_unpacks_nothing(host):
    predicted = run(host, MACHINE, check_mode=True)
    assert (host.files, host.trees) == ({}, set())
    assert predicted == run(host, MACHINE)


def test_the_secrets_of_a_machine_are_in_one_file_that_root_alone_reads(host):
    result = run(host, MACHINE)
    held = [path for path, text in host.files.items() if "hunter3" in text]
    assert held == ["/etc/systemd/nspawn/holdfast-box.nspawn"]
    assert host.modes[held[0]] == 0o600
    assert host.modes["/etc/holdfast/nspawn/box.passwd"] == 0o644
    assert "hunter3" not in json.dumps(result)
    assert "hunter3" not in str(host.commands)


def test_new_content_is_another_image_and_the_old_one_goes_last(host):
    run(host, MACHINE)
    host.digest = "b" * 64
    steps = run(host, MACHINE)["steps"]
    assert steps[0] == "provide nginx for box"
    assert steps[-1] == f"discard {IMAGE}"
    assert host.trees == {IMAGE.replace("a" * 64, "b" * 64)}
    order = [
        host.commands.index(host.called(*words)[0]) for words in (("tar", "--extract"), ("restart",), ("discard",))
    ]
    assert order == sorted(order)
    assert not run(host, MACHINE)["changed"]


def test_an_image_stays_as_long_as_its_container_may_be_down_on_it(host):
    run(host, MACHINE)
    host.digest, host.broken = "b" * 64, {"holdfast-box.service"}
    host.active.clear()
    with pytest.raises(HostError, match="holdfast-box.service"):
        run(host, MACHINE)
    assert IMAGE in host.trees
    host.broken = set()
    assert f"discard {IMAGE}" in run(host, MACHINE)["steps"]


def test_a_machine_that_is_not_in_its_program_yet_is_not_up(host):
    host.proc = {"/proc/7/task/7/children": "8"}.get
    with pytest.raises(HostError, match="started, but not up.*holdfast-box.service"):
        run(host, MACHINE)


def test_the_last_machine_takes_its_image_along(host):
    run(host, MACHINE, API)
    run(host, API, retire=True)
    assert host.trees == {IMAGE}
    assert run(host, API)["steps"] == [f"discard {IMAGE}"]
    assert host.trees == set()
    assert not any("nspawn" in path for path in host.files)


def test_retiring_reads_no_archive(host):
    host.digest = host.stat = None
    assert not run(host, MACHINE, retire=True)["changed"]


def test_an_engine_is_followed_by_another_of_the_same_name(host):
    run(host, {**API, "name": "box"})
    run(host, MACHINE)
    order = [host.commands.index(host.called(*words)[0]) for words in (("stop",), ("docker", "rm"), ("restart",))]
    assert order == sorted(order)
    assert "systemd-nspawn" in host.files["/etc/systemd/system/holdfast-box.service"]
    assert "/etc/holdfast/env/box.env" not in host.files


def test_info_of_a_machine(host):
    run(host, MACHINE)
    (told,) = container_units_info.run(host)
    assert {key: told[key] for key in ("engine", "pid", "container_id", "image", "image_id", "user")} == {
        "engine": "nspawn",
        "pid": 8,
        "container_id": "4385",
        "image": "nginx",
        "image_id": "a" * 64,
        "user": "1000:1000",
    }


def test_an_app_of_podman_with_a_volume_becomes_one_of_nspawn_and_back(host):
    run(host, {**SITE, "name": "box"})
    steps = run(host, MACHINE)["steps"]
    assert steps[:2] == ["provide nginx for box", "retire holdfast-box.service"]
    assert steps[-1] == "discard holdfast-site"
    assert (host.volumes, host.trees) == ({}, {IMAGE})
    assert not run(host, MACHINE)["changed"]
    steps = run(host, {**SITE, "name": "box"})["steps"]
    assert steps[-1] == f"discard {IMAGE}"
    assert (set(host.volumes), host.trees) == ({"holdfast-site"}, set())
    assert not run(host, {**SITE, "name": "box"})["changed"]


def test_volumes_and_images_go_in_one_run(host):
    run(host, SITE, MACHINE)
    steps = run(host)["steps"]
    assert steps[steps.index("discard holdfast-site") + 1] == f"discard {IMAGE}"
    assert (host.files, host.volumes, host.trees) == ({}, {}, set())


def test_a_host_that_its_last_container_leaves_has_no_trace_of_it(host):
    run(host, WEB, {**MACHINE, "name": "box"}, API)
    host.files |= {GATE: "#!/usr/bin/python3", "/etc/holdfast/selinux.json": "{}"}
    run(host, retire=True)
    assert GATE in host.files
    del host.files["/etc/holdfast/selinux.json"]
    predicted = run(host, check_mode=True)
    assert run(host) == predicted
    assert predicted["steps"] == [
        f"discard {IMAGE}",
        "sweep /etc/holdfast/env",
        "sweep /etc/holdfast/nspawn",
        "sweep /etc/holdfast",
        "sweep /var/lib/holdfast/images",
        "sweep /var/lib/holdfast",
        f"sweep {GATE}",
    ]
    assert (host.files, host.trees, host.directories) == ({}, set(), set())
    assert host.stat("/etc/holdfast") is None
    assert not run(host)["changed"]


def test_what_others_keep_beside_our_traces_stays(host):
    run(host, API)
    host.files |= {"/etc/holdfast/nfs-firewall.nft": "x", "/etc/holdfast/env/mine.txt": "x"}
    assert not any("sweep" in step for step in run(host)["steps"])
    assert set(host.files) == {"/etc/holdfast/nfs-firewall.nft", "/etc/holdfast/env/mine.txt"}


def test_an_empty_directory_that_an_interrupted_run_left_goes(host):
    host.modes["/etc/holdfast"] = 0o700
    assert run(host)["steps"] == ["sweep /etc/holdfast"]
    assert host.stat("/etc/holdfast") is None
    assert not run(host)["changed"]


def instances(count, **other):
    """Instances of one app; each is asked at a port of its own, so that one can be told to be sick."""
    names = ["web", *(f"web-{number}" for number in range(2, count + 1))]
    return [
        {**WEB, "name": name, "app": "web", "instance": number, "health": {"http": ":800{number}/up"}, **other}
        for number, name in enumerate(names, start=1)
    ]


def services(*numbers):
    return ["holdfast-web.service" if number == 1 else f"holdfast-web-{number}.service" for number in numbers]


def restarted(host):
    return [argv[-1] for argv in host.called("restart")]


def test_instances_are_replaced_one_after_the_other_each_when_the_last_is_healthy(host):
    run(host, *instances(3))
    assert host.asked == [8001, 8002, 8003]
    predicted = run(host, *instances(3, image="r/api:1"), check_mode=True)
    assert run(host, *instances(3, image="r/api:1")) == predicted
    told = [argv[-1] for argv in host.commands if argv[0] == "ask" or argv[1] in ("restart", "daemon-reload")]
    assert told == [
        *("daemon-reload", "holdfast-web.service", 8001),
        *("daemon-reload", "holdfast-web-2.service", 8002),
        *("daemon-reload", "holdfast-web-3.service", 8003),
    ]
    assert PENDING not in host.files
    assert not run(host, *instances(3, image="r/api:1"))["changed"]


def test_a_sick_instance_ends_the_replacement_and_the_others_keep_their_files(host):
    run(host, *instances(3))
    host.sick = {8001}
    expected = (
        r"holdfast-web.service is up, but not healthy after 60 s: GET http://127.0.0.1:8001/up: status 503; web is not "
        r"replaced any further: holdfast-web-2.service, holdfast-web-3.service run on with the old definition"
    )
    with pytest.raises(HostError, match=expected):
        run(host, *instances(3, image="r/api:1"))
    assert restarted(host) == services(1)
    assert [path for path, text in host.files.items() if "r/api:1" in text] == [WEB_FILE]


def test_the_next_run_goes_on_with_the_instance_that_was_sick(host):
    run(host, *instances(3))
    host.sick = {8002}
    with pytest.raises(HostError, match=r"web-2.service is up, but .*; web is not .*: holdfast-web-3.service run on"):
        run(host, *instances(3, image="r/api:1"))
    with pytest.raises(HostError, match="holdfast-web-2.service is up, but not healthy"):
        run(host, *instances(3, image="r/api:1"))
    assert restarted(host) == services(2)
    host.sick = set()
    run(host, *instances(3, image="r/api:1"))
    assert restarted(host) == services(2, 3)
    assert not run(host, *instances(3, image="r/api:1"))["changed"]


def test_a_mended_definition_replaces_the_sick_instance_first(host):
    run(host, *instances(3))
    host.sick = {8002}
    with pytest.raises(HostError):
        run(host, *instances(3, image="r/api:1"))
    host.sick = set()
    run(host, *instances(3, image="r/nginx:2"))
    assert restarted(host) == services(2, 1, 3)


def test_an_instance_that_does_not_come_up_ends_the_replacement(host):
    run(host, *instances(2))
    host.broken = {"holdfast-web.service"}
    whole = host.do_systemctl

    def crash(verb, *words):
        if verb == "restart":
            host.active -= host.broken
        return whole(verb, *words)

    host.do_systemctl = crash
    with pytest.raises(HostError, match=r"nothing is mounted here; web is not .*holdfast-web-2.service run on"):
        run(host, *instances(2, image="r/api:1"))
    assert "holdfast-web-2.service" in host.active
    assert "r/nginx:1" in host.files["/etc/containers/systemd/holdfast-web-2.container"]


def test_another_app_is_replaced_all_the_same(host):
    api = [{**unit, "name": unit["name"].replace("web", "api"), "app": "api", "health": None} for unit in instances(2)]
    run(host, *instances(2), *api)
    host.sick = {8001}
    changed = [{**unit, "image": "r/api:1"} for unit in [*instances(2), *api]]
    with pytest.raises(HostError, match="web is not replaced any further"):
        run(host, *changed)
    assert host.called("restart", "holdfast-api-2.service") == [
        ["systemctl", "restart", "--no-block", "--", "holdfast-api-2.service"]
    ]


def test_more_instances_leave_the_first_alone_and_fewer_too(host):
    run(host, *instances(1, app=""))
    run(host, *instances(3))
    assert not host.called("restart")
    assert host.called("start") == [["systemctl", "start", "--no-block", "--", *services(2, 3)]]
    run(host, *instances(1, app=""))
    assert not host.called("restart")
    assert host.active == set(services(1))


def test_no_turn_is_taken_when_a_new_instance_is_sick(host):
    run(host, *instances(2))
    host.sick = {8003}
    for dummy in range(2):
        with pytest.raises(HostError, match=r"web-3.service is up, but .*-2.service run on with the old definition"):
            run(host, *instances(3, image="r/api:1"))
        assert not set(restarted(host)) & set(services(1, 2))


@pytest.mark.parametrize("interrupted", ["daemon-reload", "restart", "ask"])
def test_a_replacement_killed_anywhere_is_completed_by_the_next_run(host, interrupted, monkeypatch):
    run(host, *instances(3))
    whole = {name: getattr(Host, name) for name in ("run", "probe")}

    def killed(name):
        def act(self, *args, **kwargs):
            done = whole[name](self, *args, **kwargs)
            if len(self.called(interrupted)) == 2:
                raise KeyboardInterrupt
            return done

        return act

    for name in whole:
        monkeypatch.setattr(Host, name, killed(name))
    with pytest.raises(KeyboardInterrupt):
        run(host, *instances(3, image="r/api:1"))
    for name, method in whole.items():
        monkeypatch.setattr(Host, name, method)
    run(host, *instances(3, image="r/api:1"))
    assert restarted(host) == services(2, 3)
    assert PENDING not in host.files
    assert not run(host, *instances(3, image="r/api:1"))["changed"]


def test_an_app_that_is_alone_must_be_healthy_too(host):
    host.sick = {80}
    sick = {**API, "health": {"tcp": 80}}
    with pytest.raises(HostError, match="holdfast-api.service is up, but not healthy after 60 s: a connection to port"):
        run(host, sick, WEB)
    assert host.active == {"holdfast-api.service", "holdfast-web.service"}
    with pytest.raises(HostError, match="not healthy"):
        run(host, sick, WEB)
    assert restarted(host) == ["holdfast-api.service"]
    host.sick = set()
    run(host, sick, WEB)
    assert not run(host, sick, WEB)["changed"]
