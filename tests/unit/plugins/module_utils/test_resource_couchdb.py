"""CouchDB as far as its HTTP API goes: what an app is given opens a server with the documented paths, and nothing else.

https://docs.couchdb.org/en/stable/api/basics.html, /api/document/common.html, /api/server/authn.html
"""

from __future__ import annotations

import base64
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import plan_hosts
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_secrets import parse_secret
from ansible_collections.holdfast.volumes.tests.unit.plugins.module_utils.catalogue_case import check

USER, PASSWORD = "shop", "p@ss:w/rd é%"


class Couch(BaseHTTPRequestHandler):
    """/ for all; /people and documents in it for one user."""

    documents = {}

    def do_GET(self):
        if self.path == "/":
            self.answer(200, {"couchdb": "Welcome", "version": "3.4.2"})
        elif self.trusted():
            document = self.documents.get(self.path)
            self.answer(200 if document else 404, document or {"error": "not_found", "reason": "missing"})

    def do_PUT(self):
        if self.trusted():
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = self.path.rpartition("/")[2]
            self.documents[self.path] = {"_id": name, "_rev": "1-a", **content}
            self.answer(201, {"ok": True, "id": name, "rev": "1-a"})

    def trusted(self):
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {wanted}":
            return True
        self.answer(401, {"error": "unauthorized", "reason": "Name or password is incorrect."})
        return False

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *dummy):
        pass


@pytest.fixture
def server():
    Couch.documents.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Couch)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def bind(url):
    """The environment and the files of an app on the host's own network, which may reach loopback."""
    people = {"type": "couchdb", "url": url, "database": "people", "user": USER, "password": PASSWORD}
    image = {"name": "x", "directory": "/srv/x"}
    app = {"engine": "nspawn", "image": image, "command": "x", "hosts": "app1", "resources": ["people"]}
    case = {"catalogue": {"resources": {"people": people}, "apps": {"shop": app}}, "addresses": {"app1": "10.0.0.1"}}
    catalogue, fleet, levels, problems = check(case)
    assert problems == []
    (unit,) = plan_hosts(catalogue, fleet, levels, case["addresses"])["app1"]["container_units_units"]
    return unit["environment"], {one["name"]: parse_secret(one).value for one in unit["secrets"]}


def ask(url, user="", password="", document=None):
    request = urllib.request.Request(url, method="PUT" if document else "GET")
    if user:
        word = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {word}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, json.dumps(document).encode() if document else None, timeout=5) as answer:
        return json.load(answer)


def test_the_endpoint_and_the_files_open_the_database(server):
    environment, files = bind(server)
    assert ask(environment["PEOPLE_ENDPOINT"])["couchdb"] == "Welcome"
    place = f"{environment['PEOPLE_ENDPOINT']}/{environment['PEOPLE_DATABASE']}/ann"
    credentials = (files["people-user"], files["people-password"])
    assert ask(place, *credentials, document={"age": 7})["ok"]
    assert ask(place, *credentials)["age"] == 7
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(place, files["people-user"], "wrong")


def test_the_url_alone_opens_it_as_well(server):
    url = urlsplit(bind(server)[1]["people-url"])
    place = f"{url.scheme}://{url.hostname}:{url.port}{url.path}/bob"
    credentials = (unquote(url.username), unquote(url.password))
    assert ask(place, *credentials, document={"age": 8})["id"] == "bob"
    assert ask(place, *credentials)["_rev"] == "1-a"
