from __future__ import annotations

import json
import shlex

from ansible_collections.holdfast.volumes.plugins.module_utils.pull_units import render_service, render_timer
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import is_managed, parse_entries

WISH = {
    "repository": "https://git.example.com/fleet.git",
    "version": "main",
    "inventory": ["lab.yml", "inventory"],
    "name": "app1",
    "playbook": "holdfast.volumes.site",
    "deploy_key": "",
    "known_hosts": "",
    "credentials": "",
    "vault_password": "",
    "schedule": "*:00/30",
    "spread": "25min",
    "time_limit": "1h",
    "on_failure": [],
    "ansible_playbook": "/usr/bin/ansible-playbook",
    "collections_path": "/usr/local/lib/holdfast-pull/collections",
}


def read(wish):
    """The keys of the service, its commands as words, and its environment."""
    text = render_service(wish)
    assert is_managed(text)
    entries = parse_entries(text)
    commands = [shlex.split(line.replace("%%", "%")) for line in entries["ExecStart"]]
    environment = dict(shlex.split(line.replace("%%", "%"))[0].split("=", 1) for line in entries["Environment"])
    return entries, commands, environment


def test_only_this_host_becomes_what_a_fresh_checkout_says():
    entries, commands, environment = read(WISH)
    fetch, play = commands[1], commands[-1]
    assert fetch[-3:] == ["--", "https://git.example.com/fleet.git", "main"]
    assert play[0] == "/usr/bin/ansible-playbook"
    assert play[play.index("--limit") + 1] == "app1"
    checkout = entries["WorkingDirectory"][0]
    assert [play[at + 1] for at, word in enumerate(play) if word == "--inventory"] == [
        f"{checkout}/lab.yml",
        f"{checkout}/inventory",
    ]
    assert json.loads(play[play.index("--extra-vars") + 1]) == {
        "ansible_connection": "local",
        "ansible_become": False,
        "holdfast_pulled": True,
    }
    assert play[-1] == "holdfast.volumes.site"
    assert environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] == "true"
    assert entries["RuntimeDirectoryMode"] == ["0700"]
    assert "OnFailure" not in entries


def test_a_percent_sign_is_no_specifier_of_systemd():
    line = next(line for line in render_service(WISH).splitlines() if "--format=" in line)
    assert "commit %%H of %%cI" in line


def test_ssh_takes_the_deploy_key_and_no_unknown_server():
    *dummy, environment = read({**WISH, "repository": "git@git.example.com:fleet.git", "deploy_key": "x"})
    assert "-i /etc/holdfast-pull/key" in environment["GIT_SSH_COMMAND"]
    assert "StrictHostKeyChecking=yes" in environment["GIT_SSH_COMMAND"]
    assert "GIT_SSH_COMMAND" not in read(WISH)[2]


def test_no_secret_is_in_the_units():
    secrets = dict.fromkeys(("deploy_key", "credentials", "vault_password"), "s3cret")
    text = render_service({**WISH, **secrets}) + render_timer({**WISH, **secrets})
    assert "s3cret" not in text
    assert "credential.helper=store --file=/etc/holdfast-pull/credentials" in text
    assert "--vault-password-file /etc/holdfast-pull/vault-password" in text
    assert "vault" not in render_service(WISH)


def test_failure_starts_what_is_asked_for():
    entries, *dummy = read({**WISH, "on_failure": ["tell-me@%n.service", "page.service"]})
    assert entries["OnFailure"] == ["tell-me@%n.service page.service"]


def test_hosts_are_spread_and_a_missed_pull_is_made_up_for():
    entries = parse_entries(render_timer(WISH))
    assert entries["OnCalendar"] == ["*:00/30"]
    assert entries["RandomizedDelaySec"] == ["25min"]
    assert (entries["FixedRandomDelay"], entries["Persistent"]) == (["yes"], ["yes"])
    assert entries["WantedBy"] == ["timers.target"]
