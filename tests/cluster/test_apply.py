"""playbooks/apply.yml as a user runs it, with kubernetes.core, and what the server then has."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import kubernetes
import pytest
import yaml

from lab.api_server import TOKEN

HOSTS = {"nfs1": "10.0.0.1", "app1": "10.0.0.11", "app2": "10.0.0.12"}
CATALOGUE = {
    "plugin": "holdfast.volumes.catalogue",
    "stores": {"main": {"type": "nfs_server", "host": "nfs1", "path": "/srv/volumes"}},
    "volumes": {
        "site": {"store": "main", "owner": 1000, "mode": "2770", "size": "20G"},
        "logs": {"store": "main", "owner": 1000, "mode": "2770"},
    },
    "apps": {
        "web": {
            "engine": "podman",
            "image": "registry.example.com/nginx:1",
            "hosts": "app1:app2",
            "user": "1000:1000",
            "ports": ["8080:80"],
            "tmpfs": ["/tmp"],
            "environment": {"PASSWORD": "only-for-the-test"},
            "health": {"http": ":80/healthz"},
            "volumes": ["site:/srv/www:ro", "logs:/var/log/nginx"],
        },
        "web_ops": {
            "engine": "docker",
            "image": "registry.example.com/goaccess:1",
            "hosts": "app2",
            "user": "1000:1000",
            "start": "on_demand",
            "volumes": ["logs:/var/log/nginx:ro"],
        },
    },
}
SECRET = CATALOGUE["apps"]["web"]["environment"]["PASSWORD"]


class User:
    """A user at a controller, in a directory of his own, with an inventory and a namespace of a cluster."""

    def __init__(self, directory, server, namespace):
        self.directory, self.namespace = directory, namespace
        self.environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(directory),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "K8S_AUTH_HOST": server.url,
            "K8S_AUTH_API_KEY": TOKEN,
            "K8S_AUTH_SSL_CA_CERT": str(server.certificate),
        }
        settings = kubernetes.client.Configuration(host=server.url)
        settings.ssl_ca_cert, settings.no_proxy = str(server.certificate), "127.0.0.1"
        settings.api_key = {"authorization": f"Bearer {TOKEN}"}
        self.client = kubernetes.dynamic.DynamicClient(kubernetes.client.ApiClient(settings))
        (directory / "inventory").mkdir()
        hosts = {name: {"holdfast_address": address} for name, address in HOSTS.items()}
        (directory / "inventory" / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        self.write(CATALOGUE)

    def write(self, catalogue):
        """Lay a catalogue down; volumes of a cluster have names of their own in each test."""
        text = yaml.safe_dump(catalogue)
        for volume in CATALOGUE["volumes"]:
            text = re.sub(rf"\b{volume}\b(?=:)", f"{volume}-{self.namespace}", text)
        (self.directory / "inventory" / "volumes.holdfast.yml").write_text(text)

    def run(self, playbook, *options, fails=False):
        """Run a playbook over the catalogue; its output."""
        common = ["-i", "inventory", "-e", f"holdfast_compile_namespace={self.namespace}"]
        done = subprocess.run(
            ["ansible-playbook", *common, f"holdfast.volumes.{playbook}", *options],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def compile(self):
        """Every object as compile.yml writes it."""
        directory = self.directory / "compiled"
        options = {"holdfast_compile_dir": str(directory), "holdfast_compile_engines": ["kubernetes"]}
        self.run("compile", "-e", json.dumps(options))
        paths = sorted(directory.rglob("*.yaml"))
        return [one for path in paths for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]

    def find(self, document):
        """An object as the server has it, None where it has none."""
        kind = self.client.resources.get(api_version=document["apiVersion"], kind=document["kind"])
        try:
            found = kind.get(name=document["metadata"]["name"], namespace=document["metadata"].get("namespace"))
        except kubernetes.dynamic.exceptions.NotFoundError:
            return None
        return found.to_dict()


@pytest.fixture
def user(request, tmp_path, server):
    namespace = re.sub("[^a-z]+", "-", request.node.name)[-40:].strip("-")
    found = User(tmp_path, server, namespace)
    kind = found.client.resources.get(api_version="v1", kind="Namespace")
    kind.create(body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    return found


def changed(output):
    return int(re.search(r"changed=(\d+)", output)[1])


def find_missing(wanted, found, place=""):
    """The places where an object of the server does not have what was sent."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [one for key in wanted for one in find_missing(wanted[key], found.get(key), f"{place}.{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [
            one
            for at, pair in enumerate(zip(wanted, found, strict=True))
            for one in find_missing(*pair, f"{place}.{at}")
        ]
    # The server keeps no false and no empty text where that is what a field is without one.
    return [] if wanted == found or (not wanted and found is None) else [place]


def test_check_says_what_would_come_and_makes_nothing(user):
    assert changed(user.run("apply", "--check")) == 1
    documents = user.compile()
    assert documents
    assert [one for one in map(user.find, documents) if one] == []


def test_the_server_has_every_word_that_was_compiled_and_a_second_run_changes_nothing(user):
    assert changed(user.run("apply")) == 1
    documents = user.compile()
    kinds = {one["kind"] for one in documents}
    assert kinds == {"PersistentVolume", "PersistentVolumeClaim", "Deployment", "Job", "Service"}
    missing = {place for one in documents for place in find_missing(one, user.find(one))}
    # A Job could not be suspended before Kubernetes 1.21; sizes are said in other units.
    assert missing <= {".spec.suspend", ".spec.capacity.storage", ".spec.resources.requests.storage"}
    assert changed(user.run("apply")) == 0
    assert changed(user.run("apply", "--check")) == 0


def test_a_change_is_shown_before_it_is_made_and_what_is_left_out_goes(user):
    user.run("apply")
    later = json.loads(json.dumps(CATALOGUE))
    later["apps"]["web"]["image"] = "registry.example.com/nginx:2"
    del later["apps"]["web"]["health"]
    user.write(later)
    (deployment,) = [one for one in user.compile() if one["kind"] == "Deployment"]

    def container():
        return user.find(deployment)["spec"]["template"]["spec"]["containers"][0]

    output = user.run("apply", "--check", "--diff")
    assert changed(output) == 1
    assert re.search(r'(?m)^-.*nginx:1"', output) and re.search(r'(?m)^\+.*nginx:2"', output)
    assert "last-applied" not in output and "managedFields" not in output
    assert container()["image"].endswith(":1") and "readinessProbe" in container()
    assert changed(user.run("apply")) == 1
    assert container()["image"].endswith(":2") and "readinessProbe" not in container()


def test_a_secret_is_made_where_that_was_asked_for_and_never_shown(user):
    reference = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "web-environment", "namespace": user.namespace},
    }
    user.run("apply")
    assert user.find(reference) is None
    options = ("-e", "holdfast_compile_values=true", "-vvv")
    shown = user.run("apply", "--check", "--diff", *options)
    output = user.run("apply", *options)
    assert changed(output) == 1
    assert [form for form in (SECRET, base64.b64encode(SECRET.encode()).decode()) if form in shown + output] == []
    assert list(user.find(reference)["data"]) == ["PASSWORD"]
    assert changed(user.run("apply", *options)) == 0


def test_what_is_no_longer_in_the_catalogue_stays(user):
    user.run("apply")
    documents = user.compile()
    user.write({**CATALOGUE, "apps": {"web": CATALOGUE["apps"]["web"]}})
    assert changed(user.run("apply")) == 0
    assert None not in map(user.find, documents)


def test_what_the_server_refuses_is_told_in_its_words(user):
    """ReadWriteOncePod came with Kubernetes 1.22."""
    alone = {**CATALOGUE["volumes"], "site": {**CATALOGUE["volumes"]["site"], "single_writer": True}}
    web = {**CATALOGUE["apps"]["web"], "hosts": "app1", "volumes": ["site:/srv/www"]}
    user.write({**CATALOGUE, "volumes": alone, "apps": {"web": web}})
    assert 'Unsupported value: \\"ReadWriteOncePod\\"' in user.run("apply", fails=True)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["-e", "holdfast_apply_engine=nomad"], "kubernetes or kubernetes-csi, not nomad"),
        (["-e", "holdfast_compile_namespace=nowhere"], 'namespaces \\"nowhere\\" not found'),
    ],
)
def test_what_cannot_be_is_refused(user, options, what):
    assert what in user.run("apply", "--check", *options, fails=True)
