# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_spec
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_records import parse_services

GATE = {"path": "/srv/holdfast/site", "source": "10.0.0.1:/srv/site"}
ENGINE = {"name": "holdfast-logs", "source": "10.0.0.1:/srv/logs", "options": ["nfsvers=4.2", "rw"]}
FULL = {
    "name": "web",
    "image": "nginx:1",
    "command": ["serve", "-v"],
    "environment": {"A": "b"},
    "user": "1000:1000",
    "ports": ["8080:80", "53:53/udp"],
    "tmpfs": ["/tmp", "/run:size=64m,mode=0755"],
    "capabilities": ["NET_BIND_SERVICE"],
    "level": "s0:c1,c2",
    "health": {"command": ["check"], "interval": 3, "timeout": 4, "start_period": 5},
    "secrets": [{"name": "key", "value": "hunter2", "variables": ["KEY_FILE"]}],
    "hosts": ["app1", "app2"],
    "replicas": 3,
    "update": {"parallel": 2, "order": "start_first", "on_failure": "rollback"},
    "mounts": [
        {"source": "/srv/holdfast/site/drafts", "target": "/drafts", "read_only": True, "gate": GATE},
        {"source": "/srv/local/cache", "target": "/cache"},
        {"target": "/logs", "engine_volume": ENGINE},
    ],
}
CHOSEN = {("web", "key"): "holdfast-web.key.1"}


def render(node="", **changes):
    (service,) = parse_services([{**FULL, **changes}])
    return swarm_spec.render(service, CHOSEN, node)


def tell(spec):
    """The definition as the daemon tells it again: without what is nothing, with what it adds."""

    def trim(value):
        if isinstance(value, dict):
            return {key: trim(item) for key, item in value.items() if item not in (None, "", [], 0, False)}
        return [trim(item) for item in value] if isinstance(value, list) else value

    told = trim(json.loads(json.dumps(spec)))
    told["TaskTemplate"].update(ForceUpdate=0, Runtime="container")
    told["TaskTemplate"]["ContainerSpec"].update(Isolation="default")
    told["TaskTemplate"]["ContainerSpec"]["Privileges"]["CredentialSpec"] = None
    return told


def test_a_service_is_as_closed_as_a_container_of_docker():
    container = render()["TaskTemplate"]["ContainerSpec"]
    assert container["Privileges"] == {"NoNewPrivileges": True, "SELinuxContext": {"Level": "s0:c1,c2"}}
    assert (container["CapabilityDrop"], container["CapabilityAdd"]) == (["ALL"], ["NET_BIND_SERVICE"])
    assert (container["ReadOnly"], container["User"], container["Args"]) == (True, "1000:1000", ["serve", "-v"])
    assert container["Ulimits"] == [{"Name": "core", "Hard": 0, "Soft": 0}]
    assert container["Healthcheck"]["Test"] == ["CMD", "check"]
    # After a minute the swarm would start the next though this one has not ended.
    assert container["StopGracePeriod"] < 60 * 10**9


def test_volumes_come_from_the_host_or_from_docker():
    drafts, cache, logs, tmp, run = render()["TaskTemplate"]["ContainerSpec"]["Mounts"]
    assert (drafts["Type"], drafts["Source"], drafts["ReadOnly"]) == ("bind", "/srv/holdfast/site/drafts", True)
    assert drafts["BindOptions"] == {"Propagation": "rslave"}
    assert (cache["Type"], cache["ReadOnly"]) == ("bind", False)
    assert (logs["Type"], logs["Source"], logs["VolumeOptions"]["NoCopy"]) == ("volume", "holdfast-logs", True)
    assert logs["VolumeOptions"]["DriverConfig"]["Options"]["o"] == "addr=10.0.0.1,nfsvers=4.2,rw"
    assert tmp["TmpfsOptions"] == {"SizeBytes": 0, "Mode": 0o1777}
    assert run["TmpfsOptions"] == {"SizeBytes": 64 * 2**20, "Mode": 0o755}


def test_only_nodes_that_have_what_hosts_mount_are_run_on():
    labels = ["node.labels.io.holdfast.app.web==true", "node.labels.io.holdfast.volume.site==true"]
    assert render()["TaskTemplate"]["Placement"]["Constraints"] == labels
    pinned = render("xyz")
    assert pinned["TaskTemplate"]["Placement"]["Constraints"] == [*labels, "node.id==xyz"]
    assert (swarm_spec.find_pinned(pinned), swarm_spec.find_pinned(render())) == ("xyz", "")


def test_ports_replicas_and_turns():
    spec = render()
    assert [port["PublishMode"] for port in spec["EndpointSpec"]["Ports"]] == ["host", "host"]
    assert spec["EndpointSpec"]["Ports"][1]["Protocol"] == "udp"
    assert swarm_spec.find_replicas(spec) == 3
    assert swarm_spec.find_replicas(swarm_spec.scale(spec, 0)) == 0
    turn = {"Parallelism": 2, "Order": "start-first", "Monitor": 5 * 10**9}
    assert spec["UpdateConfig"] == {**turn, "FailureAction": "rollback"}


def test_what_the_daemon_tells_again_is_the_same():
    assert swarm_spec.is_same(tell(render()), render())
    plain = render(
        level="", health=None, ports=[], tmpfs=[], mounts=[], secrets=[], environment={}, user="", command=[]
    )
    assert swarm_spec.is_same(tell(plain), plain)


@pytest.mark.parametrize(
    "changes",
    [
        {"image": "nginx:2"},
        {"level": ""},
        {"level": "s0:c1,c3"},
        {"health": None},
        {"tmpfs": ["/tmp"]},
        {"environment": {}},
        {"environment": {"A": "c"}},
        {"replicas": 2},
        {"read_only": False},
        {"mounts": FULL["mounts"][:2]},
        {"update": {}},
        {"ports": []},
        {"command": []},
    ],
)
def test_what_differs_is_seen(changes):
    assert not swarm_spec.is_same(tell(render()), render(**changes))


def test_the_secrets_get_their_identities_and_no_value_is_shown():
    resolved = swarm_spec.resolve(render(), {"holdfast-web.key.1": "id1"})
    assert resolved["TaskTemplate"]["ContainerSpec"]["Secrets"][0]["SecretID"] == "id1"
    shown = swarm_spec.describe(render())
    assert (shown["Env"], shown["Secrets"]) == (["A", "KEY_FILE"], ["holdfast-web.key.1"])
    assert "hunter2" not in str(render())
    assert swarm_spec.describe(None) == {}
