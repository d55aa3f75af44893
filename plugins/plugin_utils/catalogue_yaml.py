# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads one file of a catalogue on the controller: size, YAML, keys written twice, vault values, templates."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import Loaded, Unreadable

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text is trusted unless it is marked unsafe

    def trust_as_template(value: str) -> str:
        return value


LARGEST_FILE = 8 * 1024 * 1024
WHOLE_NUMBER = re.compile(r"(0|-?[1-9][0-9]*)$")
TEXT = "tag:yaml.org,2002:str"
MERGE = "tag:yaml.org,2002:merge"
WAY_OUT = "correct it there or just before; a text that begins with *, &, !, @, % or { stands in quotes"
KEPT_TYPES = ("bool", "null", "merge")


class _CatalogueLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML where 0750, 22:22, 1.10 and 2026-01-01 are texts as they are written, and only 1000 is a number."""

    files: DataLoader

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        # Four nodes of five are texts, and the way that serves all kinds takes longer than parsing them.
        if node.tag != TEXT or not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        text: str = node.value
        return trust_as_template(text) if "{{" in text or "{%" in text else text

    yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag.rpartition(":")[2] in KEPT_TYPES]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _construct_encrypted(loader: _CatalogueLoader, node: yaml.ScalarNode) -> Any:
    # The loader of the running ansible-core knows its own type of encrypted values and the passwords for it.
    return loader.files.load(f"!vault {json.dumps(loader.construct_scalar(node))}")


def _construct_unsafe(loader: _CatalogueLoader, node: yaml.ScalarNode) -> Any:
    return wrap_var(str(loader.construct_scalar(node)))


_CatalogueLoader.add_implicit_resolver("tag:yaml.org,2002:int", WHOLE_NUMBER, list("-0123456789"))
_CatalogueLoader.add_constructor("!vault", _construct_encrypted)
_CatalogueLoader.add_constructor("!unsafe", _construct_unsafe)


def load_file(files: DataLoader, path: str) -> Loaded:
    """The content of a file of a catalogue; raises Unreadable."""
    if not os.path.isfile(path):
        raise Unreadable("does not exist", "correct the name; it is relative to the file that includes it")
    size = os.path.getsize(path)
    if size > LARGEST_FILE:
        raise Unreadable(
            f"has {size} bytes, and the limit for one file is {LARGEST_FILE} (8 MiB)",
            "split it into files that it names under `include`",
        )
    try:
        return _parse(files, _read(files, path))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise Unreadable(f"is no YAML{where}: {_hide(error.problem)}", WAY_OUT) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"is no YAML: {str(error).splitlines()[0]}", "write it as UTF-8 text") from error
    except (AnsibleError, OSError) as error:
        raise Unreadable(f"cannot be read ({error})", "see to its permissions, or name the vault password") from error


def _hide(problem: str | None) -> str:
    """What the parser says, without a text that it took for an alias or a tag: that may be a password."""
    # found undefined alias 'word'; expected <block end>, but found '<scalar>'
    return re.sub(r"'[^'<][^']+'", "that", str(problem))


def _read(files: DataLoader, path: str) -> str:
    plain = files.get_real_file(path)  # a decrypted copy when the whole file is a vault
    try:
        with open(plain, encoding="utf-8") as file:
            return file.read()
    finally:
        files.cleanup_tmp_file(plain)


def _parse(files: DataLoader, text: str) -> Loaded:
    loader = _CatalogueLoader(text)
    loader.files = files
    try:
        node = loader.get_single_node()
        if node is None:
            return Loaded(None)
        # Before values are made, which puts what is merged among the keys.
        repeated = tuple(_find_repeated(node, "", set()))
        return Loaded(loader.construct_document(node), repeated)
    finally:
        loader.dispose()


def _find_repeated(node: yaml.Node, key: str, seen: set[int]) -> Iterator[tuple[str, int]]:
    """Keys that one mapping has twice, which PyYAML passes over in silence: (path of keys, line)."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            if not isinstance(item, yaml.ScalarNode):
                yield from _find_repeated(item, f"{key}[{index}]", seen)
    if not isinstance(node, yaml.MappingNode):
        return
    names: set[str] = set()
    for name, value in node.value:
        if isinstance(name, yaml.ScalarNode):
            if name.value in names and name.tag != MERGE:
                yield _join(key, name), name.start_mark.line + 1
            names.add(name.value)
        if not isinstance(value, yaml.ScalarNode):
            yield from _find_repeated(value, _join(key, name), seen)


def _join(key: str, name: yaml.Node) -> str:
    return f"{key}.{name.value}" if key else str(name.value)
