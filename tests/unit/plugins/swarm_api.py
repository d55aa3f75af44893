# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A manager of a swarm on a unix socket: what the Docker Engine API 1.45 tells of one, and what a swarm does with it.

Containers start and end at once. One of the image ``bad`` never comes up, and its update is rolled back or stopped.
"""

from __future__ import annotations

import itertools
import json
from urllib.parse import parse_qs, urlsplit

from ansible_collections.holdfast.volumes.tests.unit.plugins.docker_api import DockerApi, Handler

LABEL = "io.holdfast.app"


class SwarmApi(DockerApi):
    """``nodes``, ``services``, ``tasks`` and ``secrets`` are the records that the API lists, by their identities."""

    def __init__(self, path):
        super().__init__(path)
        self.RequestHandlerClass = SwarmHandler
        self.manages, self.numbers = True, itertools.count(1)
        self.nodes, self.services, self.tasks, self.secrets = {}, {}, {}, {}

    def add_node(self, name, address, role="worker", state="ready", labels=None):
        spec = {"Role": role, "Availability": "active", "Labels": dict(labels or {})}
        status = {"State": state, "Addr": address}
        manager = {"ManagerStatus": {"Addr": f"{address}:2377"}} if role == "manager" else {}
        self.nodes[name] = {"ID": name, "Spec": spec, "Status": status, "Description": {"Hostname": name}, **manager}
        self.touch(self.nodes[name])

    def set_state(self, name, state):
        self.nodes[name]["Status"]["State"] = state
        self.settle()

    def touch(self, record):
        record["Version"] = {"Index": next(self.numbers)}

    def find(self, name):
        return next(one for one in self.services.values() if one["Spec"]["Name"] == name)

    def run_on(self, app):
        """The nodes on which an app runs."""
        return sorted(task["NodeID"] for task in self.find_live(app) if task["DesiredState"] == "running")

    def find_live(self, app):
        tasks = [task for task in self.tasks.values() if task["Spec"]["ContainerSpec"]["Labels"][LABEL] == app]
        return [task for task in tasks if task["Status"]["State"] == "running"]

    def settle(self):
        """Let every container end that shall, on nodes that answer, and start others."""
        for task in self.tasks.values():
            service = self.services.get(task["ServiceID"])
            shall = service is not None and self.may_run(service["Spec"], task["NodeID"])
            if not shall or task["Spec"] != service["Spec"]["TaskTemplate"]:
                task["DesiredState"] = "shutdown"
            if task["DesiredState"] == "shutdown" and self.answers(task["NodeID"]):
                task["Status"]["State"] = "shutdown"
        for service in self.services.values():
            self.fill(service)

    def fill(self, service):
        spec = service["Spec"]
        running = [
            task
            for task in self.tasks.values()
            if task["ServiceID"] == service["ID"] and task["DesiredState"] == "running"
        ]
        for task in running[spec["Mode"]["Replicated"]["Replicas"] :]:
            task.update(DesiredState="shutdown", Status={"State": "shutdown"})
        able = [name for name in self.nodes if self.may_run(spec, name)]
        for number in range(len(running), spec["Mode"]["Replicated"]["Replicas"]):
            if able:
                self.start(service, able[number % len(able)])

    def start(self, service, node):
        identity = f"task{next(self.numbers)}"
        self.tasks[identity] = {
            "ID": identity,
            "ServiceID": service["ID"],
            "NodeID": node,
            "Spec": json.loads(json.dumps(service["Spec"]["TaskTemplate"])),
            "DesiredState": "running",
            "Status": {"State": "running", "ContainerStatus": {"ContainerID": f"c-{identity}"}},
        }

    def answers(self, node):
        return node in self.nodes and self.nodes[node]["Status"]["State"] == "ready"

    def may_run(self, spec, node):
        if not self.answers(node) or self.nodes[node]["Spec"]["Availability"] == "drain":
            return False
        known = {f"node.labels.{key}": value for key, value in (self.nodes[node]["Spec"]["Labels"] or {}).items()}
        known["node.id"] = node
        constraints = [one.split("==") for one in spec["TaskTemplate"]["Placement"]["Constraints"]]
        return all(known.get(key) == value for key, value in constraints)


class SwarmHandler(Handler):
    """One request, of those that the SDK makes for a swarm."""

    def find_routes(self, method):
        server = self.server
        lists = [
            (f"/{kind}", lambda kind=kind: (200, list(getattr(server, kind).values())))
            for kind in ("nodes", "services", "tasks", "secrets")
        ]
        return {
            "GET": [
                (r"/version", self.get_version),
                (r"/info", lambda: (200, {"Swarm": {"ControlAvailable": server.manages}})),
                *lists,
            ],
            "POST": [
                (r"/secrets/create", self.create_secret),
                (r"/services/create", self.create_service),
                (r"/services/([^/]+)/update", self.update_service),
                (r"/nodes/([^/]+)/update", self.update_node),
            ],
            "DELETE": [(r"/(secrets|services|nodes)/([^/]+)", self.remove)],
        }[method]

    def read(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def create_secret(self):
        asked, identity = self.read(), f"secret{next(self.server.numbers)}"
        # What is in it is given to containers only.
        self.server.secrets[identity] = {"ID": identity, "Spec": {"Name": asked["Name"], "Labels": asked["Labels"]}}
        return 201, {"ID": identity}

    def create_service(self):
        spec, identity = self.read(), f"service{next(self.server.numbers)}"
        for one in spec["TaskTemplate"]["ContainerSpec"]["Secrets"]:
            assert self.server.secrets[one["SecretID"]]["Spec"]["Name"] == one["SecretName"]
        self.server.services[identity] = {"ID": identity, "Spec": spec}
        self.server.touch(self.server.services[identity])
        self.server.settle()
        return 201, {"ID": identity}

    def update_service(self, identity):
        service, asked = self.server.services[identity], self.read()
        if not self.is_newest(service):
            return 500, {"message": "rpc error: update out of sequence"}
        before = service["Spec"]
        service["Spec"], service["UpdateStatus"] = asked, {"State": "completed"}
        if asked["TaskTemplate"]["ContainerSpec"]["Image"] == "bad":
            rolls_back = asked["UpdateConfig"]["FailureAction"] == "rollback"
            service["UpdateStatus"] = {"State": "rollback_completed" if rolls_back else "paused"}
            service["Spec"] = before if rolls_back else asked
        self.server.touch(service)
        self.server.settle()
        return 200, {}

    def update_node(self, identity):
        node = self.server.nodes[identity]
        if not self.is_newest(node):
            return 500, {"message": "rpc error: update out of sequence"}
        node["Spec"] = self.read()
        self.server.touch(node)
        self.server.settle()
        return 200, None

    def is_newest(self, record):
        (version,) = parse_qs(urlsplit(self.path).query)["version"]
        return int(version) == record["Version"]["Index"]

    def remove(self, kind, identity):
        known = getattr(self.server, kind)
        if identity not in known:
            return 404, {"message": f"{kind} {identity} not found"}
        used = [
            service["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"] for service in self.server.services.values()
        ]
        if kind == "secrets" and identity in [one["SecretID"] for secrets in used for one in secrets]:
            return 400, {"message": f"secret {identity} is in use"}
        del known[identity]
        self.server.settle()
        return 200, None
