# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server on a unix socket that answers the volumes' part of the Docker Engine API as Docker 26.1 does."""

from __future__ import annotations

import json
import re
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit


class DockerApi(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """``volumes`` and ``containers`` are the records that the API lists; ``asked`` has every request but /version.

    ``slow`` is how long each answer takes, in seconds; ``broken`` answers everything with status 500.
    """

    daemon_threads = True

    def __init__(self, path):
        self.volumes, self.containers, self.asked = {}, [], []
        self.slow, self.broken = 0, False
        super().__init__(str(path), Handler)
        self.url = f"unix://{path}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *dummy):
        self.shutdown()
        self.server_close()

    def add(self, name, options=None, volume="", driver="local"):
        labels = {"io.holdfast.volume": volume} if volume else None
        self.volumes[name] = {"Name": name, "Driver": driver, "Options": options, "Labels": labels, "Scope": "local"}

    def use(self, container, volume, app="", state="running"):
        mounts = [{"Type": "volume", "Name": volume, "Destination": "/x", "RW": True}]
        labels = {"io.holdfast.app": app} if app else {}
        record = {"Id": "0f" * 32, "Names": [f"/{container}"], "State": state, "Labels": labels, "Mounts": mounts}
        self.containers.append(record)

    def users(self, volume):
        return [one for one in self.containers if volume in [mount["Name"] for mount in one["Mounts"]]]


class Handler(BaseHTTPRequestHandler):
    """One request; the paths begin with the version of the API, /v1.45/volumes."""

    def do_GET(self):
        self.answer(self.find_routes("GET"))

    def do_POST(self):
        self.answer(self.find_routes("POST"))

    def do_DELETE(self):
        self.answer(self.find_routes("DELETE"))

    def find_routes(self, method):
        """What answers to which path."""
        return {
            "GET": [
                (r"/version", self.get_version),
                (r"/volumes", lambda: (200, {"Volumes": list(self.server.volumes.values()), "Warnings": None})),
                (r"/containers/json", self.get_containers),
            ],
            "POST": [(r"/volumes/create", self.create)],
            "DELETE": [(r"/volumes/([^/]+)", self.remove)],
        }[method]

    def answer(self, routes):
        path = re.sub(r"^/v[0-9.]+", "", urlsplit(self.path).path)
        if path != "/version":
            self.server.asked.append(f"{self.command} {path}")
            time.sleep(self.server.slow)
        status, body = 500, {"message": "the daemon is not well"}
        if path == "/version" or not self.server.broken:
            call, found = next((call, found) for route, call in routes if (found := re.fullmatch(route, path)))
            status, body = call(*found.groups())
        self.send_response(status)
        content = b"" if body is None else json.dumps(body).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def get_version(self):
        return 200, {"Version": "26.1.5", "ApiVersion": "1.45", "MinAPIVersion": "1.24"}

    def get_containers(self):
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        assert query["all"] == "1"
        wanted = json.loads(query["filters"])["volume"]
        return 200, [one for one in self.server.containers if {mount["Name"] for mount in one["Mounts"]} & set(wanted)]

    def create(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["Name"] not in self.server.volumes:
            self.server.add(asked["Name"], asked["DriverOpts"], driver=asked["Driver"])
            self.server.volumes[asked["Name"]]["Labels"] = asked["Labels"]
        return 201, self.server.volumes[asked["Name"]]

    def remove(self, name):
        if name not in self.server.volumes:
            return 404, {"message": f"get {name}: no such volume"}
        if self.server.users(name):
            return 409, {"message": f"remove {name}: volume is in use - [{self.server.users(name)[0]['Id']}]"}
        del self.server.volumes[name]
        return 204, None

    def log_message(self, *dummy):
        pass

    def address_string(self):
        return "unix"
