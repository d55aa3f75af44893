"""Files of Nomad through a parser of HCL2, and each job file against the form of the API, value by value."""

from __future__ import annotations

import json
from collections import Counter

import hcl2
import pytest

_SECOND = 10**9
_TIMES = ("Interval", "Timeout")
# Of the arguments that each block is documented with those that are needed: developer.hashicorp.com/nomad/docs on the
# job specification, the volume specification, the configuration of clients and the driver docker.
_PORT = {"static", "to"}
DOCUMENTED = {
    "job": {"type"},
    "job.constraint": {"attribute", "operator", "value"},
    "job.parameterized": {"payload"},
    "job.group": {"count"},
    "job.group.volume": {"type", "source", "read_only", "attachment_mode", "access_mode"},
    "job.group.network": {"mode"},
    "job.group.network.port": _PORT,
    "job.group.service": {"name", "provider", "port"},
    "job.group.service.check": {"type", "path", "interval", "timeout"},
    "job.group.task": {"driver", "user"},
    "job.group.task.config": {"image", "args", "ports", "readonly_rootfs", "cap_drop", "cap_add", "security_opt"},
    "job.group.task.config.mount": {"type", "target"},
    "job.group.task.config.mount.tmpfs_options": {"size", "mode"},
    "job.group.task.env": set(),
    "job.group.task.template": {"data", "destination", "env", "perms", "uid", "gid"},
    "job.group.task.volume_mount": {"volume", "destination", "read_only"},
    "volume": {"id", "name", "type", "plugin_id", "external_id"},
    "volume.capability": {"access_mode", "attachment_mode"},
    "volume.mount_options": {"fs_type", "mount_flags"},
    # The words of the plugin.
    "volume.context": {"server", "share"},
    "client": set(),
    "client.host_volume": {"path", "read_only"},
}
# What the documented examples of blocks about volumes have, so what none of ours may lack.
EXAMPLES = {
    "job.group.volume": {"type", "source"},
    "job.group.task.volume_mount": {"volume", "destination"},
    "volume": {"id", "name", "type", "plugin_id", "external_id"},
    "volume.capability": {"access_mode", "attachment_mode"},
    "client.host_volume": {"path"},
}
ACCESS_MODES = {
    "single-node-reader-only",
    "single-node-writer",
    "multi-node-reader-only",
    "multi-node-single-writer",
    "multi-node-multi-writer",
}


def plain(text):
    """A text as HCL means it: the parser leaves quotes and escapes in."""
    return json.loads(text).replace("$${", "${").replace("%%{", "%{") if text.startswith('"') else text


def list_hcl(value):
    """Every value of parsed HCL, labels of blocks included and names of attributes not."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key.startswith('"'):
                yield plain(key)
            if key != "__is_block__":
                yield from list_hcl(one)
    elif isinstance(value, list):
        for one in value:
            yield from list_hcl(one)
    else:
        yield plain(value) if isinstance(value, str) else value


def list_job(value, key=""):
    """Every value of a job of the API, each name once."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from list_job(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from list_job(one, key)
    else:
        yield f"{value // _SECOND}s" if key in _TIMES else value


def list_blocks(body, path):
    """(path, arguments) of each block in parsed HCL; the label of a block is no part of its path."""
    arguments = {}
    for key, value in body.items():
        blocks = value if isinstance(value, list) and value and all(isinstance(one, dict) for one in value) else None
        if key.startswith('"'):
            yield from list_blocks(value, path)
        elif blocks:
            for block in blocks:
                yield from list_blocks(block, ".".join(filter(None, (path, key))))
        elif key != "__is_block__":
            arguments[key] = value
    if not any(key.startswith('"') for key in body):
        yield path, arguments


def read_blocks(files):
    """The blocks of every file of Nomad; a file of a volume is one block without its name."""
    for path, text in files("nomad", ".hcl").items():
        found = list_blocks(hcl2.loads(text), "volume" if path.endswith(".volume.hcl") else "")
        yield from (block for block in found if block != ("", {}))


def test_every_argument_is_a_documented_one_of_its_block(files):
    used = {}
    for path, arguments in read_blocks(files):
        used.setdefault(path, set()).update(arguments)
    assert set(used) == set(DOCUMENTED)
    # Variables of an environment have the names that apps give them.
    del used["job.group.task.env"]
    assert {path: names - DOCUMENTED[path] for path, names in used.items() if names - DOCUMENTED[path]} == {}


def test_every_volume_has_what_the_documented_examples_have(files):
    blocks = list(read_blocks(files))
    assert {path for path, dummy in blocks} >= set(EXAMPLES)
    lacking = [(path, names - set(arguments)) for path, arguments in blocks for names in [EXAMPLES.get(path, set())]]
    assert [one for one in lacking if one[1]] == []
    for path, arguments in blocks:
        if path == "job.group.volume":
            csi = plain(arguments["type"]) == "csi"
            assert csi or plain(arguments["type"]) == "host"
            assert ({"attachment_mode", "access_mode"} <= set(arguments)) == csi
        if "access_mode" in arguments:
            assert plain(arguments["access_mode"]) in ACCESS_MODES
            assert plain(arguments["attachment_mode"]) == "file-system"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('job "a" { group "b" { volume "c" { type = "host" } } }', ("job.group.volume", {"type": '"host"'})),
        ('client { host_volume "c" { paht = "/a" } }', ("client.host_volume", {"paht": '"/a"'})),
        ('capability { access_mode = "any" }', ("capability", {"access_mode": '"any"'})),
    ],
)
def test_blocks_are_found_wherever_they_are(text, found):
    assert found in list(list_blocks(hcl2.loads(text), ""))


def test_a_job_file_says_what_the_api_is_told(files):
    jobs = files("nomad", ".json")
    for path, text in files("nomad", ".nomad.hcl").items():
        job = json.loads(jobs[path.replace(".nomad.hcl", ".json")])["Job"]
        assert job.pop("ID") == job["Name"]
        # True is 1 to a Counter; as texts they differ.
        assert Counter(map(repr, list_hcl(hcl2.loads(text)))) == Counter(map(repr, list_job(job))), path


def test_a_volume_file_is_read_back(files):
    for text in files("nomad", ".volume.hcl").values():
        volume = hcl2.loads(text)
        assert plain(volume["type"]) == "csi"
        assert plain(volume["capability"][0]["attachment_mode"]) == "file-system"
        flags = [plain(flag) for flag in volume["mount_options"][0]["mount_flags"]]
        assert flags[-1] == ("ro" if plain(volume["id"]).endswith(".ro") else "rw")
        assert any(flag.startswith('context="system_u:') for flag in flags)


def test_what_an_agent_is_told_is_read_back(files):
    for path, text in files("nomad", ".hcl").items():
        if "/agents/" in f"/{path}":
            (client,) = hcl2.loads(text)["client"]
            for block in client["host_volume"]:
                ((label, volume),) = block.items()
                assert plain(volume["path"]).startswith("/srv/")
                assert volume["read_only"] == plain(label).endswith(".ro")


@pytest.mark.parametrize("wrong", ['job "a" {', 'job "a" { count = }', 'job "a" { x = "${" }'])
def test_the_parser_refuses_what_is_wrong(wrong):
    with pytest.raises(Exception, match=r"(?s).+"):
        hcl2.loads(wrong)
