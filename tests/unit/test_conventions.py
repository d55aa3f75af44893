# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for every file of a kind, so that a review need not ask for it."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import docker_unit, quadlet

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
GENERATED = {".ansible", ".cache", ".git", ".mypy_cache", ".ruff_cache", "__pycache__", "certificate", "output"}
SCENARIO_LINES = 15


class Loader(yaml.SafeLoader):
    """Takes the tags of Ansible (!vault, !unsafe) for plain text."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


@cache
def committed():
    """Every committed file; in a copy without git (ansible-test runs in one) every file that is not generated."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    found = (path for path in ROOT.rglob("*") if path.is_file())
    return [path for path in found if not GENERATED & set(path.relative_to(ROOT).parts)]


def under(*patterns):
    """The committed files that match, each parameter named by its path."""
    chosen = {path for pattern in patterns for path in ROOT.glob(pattern)} & set(committed())
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in sorted(chosen) if path.name != "__init__.py"]


def roles():
    names = {path.relative_to(ROOT).parts[1] for path in committed() if path.is_relative_to(ROOT / "roles")}
    return [pytest.param(ROOT / "roles" / name, id=name) for name in sorted(names)]


def roles_of_site():
    """The roles that run on every host of a fleet."""
    names = {one["name"] for part in parts_of_site() for one in imports(part[-1])}
    return [one for one in roles() if f"holdfast.volumes.{one.id}" in names]


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader) or {}


def calls(tree, names):
    """The calls of methods of these names anywhere in a tree."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return [node for node in found if node.func.attr in names]


def tasks_of(items):
    """Every task of a list of tasks or plays, those in blocks included."""
    for item in items or []:
        nested = [item[key] for key in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks") if key in item]
        if not nested and "hosts" not in item and "import_playbook" not in item:
            yield item
        for inner in nested:
            yield from tasks_of(inner)


def imports(plays):
    """How plays import roles, in their order."""
    return [task["ansible.builtin.import_role"] for task in tasks_of(plays) if "ansible.builtin.import_role" in task]


def parts_of_site():
    """The plays of site.yml that include tasks: play, the task that includes, the tasks that are included."""
    for play in load(ROOT / "playbooks" / "site.yml"):
        for task in tasks_of([play]):
            if "ansible.builtin.include_tasks" in task:
                yield play, task, load(ROOT / "playbooks" / task["ansible.builtin.include_tasks"])


# Modules and what they stand on


@pytest.mark.parametrize("path", under("plugins/modules/*.py"))
def test_every_module_has_its_twin(path):
    if path.stem.endswith("_facts"):
        return  # it owns nothing that a twin could tell of
    twin = path.stem[: -len("_info")] if path.stem.endswith("_info") else f"{path.stem}_info"
    assert path.with_name(f"{twin}.py").exists()


@pytest.mark.parametrize(
    "path", under("plugins/modules/*.py", "plugins/module_utils/*.py", "plugins/inventory/*.py", "plugins/filter/*.py")
)
def test_every_plugin_has_a_unit_test(path):
    tests = UNIT / path.parent.relative_to(ROOT)
    if path.stem.endswith("_info"):
        beside = tests / f"test_{path.stem[: -len('_info')]}.py"
        if beside.exists() and re.search(rf"\b{path.stem}\b", beside.read_text(encoding="utf-8")):
            return
    assert (tests / f"test_{path.stem}.py").exists()


@pytest.mark.parametrize("path", under("plugins/modules/*.py"))
def test_a_module_exits_in_main_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    main = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main")
    assert calls(main, {"exit_json"})
    assert len(calls(tree, {"exit_json", "fail_json"})) == len(calls(main, {"exit_json", "fail_json"}))


@pytest.mark.parametrize("path", under("plugins/modules/*.py"))
def test_a_module_looks_at_check_mode_at_most_once(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    looks = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "check_mode"]
    assert len(looks) <= 1


@pytest.mark.parametrize("path", under("plugins/module_utils/*.py"))
def test_a_util_knows_no_module(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not calls(tree, {"exit_json", "fail_json"})
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "ansible.module_utils.basic" not in imported


@pytest.mark.parametrize("path", under("plugins/modules/*.py", "plugins/module_utils/*.py"))
def test_only_the_host_boundary_runs_programs(path):
    if path.name == "host.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not imported & {"subprocess", "shutil", "tempfile"}
    assert not calls(tree, {"system", "popen", "run_command"})


@pytest.mark.parametrize("path", under("meta/runtime.yml"))
def test_the_action_group_names_every_module(path):
    modules = sorted(found.stem for found in (ROOT / "plugins" / "modules").glob("*.py") if found.stem != "__init__")
    assert load(path)["action_groups"]["all"] == modules


# Roles


@pytest.mark.parametrize("role", roles())
def test_defaults_and_argument_specs_name_the_same_variables(role):
    options = load(role / "meta" / "argument_specs.yml")["argument_specs"]["main"].get("options", {})
    defaults = load(role / "defaults" / "main.yml")
    assert sorted(options) == sorted(defaults)
    given = {name: option["default"] for name, option in options.items() if "default" in option}
    assert given == {name: defaults[name] for name in given}


@pytest.mark.parametrize("role", roles())
def test_a_role_is_complete(role):
    for name in ("README.md", "tasks/main.yml", "tasks/absent.yml", "defaults/main.yml", "meta/argument_specs.yml"):
        assert (role / name).exists(), name
    readme = (role / "README.md").read_text(encoding="utf-8")
    assert [name for name in load(role / "defaults" / "main.yml") if name not in readme] == []


@pytest.mark.parametrize(
    "path", under("roles/*/tasks/*.yml", "roles/*/handlers/*.yml", "playbooks/*.yml", "playbooks/tasks/*.yml")
)
def test_task_names_are_sentences(path):
    names = [task.get("name", "") for task in tasks_of(load(path))]
    assert [name for name in names if not re.match(r"[A-Z]\w+ \S", name)] == []


@pytest.mark.parametrize(
    "path", under("roles/*/tasks/*.yml", "roles/*/handlers/*.yml", "playbooks/*.yml", "playbooks/tasks/*.yml")
)
def test_no_task_uses_a_shell_or_looks_away(path):
    for task in tasks_of(load(path)):
        assert not {"shell", "ansible.builtin.shell", "raw", "ansible.builtin.raw", "ignore_errors"} & set(task), task


@pytest.mark.parametrize("role", roles_of_site())
def test_no_task_is_repeated_for_the_items_of_the_input(role):
    """So the number of tasks, and with it the time of a run, does not grow with the catalogue."""
    loops = [
        str(value)
        for path in sorted((role / "tasks").glob("*.yml"))
        for task in tasks_of(load(path))
        for key, value in task.items()
        if key == "loop" or key.startswith("with_")
    ]
    variables = load(role / "defaults" / "main.yml")
    assert [loop for loop in loops if any(re.search(rf"\b{name}\b", loop) for name in variables)] == []


def test_site_checks_the_input_of_every_role_once_and_first():
    """Whatever part of it is asked for: what comes after the play of the preflights takes the input as checked."""
    (first, asked, tasks), *later = parts_of_site()
    checks = imports(tasks)
    imported = [one for part in later for one in imports(part[-1])]
    checked = {one["name"] for one in checks}
    assert {one["tasks_from"] for one in checks} == {"preflight"}
    assert checked == {f"holdfast.volumes.{name}" for name in first["vars"]["__site_roles"]}
    assert {one["name"] for one in imported} == checked
    assert not {one.get("tasks_from", "main") for one in imported} & {"main", "preflight"}
    parts = {tag for part in later for one in [part[0], *part[-1]] for tag in one.get("tags", [])}
    of_roles = {tag for tag in parts for role in checked if tag.startswith(f"{role.rpartition('.')[2]}_")}
    assert parts - of_roles <= set(first["tags"])
    problems = str(first["vars"]["__site_problems"])
    assert [name for name in first["vars"]["__site_roles"] if f"__{name}_problems" not in problems] == []
    assert "__site_problems" in asked["when"]


def test_site_asks_every_role_whether_there_is_anything_to_do():
    """What is included is only what is due, so a role that is not asked would be left out without a word."""
    for play, task, included in parts_of_site():
        asked = f"{task['when']} {play.get('vars')}"
        roles_included = [one["name"].rpartition(".")[2] for one in imports(included)]
        assert [name for name in roles_included if f"__{name}_" not in asked] == [], task["name"]
        assert task["tags"] == ["always"], "a tag of a role would not reach its tasks"


def test_no_role_names_a_unit_that_container_units_would_retire():
    """A unit of ours that no app wants goes with the next run, so the names of container units are theirs alone."""
    for path in (path for path in committed() if path.is_relative_to(ROOT / "roles")):
        owned = rf"({re.escape(docker_unit.DIRECTORY)}|{re.escape(quadlet.DIRECTORY)})/holdfast-"
        assert not re.search(owned, path.read_text(encoding="utf-8")), path
        assert not (path.name.startswith("holdfast-") and path.suffix == docker_unit.SUFFIX), path


@pytest.mark.parametrize("path", under("roles/*/vars/*.yml", "roles/*/defaults/*.yml"))
def test_a_variable_of_a_role_finds_its_files_from_anywhere(path):
    """A play that asks what is due works variables out, where no lookup searches the directories of the role."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"lookup\('ansible\.builtin\.(?:template|file)', '[^)]*\)", text) == []


@pytest.mark.parametrize("path", under("playbooks/**/*.yml", "roles/**/*.yml"))
def test_no_expression_is_none(path):
    """Before 2.19 Ansible makes an empty word of it."""
    assert re.findall(r".*\b(?:none|None) *}}", path.read_text(encoding="utf-8")) == []


# Everything else


def test_the_scenarios_take_the_oldest_core_that_the_collection_allows():
    allowed = re.fullmatch(r">=(2\.\d+)\.0", load(ROOT / "meta" / "runtime.yml")["requires_ansible"])[1]
    pinned = (ROOT / "tests" / "oldest.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert pinned.startswith(f"ansible-core=={allowed}.")


@pytest.mark.parametrize("path", under("molecule/*/molecule.yml"))
def test_a_scenario_says_only_what_differs(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= SCENARIO_LINES


@pytest.mark.parametrize("path", under("**/*.yml", "**/*.yaml"))
def test_yaml_loads(path):
    list(yaml.load_all(path.read_text(encoding="utf-8"), Loader))


def registry_hosts():
    """The hosts that this machine takes packages from: what a committed file would name by accident."""
    sources = [*Path("/etc/apt").glob("sources.list*"), *Path("/etc/apt/sources.list.d").glob("*")]
    sources += [Path("/etc/pip.conf"), Path.home() / ".config/pip/pip.conf", Path.home() / ".npmrc"]
    text = "\n".join(path.read_text(errors="replace") for path in sources if path.is_file())
    return {host.rpartition("@")[2] for host in re.findall(r"\bhttps?://([^/\s:]+)", text)}


def test_no_file_names_this_machine():
    paths = r"/home/\w+/|/root/\.(pyenv|cache)|/work/(main|shared|\.)|/tmp/\w/"
    names = [re.escape(host) for host in registry_hosts()]
    trace = re.compile("|".join([paths, *names]).encode())
    found = [path for path in committed() if path != Path(__file__).resolve() and trace.search(path.read_bytes())]
    assert found == []
