#!/usr/bin/python
# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: container_units
short_description: Run a host's containers as systemd units that wait for their volumes
version_added: "1.0.0"
author:
  - holdfast.volumes contributors (@holdfast)
description:
  - Owns all container units of this collection on a host as one set. Units that are not in O(units) are stopped and
    removed, with their containers; what others made is not touched, and no volume is.
  - Podman containers become Quadlet files, C(/etc/containers/systemd/holdfast-NAME.container), Docker containers
    services around C(docker run --rm), C(/etc/systemd/system/holdfast-NAME.service). Containers of systemd-nspawn
    become such services too, with their settings in C(/etc/systemd/nspawn/holdfast-NAME.nspawn). All are
    C(holdfast-NAME.service) to systemd, and their containers are called C(holdfast-NAME).
  - A unit is bound to the mount units of its network volumes. It starts after them, stops with them and is started
    again by them, and before each start C(/usr/local/libexec/holdfast-gate) checks that what is mounted is the right
    volume, all volumes in one call. The role P(holdfast.volumes.container_units#role) installs that program.
  - Containers drop all capabilities, get no new privileges, a read-only root and the SELinux level that they are
    given. Host paths are never relabelled.
  - systemd-nspawn runs a root file system, read-only. An archive is unpacked once to C(/var/lib/holdfast/images), under
    its SHA-256, for all apps that use it; it goes when no app does, and a mount in it keeps it. An archive with new
    content is a new image, and restarts its apps. Containers share the host's network, know its C(/etc/hosts) and
    C(/etc/resolv.conf), and are not registered with systemd-machined, so C(machinectl) does not list them.
  - Images are fetched before any container is stopped. Only units whose definition changed are restarted, all at once
    after one daemon-reload; units that start at boot and are down are started. A definition that differs only in how
    the gate is called for the same volumes is loaded, and restarts nothing.
  - Running units with the same O(units[].app) are replaced one after the other instead. The files and secrets of each
    are written when it is its turn, so that one that crashes before, or a host that boots, comes back as it was. The
    next turn is taken when the new container is up and, with O(units[].health), healthy; otherwise those that are left
    run on unchanged, the module fails and says so, and the next run begins with the one that failed.
  - A run that was interrupted is completed by the next one.
  - With no units left, the gate and the directories of the module go too. Images that Docker and Podman fetched stay.
requirements:
  - systemd
  - Podman 4.6 or later for units with C(engine=podman), 4.7 for those with secrets
  - Docker 20.10 or later for units with C(engine=docker)
  - systemd-nspawn 249 or later for units with C(engine=nspawn), and tar with the compression of the archives
extends_documentation_fragment:
  - holdfast.volumes.attributes
options:
  units:
    description:
      - The container units that the host shall have.
      - Every item is checked before anything changes, and all faults are reported at once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the app.
        type: str
        required: true
      engine:
        description: What runs the container.
        type: str
        required: true
        choices: [docker, nspawn, podman]
      image:
        description:
          - Image by name or by digest. Podman wants it with its registry.
          - An image that is there already is not fetched again; to move to another one, change its name or digest.
          - For nspawn it is a name for the reader, and one of O(units[].image_archive), O(units[].image_directory) and
            O(units[].image_url) says what it is.
        type: str
        required: true
      image_archive:
        description:
          - Path on the host of an image archive that holds O(units[].image). When set, no registry is ever asked.
          - For nspawn it is a tar of a root directory, with C(usr/) in it.
          - Under SELinux the engine must be allowed to read it; C(/root) is no good place.
        type: str
        default: ""
      image_directory:
        description:
          - For nspawn, a root directory on the host. It is never written to, so it must have every directory that is
            mounted on; what changes in it restarts nothing.
          - Under SELinux it must be labelled for containers to read, C(container_ro_file_t), as the catalogue plans it.
        type: str
        default: ""
      image_url:
        description: For nspawn, the http or https address of a tar of a root directory; needs O(units[].image_digest).
        type: str
        default: ""
      image_digest:
        description: For nspawn, C(sha256:) and the SHA-256 of the tar; what has another digest is refused.
        type: str
        default: ""
      command:
        description: Words of the command, instead of the image's own; required for nspawn, whose images have none.
        type: list
        elements: str
        default: []
      environment:
        description:
          - Environment variables. They are kept in C(/etc/holdfast/env/NAME.env), for nspawn in its settings, which
            root alone can read, and are neither logged nor shown.
        type: dict
        default: {}
      secrets:
        description:
          - Files below C(/run/secrets) in the container, each readable by the user of the app alone. O(units[].user)
            has to be numeric for that; without one it is root.
          - Podman keeps them as secrets of its own, called C(holdfast-APP.NAME). For Docker and nspawn they are files
            below C(/etc/holdfast/secrets), bound one by one. Under SELinux that path must be labelled for containers to
            read, C(container_ro_file_t), as the catalogue plans it.
          - A changed value restarts the units that have it, once. What is no longer wanted is removed when its unit is
            gone. Values are neither logged nor shown, and never an argument of a program.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the file.
            type: str
            required: true
          value:
            description: What is in it, on one line. Use this, or O(units[].secrets[].parts).
            type: str
          parts:
            description: What is in it, put together from these, such as a URL with a password.
            type: list
            elements: dict
            default: []
            suboptions:
              text:
                description: A piece that is no secret.
                type: str
                default: ""
              secret:
                description: A piece that is one.
                type: str
              encode:
                description: Whether it is percent-encoded, as in a URL.
                type: bool
                default: false
          variables:
            description: Environment variables of the container that name the file, such as V(POSTGRES_PASSWORD_FILE).
            type: list
            elements: str
            default: []
      ports:
        description: Published ports, C([address:]host:container[/tcp|udp]); none for nspawn.
        type: list
        elements: str
        default: []
      user:
        description:
          - User and group in the container, C(uid:gid). Empty for the image's own, for nspawn root.
          - nspawn takes numbers only, and asks C(getent) of the image for them. The container sees a C(/etc/passwd)
            with root and this user.
        type: str
        default: ""
      read_only:
        description: Whether the container's root file system is read-only; always for nspawn.
        type: bool
        default: true
      tmpfs:
        description: Paths in the container that are in memory, options after a colon.
        type: list
        elements: str
        default: []
      capabilities:
        description: Capabilities that the container keeps; all others are dropped.
        type: list
        elements: str
        default: []
      level:
        description:
          - SELinux level of the container. Empty leaves the choice to the engine; with nspawn it is derived from the
            name.
        type: str
        default: ""
      start:
        description:
          - V(boot) starts the unit now, at every boot, and whenever its volumes come back.
          - V(on_demand) installs it and starts nothing. One that was started is restarted when its definition changes.
        type: str
        choices: [boot, on_demand]
        default: boot
      app:
        description: Units of one app are instances of it, and are replaced one after the other. Empty for a unit alone.
        type: str
        default: ""
      instance:
        description:
          - Which instance of its app the unit is.
          - In the values of O(units[].environment), O(units[].command), O(units[].health) and
            O(units[].secrets[].parts[].text), C({instance}) stands for the name of the unit and C({number}) for this.
        type: int
        default: 1
      health:
        description:
          - How to tell that the container serves. A unit that was started or restarted must pass this check.
          - One of O(units[].health.http), O(units[].health.tcp) and O(units[].health.command) is given.
        type: dict
        suboptions:
          http:
            description:
              - A port in the container and a path, C(:8080/healthz). The answer to a GET must have a status of 200 to
                399.
              - This and V(tcp) are tried from the container's own network, at 127.0.0.1, so no port need be published
                and the image needs no program for it.
            type: str
            default: ""
          tcp:
            description: A port in the container that must accept connections.
            type: str
            default: ""
          command:
            description: Words of a command to run in the container, which must end with 0. Not for nspawn.
            type: list
            elements: str
            default: []
          interval:
            description: Seconds between two tries.
            type: int
            default: 2
          timeout:
            description: Seconds that one try may take.
            type: int
            default: 5
          start_period:
            description: Seconds that the container may take to pass, counted from when it is up.
            type: int
            default: 60
      max_run_time:
        description:
          - For V(on_demand), how long the unit may run before systemd ends it, a time span such as V(15m) or
            V(1h 30min).
        type: str
        default: 1h
      mounts:
        description: Host paths inside the container.
        type: list
        elements: dict
        default: []
        suboptions:
          volume:
            description: Name of the volume, for the reader.
            type: str
            default: ""
          source:
            description: Path on the host, which must exist. Without it O(units[].mounts[].engine_volume) says what.
            type: path
            default: ""
          engine_volume:
            description:
              - A volume over NFS that Docker or Podman mounts itself, instead of a path on the host.
              - Podman makes it by the Quadlet file C(NAME.volume), which is one of the set. A volume that is there with
                other options is made anew when no container uses it, running or stopped; one in use is refused with
                the names of its users, and one that holds data on the host's own disk is never touched.
              - For Docker it must be there; M(holdfast.volumes.docker_nfs_volumes) makes it. Before each start the
                gate asks the engine whether it is the right one.
              - Needs a boolean of the SELinux policy, C(container_use_nfs) on Debian, C(virt_use_nfs) on Enterprise
                Linux, which opens every NFS volume of this kind on the host to every container that is given it.
            type: dict
            suboptions:
              name:
                description: What the engine calls it.
                type: str
                required: true
              source:
                description: The C(server:/path) that it mounts, IPv6 in brackets.
                type: str
                required: true
              fstype:
                description: File system type for mount(8), used by Podman.
                type: str
                choices: [nfs, nfs4]
                default: nfs4
              options:
                description: Mount options, one to an item, used by Podman.
                type: list
                elements: str
                default: []
              volume:
                description: Name of the volume in the catalogue, kept as a label.
                type: str
                default: ""
              owner:
                description: Numeric owner of its directory. Without it Podman gives an empty volume another one.
                type: int
                default: 0
              group:
                description: Numeric group of its directory.
                type: int
                default: 0
          target:
            description: Path in the container.
            type: str
            required: true
          read_only:
            description: Whether the container can only read there.
            type: bool
            default: false
          gate:
            description: What must be true before the unit starts.
            type: dict
            default: {}
            suboptions:
              path:
                description: Root of the volume on the host. The default is the source of the mount.
                type: path
                default: ""
              source:
                description:
                  - The C(server:/path) that must be mounted there. Empty for a directory of the host itself, which
                    needs no mount unit.
                  - Behind a tunnel of C(amazon-efs-utils) it is C(fs-ID:/path), through an access point
                    C(fs-ID:/path:fsap-ID).
                type: str
                default: ""
              identity:
                description: What the extended attribute C(user.holdfast.identity) must say. Empty for no such check.
                type: str
                default: ""
  retire:
    description: Only stop and remove units that are not in O(units); install, change and start nothing.
    type: bool
    default: false
  pull_timeout:
    description: Seconds that fetching or loading one image may take.
    type: int
    default: 900
  start_timeout:
    description:
      - Seconds to wait for the units that were started. Those that are not up by then, for example because the server
        of their volume does not answer, are named as a failure. They go on trying.
    type: int
    default: 120
seealso:
  - module: holdfast.volumes.container_units_info
  - module: holdfast.volumes.host_mounts
  - module: holdfast.volumes.operation
"""

EXAMPLES = r"""
- name: Ensure the web server runs on its shared volume
  holdfast.volumes.container_units:
    units:
      - name: web
        engine: podman
        image: docker.io/library/nginx:1.27
        ports: ["8080:80"]
        tmpfs: [/var/cache/nginx, /run]
        capabilities: [CHOWN, NET_BIND_SERVICE, SETGID, SETUID]
        level: s0:c12,c500
        mounts:
          - source: /srv/holdfast/content
            target: /usr/share/nginx/html
            read_only: true
            gate:
              path: /srv/holdfast/content
              source: 10.77.0.11:/srv/volumes/content

- name: Ensure a report can be made when it is asked for, from an image without a registry
  holdfast.volumes.container_units:
    units:
      - name: report
        engine: docker
        image: localhost/goaccess:1
        image_archive: /var/lib/images/goaccess.tar
        command: [goaccess, /logs/access.log, -o, /tmp/report.html]
        tmpfs: [/tmp]
        start: on_demand
        environment:
          TZ: Europe/Berlin

- name: Ensure nginx runs under systemd-nspawn, from a root file system built elsewhere
  holdfast.volumes.container_units:
    units:
      - name: static
        engine: nspawn
        image: nginx
        image_url: https://images.example.com/nginx-root.tar.zst
        image_digest: sha256:0f343b0931126a20f133d67c2b018a3b5d8e5ac2f1a4f2a1f3f5a3a6a9f0c111
        command: [nginx, -g, daemon off;]
        user: "1000:1000"
        tmpfs: [/tmp, /var/lib/nginx]
        level: s0:c12,c500
        mounts:
          - {source: /srv/holdfast/content, target: /srv/www, read_only: true}

- name: Ensure a database starts with a password that is in no environment
  holdfast.volumes.container_units:
    units:
      - name: db
        engine: podman
        image: docker.io/library/mariadb:11
        user: "999:999"
        environment: {MARIADB_RANDOM_ROOT_PASSWORD: "1", MARIADB_USER: shop}
        secrets:
          - name: password
            value: "{{ vault_shop_password }}"
            variables: [MARIADB_PASSWORD_FILE]
        tmpfs: [/tmp, /run]
        mounts:
          - {source: /srv/holdfast/rows, target: /var/lib/mysql}

- name: Ensure no container unit of the collection is left
  holdfast.volumes.container_units:
    units: []
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, in order.
  returned: success
  type: list
  elements: str
  sample:
    - provide docker.io/library/nginx:1.27
    - write /etc/containers/systemd/holdfast-web.container
    - reload systemd
    - start holdfast-web.service
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_plan,
    container_runtime,
    container_traces,
    container_turns,
    health_probe,
    nspawn_image,
    secret_store,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.change import Change, Step
from ansible_collections.holdfast.volumes.plugins.module_utils.container_input import argument_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import ContainerUnit, parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.container_turns import turn_of
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_volumes import podman_service
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import MARKER
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_gates import mount_units
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import find_hidden, hide_unit

STOP_TIMEOUT = 150.0  # beyond the units' own TimeoutStopSec=
TAKING = ("retire", "remove", "reload", "discard", "forget", "sweep")  # steps that leave nothing new behind
LATE = ("docker", "nspawn")  # their services are active a moment before their containers run


def run(system: System, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    units = parse_units(params["units"])
    if not params["retire"]:
        units = nspawn_image.resolve(system, units)
    current = container_runtime.read(system, units)
    change = container_plan.plan(current, units, params["retire"])
    if change and not check_mode:
        apply(system, units, change, params)
        faults = await_started(system, units, change, params["start_timeout"])
        faults = roll(system, units, change, faults, params["start_timeout"])
        refuse(change, units, faults, params["start_timeout"])
        discard(system, change)
    return change.result()


def apply(system: System, units: list[ContainerUnit], change: Change, params: dict[str, Any]) -> None:
    """Do the steps without a turn, all of one kind at once.

    What they concern is on record until the new definitions are alive, and healthy where that can be asked.
    """
    for step in change.steps:
        if step.action == "provide":
            _provide(system, step, params["pull_timeout"])
    if any(step.action not in TAKING for step in change.steps):
        system.make_directory(container_traces.STATE, 0o700)
    left = container_runtime.read_pending(system) or []
    turning = _find_services(filter(turn_of, change.steps))
    concerned = [step.name for step in change.steps if step.action in ("restart", "start", "enable", "disable")]
    _note(system, left + [name for name in concerned if name not in turning])
    _take(system, [step for step in change.steps if not turn_of(step)])
    checked = [unit.service for unit in _find_started(units, change) if unit.health]
    _note(system, left if params["retire"] else [*(name for name in left if name in turning), *checked])


def _find_started(units: list[ContainerUnit], change: Change) -> list[ContainerUnit]:
    names = {step.name for step in change.steps if step.action in ("restart", "start") and not turn_of(step)}
    return [unit for unit in units if unit.service in names]


def _take(system: System, steps: list[Step]) -> None:
    actions = {
        "retire": _retire,
        "renew": _renew,
        "keep": _keep,
        "write": _write,
        "remove": _remove,
        "enable": _enable,
        "disable": _disable,
        "reload": _reload,
        "restart": _restart,
        "start": _start,
    }
    for action, same in groupby(steps, key=lambda step: step.action):
        if action in actions:
            actions[action](system, list(same))


def await_started(system: System, units: list[ContainerUnit], change: Change, timeout: float) -> dict[str, str]:
    """Wait until what was started is up and healthy; {service: why it is not}. What is not healthy stays on record."""
    started = _find_started(units, change)
    if not started:
        return {}
    down, sick = _settle(system, started, timeout)
    names = {unit.service for unit in started}
    pending = container_runtime.read_pending(system) or []
    _note(system, [name for name in pending if name not in names or name in sick])
    return {**down, **sick}


def roll(
    system: System, units: list[ContainerUnit], change: Change, faults: dict[str, str], timeout: float
) -> dict[str, str]:
    """Replace the instances that have a turn, one of each app at a time, and return the faults with those of the turns.

    An app with a fault takes no further turn: what is left of it serves on, with the files that it has.
    """
    apps = {unit.service: unit.app or unit.service for unit in units}
    kept = container_runtime.read_pending(system) or []
    for dummy_turn, steps in groupby(filter(turn_of, change.steps), key=turn_of):
        failed = {apps[service] for service in faults}
        due = [step for step in steps if apps.get(step.args.get("service", "")) not in failed]
        services = _find_services(due)
        if services:
            _note(system, kept + services)
            _take(system, due)
            down, sick = _settle(system, [unit for unit in units if unit.service in services], timeout)
            faults = {**faults, **down, **sick}
            kept = [name for name in kept if name not in services] + [*down, *sick]
            _note(system, kept)
    return faults


def _find_services(steps: Iterable[Step]) -> list[str]:
    return list(dict.fromkeys(step.args["service"] for step in steps if "service" in step.args))


def refuse(change: Change, units: list[ContainerUnit], faults: dict[str, str], timeout: float) -> None:
    """Raise HostError naming every unit that is not up or not healthy, and the instances that were left alone."""
    if not faults:
        return
    left = container_turns.find_left(change.steps, faults, units)
    notes = [
        f"{app} is not replaced any further: {', '.join(services)} run on with the old definition; mend {app} and run "
        "again, which goes on with the instance that failed"
        for app, services in left.items()
    ]
    told = "; ".join([*(faults[service] for service in sorted(faults)), *notes])
    raise HostError(f"started, but not up or not healthy (waited at most {timeout:g} s): {told}")


def _settle(system: System, units: list[ContainerUnit], timeout: float) -> tuple[dict[str, str], dict[str, str]]:
    """Those of ``units`` that do not come up and those that do and are not healthy, {service: why} each."""
    down = _await_up(system, units, timeout)
    checked = [unit for unit in units if unit.health and unit.service not in down]
    return down, health_probe.await_healthy(system, checked)


def _await_up(system: System, started: list[ContainerUnit], timeout: float) -> dict[str, str]:
    verdicts: dict[str, str] = {}

    def settled() -> bool:
        verdicts.update(_judge(system, started))
        return "wait" not in verdicts.values()

    if started:
        system.poll(settled, timeout)
    return {unit.service: _explain(system, unit) for unit in started if verdicts[unit.service] != "up"}


def discard(system: System, change: Change) -> None:
    """Take away volumes, root images and secrets whose last users are gone, and our own traces with the last container.

    A volume's file goes after it, so that a run that is killed is completed. Not earlier: until the new container is
    up the old one may be on its way down, on the old image.
    """
    steps = [step for step in change.steps if step.action == "discard"]
    volumes = [step for step in steps if step.args["engine"] == "podman"]
    for step in volumes:
        system.run(["systemctl", "stop", "--", podman_service(step.name)])
        if step.args["remove"]:
            container_runtime.remove_volume(system, step.name)
        system.remove(step.args["path"])
    if volumes:
        _reload(system, volumes)
    nspawn_image.discard(system, _names(steps, "nspawn"))
    left = [step.args["place"] for step in change.steps if step.action == "forget"]
    if left:
        secret_store.forget(system, left)
    container_traces.sweep(system, [step.name for step in change.steps if step.action == "sweep"])


def _judge(system: System, units: list[ContainerUnit]) -> dict[str, str]:
    states = container_runtime.show(system, [unit.service for unit in units])
    running = {unit.container for unit in units if unit.engine not in LATE}
    for engine in LATE:
        running |= set(
            container_runtime.find_running(system, engine, [unit.container for unit in units if unit.engine == engine])
        )
    return {
        unit.service: container_plan.judge(states.get(unit.service, {}), unit.container in running) for unit in units
    }


def _explain(system: System, unit: ContainerUnit) -> str:
    mounts = container_runtime.show(system, mount_units(unit), "Id,ActiveState")
    away = [f"{name} ({state['ActiveState']})" for name, state in mounts.items() if state["ActiveState"] != "active"]
    if away:
        return f"{unit.service} waits for {', '.join(away)}; is the server of the volume reachable?"
    if container_runtime.show(system, [unit.service])[unit.service].get("LoadState") == "not-found":
        generator = "/usr/lib/systemd/system-generators/podman-system-generator --dryrun"
        return f"{unit.service} was not made by Quadlet; see what {generator} says"
    return f"{unit.service}: {container_runtime.read_journal(system, unit.service)}"


def _provide(system: System, step: Step, timeout: int) -> None:
    if step.args["engine"] == "nspawn":
        nspawn_image.provide(system, step.args["unit"], timeout)
        return
    engine, archive = step.args["engine"], step.args["archive"]
    there = ["image", "inspect", "--format", "present", step.name]
    if container_runtime.call(system, engine, there).rc == 0:
        return
    words = ["load", "--input", archive] if archive else ["pull", "--quiet", step.name]
    done = container_runtime.call(system, engine, words, timeout)
    if done.rc != 0:
        said = (done.err or done.out).strip() or "it gave no reason, see the journal"
        raise HostError(f"{engine} {' '.join(words)} failed ({done.rc}), no container was stopped: {said}")
    if archive and container_runtime.call(system, engine, there).rc != 0:
        raise HostError(f"{archive} was loaded, but holds no image {step.name}; it says: {done.out.strip()}")
    _flush(system, engine, timeout)


def _flush(system: System, engine: str, timeout: int) -> None:
    """Put the image on disk. Engines leave it in memory, and start nothing from a store that a power failure tore."""
    store = f"/var/lib/{'containers' if engine == 'podman' else engine}"
    if system.stat(store) is not None:
        system.check(["sync", "--file-system", store], timeout)


def _retire(system: System, steps: list[Step]) -> None:
    services = [step.name for step in steps]
    # Its exit status says nothing: a unit that an interrupted run had not loaded counts as a failure.
    system.run(["systemctl", "stop", "--", *services], STOP_TIMEOUT)
    states = container_runtime.show(system, services, "Id,ActiveState")
    alive = [name for name, state in states.items() if state["ActiveState"] not in ("inactive", "failed")]
    if alive:
        raise HostError(f"cannot stop {', '.join(alive)}; see systemctl status, the units are left as they are")
    for engine in sorted({step.args["engine"] for step in steps}):
        container_runtime.remove(system, engine, [name[: -len(".service")] for name in _names(steps, engine)])
    linked = [step.name for step in steps if step.args["engine"] != "podman"]
    if linked:
        _systemctl(system, "disable", linked)
    for step in steps:
        system.remove(step.args["path"])
    system.run(["systemctl", "reset-failed", "--", *services])


def _names(steps: list[Step], engine: str) -> list[str]:
    return [step.name for step in steps if step.args["engine"] == engine]


def _renew(system: System, steps: list[Step]) -> None:
    # The service has done its work and would not make the volume again unless it is stopped.
    system.run(["systemctl", "stop", "--", *(podman_service(step.name) for step in steps)], STOP_TIMEOUT)
    for step in steps:
        container_runtime.remove_volume(system, step.name)


def _keep(system: System, steps: list[Step]) -> None:
    for step in steps:
        secret_store.keep(system, step.args["place"], step.args["secret"], step.args["owner"])


def _write(system: System, steps: list[Step]) -> None:
    for step in steps:
        system.write(step.name, step.args["text"], container_plan.mode_of(step.name))


def _remove(system: System, steps: list[Step]) -> None:
    for step in steps:
        system.remove(step.name)


def _systemctl(system: System, verb: str, services: list[str]) -> None:
    system.check(["systemctl", verb, "--no-reload", "--quiet", "--", *services])


def _enable(system: System, steps: list[Step]) -> None:
    # Also takes links away that an older definition had made.
    _systemctl(system, "reenable", [step.name for step in steps])


def _disable(system: System, steps: list[Step]) -> None:
    _systemctl(system, "disable", [step.name for step in steps])


def _reload(system: System, dummy_steps: list[Step]) -> None:
    system.check(["systemctl", "daemon-reload"])


# Not waited for here, since one that waits for its server must not hold up the others; await_started judges them.
def _restart(system: System, steps: list[Step]) -> None:
    system.run(["systemctl", "restart", "--no-block", "--", *(step.name for step in steps)])


def _start(system: System, steps: list[Step]) -> None:
    system.run(["systemctl", "start", "--no-block", "--", *(step.name for step in steps)])


def _note(system: System, services: Iterable[str]) -> None:
    if not services:
        system.remove(container_runtime.PENDING)
        return
    system.write(container_runtime.PENDING, "\n".join([MARKER, *dict.fromkeys(services)]) + "\n", 0o600)


def hide(params: dict[str, Any]) -> dict[str, Any]:
    """The module's options as they may be shown."""
    return {**params, "units": [hide_unit(unit) for unit in params["units"]]}


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.no_log_values = find_hidden(module.params["units"])
    invocation = {"module_args": hide(module.params)}
    try:
        result = run(System(), module.params, module.check_mode)
    except HostError as error:
        module.fail_json(msg=str(error), invocation=invocation)
    module.exit_json(invocation=invocation, **result)


if __name__ == "__main__":
    main()
