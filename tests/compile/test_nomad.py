"""Files of Nomad through a parser of HCL2, and each job file against the form of the API, value by value."""

from __future__ import annotations

import json
from collections import Counter

import hcl2
import pytest

_SECOND = 10**9
_TIMES = ("Interval", "Timeout")


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
