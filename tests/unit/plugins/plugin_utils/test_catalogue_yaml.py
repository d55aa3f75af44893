# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_files import Unreadable
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import is_deferred
from ansible_collections.holdfast.volumes.plugins.plugin_utils import catalogue_yaml

SECRETS = [("default", VaultSecret(b"password"))]


@pytest.fixture
def load(tmp_path):
    def run(text):
        path = tmp_path / "c.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        files = DataLoader()
        files.set_vault_secrets(SECRETS)
        return catalogue_yaml.load_file(files, str(path))

    return run


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1000", 1000),
        ("-5", -5),
        ("0750", "0750"),
        ("22:22", "22:22"),
        ("1.10", "1.10"),
        ("20G", "20G"),
        ("2026-01-01", "2026-01-01"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("true", True),
        ("no", False),
        ("~", None),
        ("", None),
        ("'5'", "5"),
    ],
)
def test_values_are_what_is_written(load, text, value):
    assert load(f"a: {text}").data == {"a": value}


def test_anchors_and_merges_work(load):
    assert load("a: &a {x: 1}\nb: {<<: *a, y: 2}").data["b"] == {"x": 1, "y": 2}


def test_what_is_merged_may_be_said_anew(load):
    loaded = load("a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: {<<: *a, x: 3, x: 4}")
    assert loaded.data["b"] == {"x": 2}
    assert loaded.repeated == (("c.x", 3),)


def test_keys_written_twice_are_found_anywhere(load):
    text = "apps:\n  web: {}\n  db: {image: a, image: b}\n  web: {}\nvolumes:\n- {x: [{y: 1, y: 2}]}\n"
    assert load(text).repeated == (("apps.db.image", 3), ("apps.web", 4), ("volumes[0].x[0].y", 6))


def test_a_text_that_looks_like_a_number_is_another_key(load):
    assert load("a: {b: 1, c: 1}\nd: {b: 1}").repeated == ()


def test_aliases_of_aliases_end(load):
    levels = "".join(f"l{number}: &l{number} [*l{number - 1}, *l{number - 1}]\n" for number in range(1, 60))
    assert load(f"l0: &l0 [x]\n{levels}").repeated == ()


def test_an_encrypted_value_stays_encrypted(load):
    cipher = VaultLib(SECRETS).encrypt(b"hunter2").decode()
    body = "".join(f"    {line}\n" for line in cipher.splitlines())
    value = load(f"a: !vault |\n{body}").data["a"]
    assert is_deferred(value)
    assert not isinstance(value, str)


def test_a_whole_file_may_be_encrypted(load):
    assert load(VaultLib(SECRETS).encrypt(b"a: 5\n")).data == {"a": 5}


def test_a_large_file_is_refused_before_it_is_parsed(load, monkeypatch):
    monkeypatch.setattr(catalogue_yaml, "_parse", lambda *_args: pytest.fail("parsed"))
    with pytest.raises(Unreadable) as caught:
        load(b"#" * (8 * 1024 * 1024 + 1))
    assert "8388609 bytes" in caught.value.what
    assert "`include`" in caught.value.way_out


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: [", "is no YAML in line 2, column 1"),
        ("a: b\n c: d", "is no YAML in line 2, column 3"),
        ("a: !other b", "is no YAML in line 1, column 4"),
        (b"a: \xff", "is no YAML"),
        ("a: \x07", "is no YAML"),
        ("a: !!int x", "is no YAML"),
        ("a: b\n---\nc: d", "is no YAML in line 2, column 1"),
        ("[" * 5000, "is no YAML"),
    ],
)
def test_refuses(load, text, what):
    with pytest.raises(Unreadable) as caught:
        load(text)
    assert caught.value.what.startswith(what)
    assert caught.value.way_out


def test_a_missing_file(tmp_path):
    with pytest.raises(Unreadable, match="does not exist"):
        catalogue_yaml.load_file(DataLoader(), str(tmp_path / "gone.yml"))
