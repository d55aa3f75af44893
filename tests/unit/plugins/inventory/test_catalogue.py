# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import contextlib
import gc
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, test_loader
from ansible.template import Templar
from ansible_collections.holdfast.volumes.plugins.inventory.catalogue import FILTERS, InventoryModule
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_plan import VARIABLES

HOSTS = """
all:
  vars: {site_net: 10.1.0}
  hosts:
    nfs1: {holdfast_address: 10.0.0.1, ansible_host: 192.0.2.1}
    app1: {ansible_host: 10.0.0.11}
    app2:
  children:
    web_hosts: {hosts: {app1: , app2: }}
"""
CATALOGUE = """
plugin: holdfast.volumes.catalogue
stores:
  main: {type: nfs_server, host: nfs1, path: /srv/volumes}
volumes:
  site: {store: main, owner: 1000}
apps:
  web:
    engine: podman
    image: "{{ registry }}/nginx:1"
    hosts: web_hosts
    environment: {PORT: 8080, NAME: "{{ name }}", RAW: !unsafe "{{ raw }}"}
    volumes: ["site:/www"]
"""
GROUP_ADDRESS = 'holdfast_address: "{{ site_net }}.{{ inventory_hostname[3:] }}"'


@pytest.fixture(scope="module", autouse=True)
def _plugin_loader():
    # Vars plugins are found by the loader that the command lines of Ansible set up first.
    init_plugin_loader()


@pytest.fixture
def said(monkeypatch):
    """What the plugin shows as errors."""
    shown = []
    display = SimpleNamespace(error=lambda message, **_options: shown.append(message))
    monkeypatch.setattr("ansible.plugins.inventory.display", display)
    return shown


@pytest.fixture
def read(tmp_path):
    """Reads an inventory of files, the catalogue last, with extra variables; returns its data."""

    def run(files=None, extra=None, hosts=HOSTS, catalogue=CATALOGUE):
        for name, text in {"hosts.yml": hosts, "volumes.holdfast.yml": catalogue, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        loader = DataLoader()
        manager = InventoryManager(loader=loader, sources=[str(tmp_path / "hosts.yml")] if hosts else None)
        run.data = manager._inventory
        parse(run.data, loader, str(tmp_path / "volumes.holdfast.yml"), extra)
        return run.data

    return run


def parse(data, loader, path, extra=None):
    plugin = InventoryModule()
    plugin._redirected_names = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ansible.plugins.inventory.load_extra_vars", lambda loader: extra or {})
        plugin.parse(data, loader, path)


def clients(data):
    exports = data.hosts["nfs1"].vars["nfs_server_exports"]
    return [client["host"] for client in exports[0]["clients"]] if exports else []


def test_takes_only_files_of_its_own_name(tmp_path):
    for name in ("a.holdfast.yml", "a.holdfast.yaml", "a.yml", "holdfast.yml"):
        (tmp_path / name).write_text("")
        assert InventoryModule().verify_file(str(tmp_path / name)) is name.startswith("a.holdfast")
    assert InventoryModule().verify_file(str(tmp_path / "gone.holdfast.yml")) is False


def test_every_host_gets_every_variable(read):
    data = read()
    for host in data.hosts.values():
        assert set(VARIABLES) <= set(host.vars)
    assert data.hosts["nfs1"].vars["container_units_units"] == []
    assert [mount["name"] for mount in data.hosts["app2"].vars["host_mounts_mounts"]] == ["site"]


def test_the_catalogue_is_a_variable_of_all(read, tmp_path):
    everyone = read().groups["all"].vars
    assert everyone["holdfast_catalogue"]["apps"]["web"]["hosts"] == ["app1", "app2"]
    assert everyone["holdfast_catalogue_file"] == str(tmp_path / "volumes.holdfast.yml")


def test_templates_are_left_to_ansible_and_work_there(read):
    unit = read().hosts["app1"].vars["container_units_units"][0]
    assert unit["image"] == "{{ registry }}/nginx:1"
    templar = Templar(loader=DataLoader(), variables={"registry": "reg.example.com", "name": "n", "raw": "r"})
    assert templar.template(unit["image"]) == "reg.example.com/nginx:1"
    assert templar.template(unit["environment"]) == {"PORT": "8080", "NAME": "n", "RAW": "{{ raw }}"}


@pytest.mark.parametrize(
    ("files", "addresses"),
    [
        ({}, ["10.0.0.11", "app2"]),
        ({"host_vars/app2.yml": "holdfast_address: 10.0.0.12"}, ["10.0.0.11", "10.0.0.12"]),
        ({"group_vars/web_hosts/net.yml": GROUP_ADDRESS}, ["10.1.0.1", "10.1.0.2"]),
        ({"group_vars/all.yml": "ansible_host: 10.0.0.12"}, ["10.0.0.11", "10.0.0.12"]),
    ],
)
def test_addresses_are_found_wherever_they_are_written(read, files, addresses):
    assert clients(read(files)) == addresses


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ('"{{ nowhere }}"', "stores.main: `holdfast_address` of app2 cannot be templated before facts are known"),
        ('"10.0.0.0/8"', "stores.main: `holdfast_address` of app2 is no address"),
    ],
)
def test_an_address_that_is_none(read, said, address, what):
    with pytest.raises(AnsibleParserError, match=r"1 error"):
        read({"host_vars/app2.yml": f"holdfast_address: {address}"})
    assert what in said[0]
    assert "set `holdfast_address` for it" in said[0]


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("app2", ["app2"]),
        ("'web_hosts:!app1'", ["app2"]),
        ("[app1, app2]", ["app1", "app2"]),
        ("'~app[0-9]'", ["app1", "app2"]),
        ("'web_hosts[0]'", ["app1"]),
        ("'all:&web_hosts'", ["app1", "app2"]),
    ],
)
def test_apps_run_on_the_hosts_of_any_pattern(read, pattern, hosts):
    data = read(catalogue=CATALOGUE.replace("hosts: web_hosts", f"hosts: {pattern}"))
    assert data.groups["all"].vars["holdfast_catalogue"]["apps"]["web"]["hosts"] == hosts


def test_placement_moves_an_app(read):
    data = read(extra={"holdfast_placement": {"web": "app2"}})
    assert data.hosts["app1"].vars["container_units_units"] == []
    assert data.hosts["app1"].vars["host_mounts_mounts"] == []
    assert clients(data) == ["app2"]


def test_an_inventory_without_hosts_says_why(read, said):
    with pytest.raises(AnsibleParserError):
        read(hosts="")
    assert "alphabetical order" in said[0]


def test_all_errors_of_all_files_at_once(read, said, tmp_path):
    broken = CATALOGUE.replace("owner: 1000", "owner: www").replace('["site:/www"]', '["site:/www:Z"]')
    with pytest.raises(AnsibleParserError, match=r"refused for 4 error\(s\)"):
        read({"parts/b.yml": "volumes: {x: 5}\nvolume: {}"}, catalogue=f"{broken}include: parts/b.yml\n")
    (message,) = said
    for key in ("volumes.site.owner", "apps.web.volumes[0]", "volumes.x", "volume: unknown key"):
        assert key in message
    assert str(tmp_path / "parts" / "b.yml") in message


def test_a_refused_catalogue_leaves_no_empty_plan(read, said):
    with pytest.raises(AnsibleParserError):
        read(catalogue="plugin: holdfast.volumes.catalogue\nvolumes: 5\n")
    for variable in VARIABLES:
        value = read.data.hosts["app1"].vars[variable]
        with pytest.raises(Exception, match="was refused"):
            Templar(loader=DataLoader(), variables={}).template(value)
    assert "holdfast_catalogue" not in read.data.groups["all"].vars


def test_errors_are_shown_once_when_two_plugins_try(read, said, tmp_path):
    with pytest.raises(AnsibleParserError):
        read(catalogue="volumes: 5\n")
    with pytest.raises(AnsibleParserError, match="refused already"):
        parse(read.data, DataLoader(), str(tmp_path / "volumes.holdfast.yml"))
    assert len(said) == 1


@pytest.mark.parametrize("catalogue", [CATALOGUE, CATALOGUE.replace("site:/www", "site:/www:Z")], ids=["good", "bad"])
def test_garbage_is_collected_before_and_after_but_not_meanwhile(read, said, monkeypatch, catalogue):
    def look(*_arguments):
        seen.append(gc.isenabled())

    seen = []
    monkeypatch.setattr(f"{InventoryModule.__module__}.check_engines", look)
    frozen = gc.get_freeze_count()
    with contextlib.suppress(AnsibleParserError):
        read(catalogue=catalogue)
    assert seen == [False]
    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen
    gc.unfreeze()


def test_a_second_catalogue_does_not_undo_the_first(read, said, tmp_path):
    data = read()
    (tmp_path / "zz.holdfast.yml").write_text("plugin: holdfast.volumes.catalogue\n")
    with pytest.raises(AnsibleParserError):
        parse(data, DataLoader(), str(tmp_path / "zz.holdfast.yml"))
    assert "has a catalogue already" in said[0]
    assert "`include`" in said[0]


def test_jinjas_tests_are_loaded_before_ansible_forks_its_workers(read, said, monkeypatch):
    monkeypatch.setattr(test_loader, "_cached_non_collection_wrappers", {})
    read()
    assert "version" in test_loader._cached_non_collection_wrappers


def test_every_filter_is_loaded_before_ansible_forks_its_workers():
    there = Path(FILTERS[0].__file__).parent.glob("[a-z]*.py")
    assert sorted(Path(one.__file__).name for one in FILTERS) == sorted(path.name for path in there)
