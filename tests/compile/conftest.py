"""The catalogue of the project as playbooks/compile.yml writes it, and the texts that the unit tests hold it to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
EXPECTED = PROJECT / "tests" / "unit" / "plugins" / "module_utils" / "data" / "compile"


class Controller:
    """A user at a controller, in an empty directory, with the inventory of the project."""

    def __init__(self, directory):
        self.directory = directory
        # What the lab would note there: the digest of an image that a template of the inventory reads.
        layer = directory / "cache" / "containers" / "nginx.layer"
        layer.parent.mkdir(parents=True)
        layer.write_text(f"sha256:{'0' * 64}")
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {
            "PATH": path,
            "HOME": str(directory),
            "PWD": str(directory),
            "LANG": "C.UTF-8",
            "HOLDFAST_CACHE": str(directory / "cache"),
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }

    def compile(self, *options):
        """Run the playbook; its output."""
        words = ["ansible-playbook", "-i", str(PROJECT / "inventory"), "holdfast.volumes.compile", *options]
        done = subprocess.run(
            words, cwd=self.directory, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def read(self):
        """Every file that is there, {path: text}."""
        root = self.directory / "compiled"
        files = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
        return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files}


@pytest.fixture(scope="session")
def controller(tmp_path_factory):
    return Controller(tmp_path_factory.mktemp("controller"))


@pytest.fixture(scope="session")
def example(controller):
    """The files of the project's own catalogue, those with values too."""
    controller.compile("-e", "holdfast_compile_values=true")
    return controller.read()


def read_expected(engine):
    """The files of one engine that the unit tests expect, {path: text}: of a catalogue that has one of everything."""
    text = (EXPECTED / f"{engine}.txt").read_text(encoding="utf-8")
    parts = re.split(r"(?m)^==> (.+) <==\n", text)
    assert parts[0] == ""
    return {path: content.removesuffix("\n") + "\n" for path, content in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.fixture(scope="session")
def files(example):
    """All files of an engine: of the project's catalogue and of the one that has one of everything."""

    def find(engine, ending):
        of_example = {f"example/{path}": text for path, text in example.items() if path.startswith(f"{engine}/")}
        found = {path: text for path, text in {**of_example, **read_expected(engine)}.items() if path.endswith(ending)}
        assert any(path.startswith("example/") for path in found)
        assert any(not path.startswith("example/") for path in found)
        return found

    return find
