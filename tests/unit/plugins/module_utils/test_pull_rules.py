from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.pull_rules import find_problems

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n"
HTTPS = {
    "repository": "https://git.example.com/fleet.git",
    "version": "HEAD",
    "inventory": ["inventory"],
    "name": "app1",
    "deploy_key": "",
    "known_hosts": "",
    "credentials": "",
    "on_failure": [],
}
SSH = {**HTTPS, "repository": "git@git.example.com:fleet.git", "deploy_key": KEY, "known_hosts": "git.example.com x y"}


@pytest.mark.parametrize(
    "wish",
    [
        HTTPS,
        SSH,
        {**SSH, "repository": "ssh://git@git.example.com:2222/fleet.git"},
        {**HTTPS, "repository": "file:///srv/git/fleet.git"},
        {**HTTPS, "repository": "/srv/git/fleet.git", "version": "release/1.2"},
        {**HTTPS, "credentials": "https://reader:s3cret@git.example.com\n"},
        {**HTTPS, "name": "app1.example.com", "inventory": ["lab.yml", "sites/north"]},
        {**HTTPS, "on_failure": ["tell-me@%n.service"]},
    ],
)
def test_what_can_be_pulled(wish):
    assert find_problems(wish) == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"repository": ""}, "pull_repository"),
        ({"repository": "http://git.example.com/fleet.git"}, "pull_repository"),
        ({"repository": "git://git.example.com/fleet.git"}, "pull_repository"),
        ({"repository": "fleet.git"}, "pull_repository"),
        ({"repository": "https://git.example.com/a b.git"}, "pull_repository"),
        ({"repository": "https://me:s3cret@git.example.com/fleet.git"}, "pull_repository"),
        ({"version": "--upload-pack=x"}, "pull_version"),
        ({"version": ""}, "pull_version"),
        ({"inventory": []}, "pull_inventory"),
        ({"inventory": ["/etc/hosts"]}, "pull_inventory"),
        ({"inventory": ["../other"]}, "pull_inventory"),
        ({"inventory": ["-e"]}, "pull_inventory"),
        ({"name": "all:!app1"}, "pull_name"),
        ({"name": "app*"}, "pull_name"),
        ({"deploy_key": KEY}, "pull_deploy_key"),
        ({"credentials": "reader:s3cret"}, "pull_credentials"),
        ({"on_failure": ["tell me"]}, "pull_on_failure"),
    ],
)
def test_each_problem_names_its_variable(wrong, named):
    problems = find_problems({**HTTPS, **wrong})
    assert len(problems) == 1
    assert problems[0].startswith(f"{named}: ")


def test_ssh_needs_a_key_and_who_the_server_is():
    problems = find_problems({**SSH, "deploy_key": "", "known_hosts": " \n"})
    assert [problem.partition(":")[0] for problem in problems] == ["pull_deploy_key", "pull_known_hosts"]
    assert find_problems({**SSH, "credentials": "https://reader:s3cret@git.example.com"}) != []


def test_no_problem_shows_a_secret():
    wish = {**HTTPS, "repository": "https://me:s3cret@git.example.com/fleet.git", "credentials": "me:s3cret"}
    assert "s3cret" not in "".join(find_problems(wish))
