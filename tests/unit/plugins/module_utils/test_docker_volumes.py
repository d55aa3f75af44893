# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.holdfast.volumes.plugins.module_utils import docker_volumes
from ansible_collections.holdfast.volumes.plugins.module_utils.docker_volumes import Found, User, parse_items
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

CASES = sorted((Path(__file__).parent / "data" / "docker_volumes").glob("*.yml"))
SITE = {"name": "holdfast-site", "source": "nfs1:/srv/site"}


def found_of(case):
    return {
        name: Found(**{**one, "users": tuple(User(**user) for user in one.get("users", []))})
        for name, one in case["found"].items()
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_plan(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    found, wanted, retire_only = found_of(case), parse_items(case["wanted"]), case.get("retire_only", False)
    if "refused" in case:
        with pytest.raises(HostError, match=case["refused"]):
            docker_volumes.plan(found, wanted, retire_only)
        return
    change = docker_volumes.plan(found, wanted, retire_only)
    assert change.result()["steps"] == case["steps"]
    assert bool(change) == bool(case["steps"])
    for side in ("before", "after"):
        if side in case:
            assert getattr(change, side) == case[side]


def test_a_plan_leads_to_what_is_wanted():
    (step,) = docker_volumes.plan({}, parse_items([SITE])).steps
    options = docker_volumes.render_docker_options(step.args["volume"])
    records = [{"Name": step.name, "Driver": "local", "Options": options, "Labels": {"io.holdfast.volume": "site"}}]
    assert not docker_volumes.plan(docker_volumes.parse_records(records), parse_items([SITE]))


def test_volumes_are_told_with_every_fault():
    with pytest.raises(HostError) as caught:
        parse_items([SITE, SITE, {"name": "a/b", "source": "/srv"}])
    told = str(caught.value)
    assert all(
        part in told for part in ("nothing was changed", "holdfast-site: given 2 times", "a/b: name", "a/b: source")
    )


def test_a_volume_with_a_name_of_its_own_has_a_label_too():
    (volume,) = parse_items([{"name": "data", "source": "nfs1:/srv/data"}])
    assert volume.volume == "data"


def test_records_of_the_api():
    # GET /volumes of Docker 26.1.5: a local volume has no options and no labels at all.
    records = [{"Name": "data", "Driver": "local", "Options": None, "Labels": None}]
    (one,) = docker_volumes.parse_records(records).values()
    assert (one, one.ours) == (Found("local", {}, ""), False)


def test_users_of_the_api():
    mount = {"Type": "volume", "Name": "holdfast-site"}
    bind = {"Type": "bind", "Source": "/srv"}
    records = [
        {"Id": "0123456789abcdef", "Names": None, "State": "dead", "Labels": None, "Mounts": [mount]},
        {"Names": ["/web"], "State": "running", "Labels": {"io.holdfast.app": "w"}, "Mounts": [mount, mount, bind]},
        {"Names": ["/none"], "State": "running", "Mounts": None},
    ]
    assert docker_volumes.parse_users(records) == {
        "holdfast-site": [User("0123456789ab", "dead"), User("web", "running", "w")]
    }


def test_only_servers_given_by_name_must_resolve():
    sources = ["10.0.0.1:/a", "[fd00::1]:/b", "nfs1:/c", "nfs1:/d", "filer.example.com:/e"]
    volumes = parse_items([{"name": f"v{number}", "source": source} for number, source in enumerate(sources)])
    assert docker_volumes.find_names(volumes) == ["nfs1", "filer.example.com"]


def test_a_report():
    options = {"type": "nfs", "device": ":/srv/site", "o": "addr=fd00::1"}
    assert docker_volumes.report(
        "holdfast-site", Found("local", options, "site", (User("web", "running", "web"),))
    ) == {
        "name": "holdfast-site",
        "volume": "site",
        "source": "[fd00::1]:/srv/site",
        "driver_options": options,
        "users": [{"name": "web", "state": "running", "app": "web"}],
    }
