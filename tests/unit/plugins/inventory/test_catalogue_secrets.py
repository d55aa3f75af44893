# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A word in every key of the catalogue that may hold a secret, in every way of writing it, and where it must not be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import create_autospec

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.loader import init_plugin_loader
from ansible_collections.holdfast.volumes.plugins.filter import access, audit
from ansible_collections.holdfast.volumes.plugins.inventory import catalogue as plugin
from ansible_collections.holdfast.volumes.plugins.module_utils import certificate, container_view, secret_view
from ansible_collections.holdfast.volumes.plugins.module_utils.certificate_page import render_html
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import find_problems
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System
from ansible_collections.holdfast.volumes.plugins.module_utils.pull_rules import find_problems as find_pull_problems
from ansible_collections.holdfast.volumes.plugins.module_utils.witness import Container

# What is quoted or percent-encoded on the way keeps its first letters.
TRACE = "Canary"
PASSWORD = "of-the-vault"
COLLECTIONS = Path(plugin.__file__).parents[5]
HOSTS = """
all:
  hosts: {nfs1: {holdfast_address: 10.0.0.1}, app1: {holdfast_address: 10.0.0.11}}
"""


def encrypt(word):
    """The lines of a value encrypted by Ansible Vault, as YAML."""
    lines = VaultLib([("default", VaultSecret(PASSWORD.encode()))]).encrypt(word).decode().split()
    return "!vault |\n" + "".join(f"        {line}\n" for line in ["$ANSIBLE_VAULT;1.1;AES256", *lines[1:]])


# A word each, so that a failure says which was seen.
LITERAL = {name: f"{TRACE}-literal-{name}" for name in ("env", "user", "password", "key", "secret_key", "url", "token")}
TEMPLATED = f"{TRACE}-templated"
ENCRYPTED = f"{TRACE}-encrypted"


def render_catalogue():
    word = encrypt(ENCRYPTED)
    return f"""
plugin: holdfast.volumes.catalogue
stores:
  main: {{type: nfs_server, host: nfs1, path: /srv/volumes}}
volumes:
  site: {{store: main, owner: 1000, group: 1000}}
resources:
  rows: {{type: mysql, host: db, database: x, user: {LITERAL["user"]}, password: {LITERAL["password"]}}}
  docs: {{type: couchdb, url: "http://db:5984", database: x, user: {LITERAL["user"]}, password: "{{{{ word }}}}"}}
  media: {{type: s3, url: "http://s3", bucket: x, access_key: {LITERAL["key"]}, secret_key: {LITERAL["secret_key"]}}}
  hook: {{type: url, url: "https://h/{LITERAL["url"]}", token: {LITERAL["token"]}}}
  posts:
    type: postgresql
    host: db
    database: x
    user: "{{{{ word }}}}"
    password: {word}
apps:
  web:
    engine: podman
    image: registry.example.com/web:1
    hosts: app1
    user: "1000:1000"
    volumes: ["site:/www"]
    resources: [rows, docs, media, hook, posts]
    environment:
      LITERAL: {LITERAL["env"]}
      TEMPLATED: "{{{{ word }}}}"
      ENCRYPTED: {word}
"""


@pytest.fixture(scope="module", autouse=True)
def _plugin_loader():
    init_plugin_loader()


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    """A directory with hosts, the catalogue and the variable that its templates name."""
    path = tmp_path_factory.mktemp("inventory")
    (path / "hosts.yml").write_text(HOSTS)
    (path / "volumes.holdfast.yml").write_text(render_catalogue())
    (path / "group_vars").mkdir()
    (path / "group_vars" / "all.yml").write_text(f"word: {encrypt(TEMPLATED)}")
    (path / "password").write_text(PASSWORD)
    return path


def ask(inventory, *flags, secret=True):
    """What ansible-inventory prints."""
    vault = ["--vault-password-file", str(inventory / "password")] if secret else []
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"}
    argv = [sys.executable, "-m", "ansible.cli.inventory", "-i", str(inventory / "hosts.yml")]
    done = subprocess.run(
        [*argv, "-i", str(inventory / "volumes.holdfast.yml"), *vault, *flags],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def has_trace(*shown):
    return TRACE in "\n".join(one if isinstance(one, str) else json.dumps(one, default=str) for one in shown)


def without_units(told):
    """What --list or --host prints, but for the units: these are where a literal is, as any variable of its author."""
    return {
        key: without_units(value) if isinstance(value, dict) else value
        for key, value in told.items()
        if key != "container_units_units"
    }


@pytest.mark.parametrize("flags", [["--list"], ["--host", "app1"]])
def test_the_plan_that_is_printed_leaves_templates_and_vault_values_closed(inventory, flags):
    status, text = ask(inventory, *flags)
    assert status == 0, text
    assert "__ansible_vault" in text
    assert not [word for word in (TEMPLATED, ENCRYPTED) if word in text]
    assert [word for word in LITERAL.values() if word not in text] == []
    assert not has_trace(without_units(json.loads(text)))


@pytest.fixture(scope="module")
def whole(inventory):
    """The variable that every report is made of."""
    status, text = ask(inventory, "--host", "app1")
    assert status == 0, text
    return json.loads(text)["holdfast_catalogue"]


def test_no_report_has_a_value(whole):
    assert not has_trace(whole)
    record = audit.FilterModule().filters()["audit_record"]([{"host": "app1"}, {"host": "nfs1"}], whole)
    reports = audit.FilterModule().filters()
    told = [reports[f"audit_{form}"](record) for form in ("json", "junit", "html", "lines")]
    assert not has_trace(told, access.FilterModule().filters()["who_can"](whole, ["app1"], ["site"]))


# Each is a mistake that people make; the message says where and what, never the word.
WRONG_RESOURCES = {
    "a URL for a mapping": f"mysql://shop:{TRACE}@db/x",
    "a URL for a host": {"type": "mysql", "host": f"shop:{TRACE}@db", "database": "x", "user": "a", "password": "b"},
    "a URL for a database": {"type": "mysql", "host": "db", "database": f"x?p={TRACE}", "user": "a", "password": "b"},
    "a URL for a port": {"type": "mysql", "app": "web", "port": f"1:{TRACE}", "database": "x", "user": "a"},
    "a list for a password": {"type": "mysql", "host": "db", "database": "x", "user": "a", "password": [TRACE]},
    "two lines": {"type": "mysql", "host": "db", "database": "x", "user": "a", "password": f"{TRACE}\nx"},
    "no user": {"type": "url", "url": "https://h", "password": TRACE},
    "a URL with a user": {
        "type": "s3",
        "url": f"https://{TRACE}@s3",
        "bucket": "x",
        "access_key": "a",
        "secret_key": "b",
    },
    "a query": {"type": "couchdb", "url": f"https://db?p={TRACE}", "database": "x"},
    "a bucket": {"type": "s3", "url": "https://s3", "bucket": f"{TRACE}@x", "access_key": "a", "secret_key": "b"},
    "a region": {"type": "s3", "url": "https://s3", "bucket": "b", "region": f"{TRACE} x", "access_key": "a"},
    "no URL": {"type": "url", "url": f"h/{TRACE}"},
    "a token with blanks": {"type": "url", "url": f"https://h/{TRACE} x"},
    "a key of another type": {"type": "url", "url": "https://h", "secret_key": TRACE},
    "an address of the host itself": {"type": "url", "url": f"http://localhost:80/{TRACE}?t={TRACE}"},
    "a user at the host itself": {"type": "url", "url": f"http://me:{TRACE}@127.0.0.1/"},
}
GOOD = {"type": "mysql", "host": "db", "database": "x", "user": "a", "password": "b"}
WRONG_APPS = {
    "a variable for a password": {"resources": [{"resource": "it", "variables": {"password": TRACE}}]},
    "no variable for a password": {"resources": [{"resource": "it", "variables": {"password": f"{TRACE}!"}}]},
    "a text for an environment": {"environment": f"TOKEN={TRACE}"},
    "a list for an environment": {"environment": [f"TOKEN={TRACE}"]},
    "an equals sign": {"environment": {f"TOKEN={TRACE}": None}},
    "two lines in the environment": {"environment": {"TOKEN": f"{TRACE}\nx"}},
    "a list in the environment": {"environment": {"TOKEN": [TRACE]}},
    "a mapping in the environment": {"environment": {"TOKEN": {"value": TRACE}}},
    "a URL with a password": {
        "engine": "nspawn",
        "image": {"name": "x", "url": f"https://me:{TRACE}@h/x.tar", "digest": f"sha256:{'0' * 64}"},
    },
}
CASES = [
    *(pytest.param(wrong, {"resources": ["it"]}, id=name) for name, wrong in WRONG_RESOURCES.items()),
    *(pytest.param(GOOD, wrong, id=name) for name, wrong in WRONG_APPS.items()),
]


@pytest.fixture
def parse_catalogue(monkeypatch):
    """Reads the inventory of a directory; gives all that the plugin says against it."""

    def run(path):
        shown = []
        display = SimpleNamespace(error=lambda message, **_options: shown.append(message))
        monkeypatch.setattr("ansible.plugins.inventory.display", display)
        monkeypatch.setattr("ansible.plugins.inventory.load_extra_vars", lambda loader: {})
        loader = DataLoader()
        data = InventoryManager(loader=loader, sources=[str(path / "hosts.yml")])._inventory
        module = plugin.InventoryModule()
        module._redirected_names = []
        with pytest.raises(AnsibleParserError) as caught:
            module.parse(data, loader, str(path / "volumes.holdfast.yml"))
        return "\n".join([*shown, str(caught.value)])

    return run


def write(path, resource, app):
    web = {"engine": "podman", "image": "web:1", "hosts": "app1", "user": "1000:1000", **app}
    text = {"plugin": "holdfast.volumes.catalogue", "resources": {"it": resource}, "apps": {"web": web}}
    (path / "hosts.yml").write_text(HOSTS)
    (path / "volumes.holdfast.yml").write_text(json.dumps(text))


@pytest.mark.parametrize(("resource", "app"), CASES)
def test_a_catalogue_that_is_refused_is_not_repeated(resource, app, tmp_path, parse_catalogue):
    write(tmp_path, resource, app)
    said = parse_catalogue(tmp_path)
    assert "The catalogue has errors" in said
    assert not has_trace(said)


@pytest.mark.parametrize(
    "word", [f"*{TRACE}", f"!{TRACE} x", f"&{TRACE} *{TRACE}x", f"@{TRACE}", f"%{TRACE}", f"{{{TRACE}"]
)
def test_what_yaml_takes_for_its_own_is_not_repeated(word, tmp_path, parse_catalogue):
    (tmp_path / "hosts.yml").write_text(HOSTS)
    about = "host: db, database: x, user: a"
    text = f"plugin: holdfast.volumes.catalogue\nresources:\n  it: {{type: mysql, {about}}}\n    password: {word}\n"
    for form in (text, text.replace("}\n    password", ", password").replace(f"{word}\n", f"{word}}}\n")):
        (tmp_path / "volumes.holdfast.yml").write_text(form)
        said = parse_catalogue(tmp_path)
        assert "is no YAML" in said
        assert not has_trace(said)


def test_nor_by_the_plugins_that_ansible_asks_next(tmp_path):
    write(tmp_path, WRONG_RESOURCES["an address of the host itself"], {"resources": ["it"]})
    dummy_status, text = ask(tmp_path, "--list", secret=False)
    assert "its resource it is at localhost:80," in text
    assert "'ini' plugin" in text
    assert not has_trace(text)


@pytest.mark.parametrize(
    "unit",
    [
        {"environment": {f"TOKEN={TRACE}": ""}},
        {"environment": {"TOKEN": f"{TRACE}\n"}},
        {"secrets": [{"name": "a b", "value": TRACE}]},
        {"secrets": [{"name": "a", "value": f"{TRACE}\n"}, {"name": "a", "value": TRACE, "variables": ["-"]}]},
        {"secrets": [{"name": "a", "parts": [{"secret": f"{TRACE}\r"}, {"text": ""}]}]},
    ],
)
def test_units_that_a_role_refuses_are_not_repeated(unit):
    found = find_problems([{"name": "web", "engine": "podman", "image": "web:1", "user": "1", **unit}])
    assert found
    assert not has_trace(found)


PULL = {
    "repository": "https://git.example.com/x",
    "version": "HEAD",
    "name": "app1",
    "inventory": ["i"],
    "on_failure": [],
    "deploy_key": "",
    "known_hosts": "",
    "credentials": "",
}


@pytest.mark.parametrize(
    "wish",
    [
        {"repository": f"https://me:{TRACE}@git.example.com/x"},
        {"repository": f"ssh://me:{TRACE}@git.example.com/x", "known_hosts": "x", "deploy_key": "PRIVATE KEY-----"},
        {"repository": f"git://me:{TRACE}@git.example.com/x"},
        {"credentials": TRACE},
        {"credentials": f"https://{TRACE}@h\nx"},
        {"deploy_key": TRACE},
    ],
)
def test_a_pull_that_is_refused_is_not_repeated(wish):
    found = find_pull_problems({**PULL, **wish})
    assert found
    assert not has_trace(found)


def test_a_certificate_has_fingerprints_of_what_containers_read(whole, monkeypatch):
    word = {"owner": 1000, "mode": "0400", "content": TRACE}
    monkeypatch.setattr(container_view, "read_identity", lambda *dummy: None)
    monkeypatch.setattr(container_view, "visit", lambda pid, identity, jobs, limit: [{"value": word} for _job in jobs])
    monkeypatch.setattr(secret_view, "find_names", lambda *dummy: ["hook-token", "rows-password"])
    system = create_autospec(System, instance=True)
    containers = [Container("web", "podman", name, 7, "web:1", ()) for name in ("old", "new")]
    before, after = ({"secrets": secret_view.describe(system, [one], "key", 1)} for one in containers)
    assert [one["error"] for one in before["secrets"]] == ["", ""]
    evidence = [{"host": "app1", "before": before, "left": {"witnesses": []}, "read": after}]
    record = certificate.make_record(evidence, run="run", marks={}, catalogue=whole)
    assert [row["title"] for row in record["rows"] if row["holds"]] == [
        "hook (url): 1 files in a new container of web on app1",
        "rows (mysql): 1 files in a new container of web on app1",
    ]
    forms = (certificate.render_json, certificate.render_junit, render_html, certificate.render_table)
    assert not has_trace(evidence, *(form(record) for form in forms))
