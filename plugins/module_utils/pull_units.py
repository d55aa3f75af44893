# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The service and the timer of a host that pulls its plan. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.pull_rules import is_ssh
from ansible_collections.holdfast.volumes.plugins.module_utils.unit_files import Entry, command_line, quote, render

SERVICE = "pull-holdfast"
SETTINGS = "/etc/holdfast-pull"
RUN = f"/run/{SERVICE}"
GIT = ["/usr/bin/git", "-c", "init.defaultBranch=main", "-c", "advice.detachedHead=false"]
SSH_OPTIONS = {
    "IdentitiesOnly": "yes",
    "StrictHostKeyChecking": "yes",
    "UserKnownHostsFile": f"{SETTINGS}/known_hosts",
    "BatchMode": "yes",
    "ConnectTimeout": "30",
}
# A catalogue that does not parse ends the run, whatever the settings in the repository say.
STRICT = {
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    "ANSIBLE_INVENTORY_ENABLED": "holdfast.volumes.catalogue,host_list,script,auto,yaml,ini,toml",
}
QUIET = {
    "ANSIBLE_NOCOLOR": "true",
    "ANSIBLE_DISPLAY_OK_HOSTS": "false",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
}


def render_service(wish: Mapping[str, Any]) -> str:
    """The text of the service: fetch the repository into memory, then carry out the plan of this host."""
    unit: list[Entry] = [
        ("Description", "This host becomes what its repository says"),
        ("Wants", "network-online.target"),
        ("After", "network-online.target"),
        ("OnFailure", " ".join(wish["on_failure"]) if wish["on_failure"] else []),
    ]
    service: list[Entry] = [
        ("Type", "oneshot"),
        # A fresh checkout each time: none that a killed run left half done, and no secrets on disk.
        ("RuntimeDirectory", f"{SERVICE} {SERVICE}/checkout {SERVICE}/ansible"),
        ("RuntimeDirectoryMode", "0700"),
        ("WorkingDirectory", f"{RUN}/checkout"),
        ("TimeoutStartSec", wish["time_limit"]),
        ("Environment", [quote(f"{key}={value}") for key, value in _plan_environment(wish).items()]),
        ("ExecStart", [command_line(words) for words in _plan_commands(wish)]),
    ]
    return render([("Unit", unit), ("Service", service)])


def render_timer(wish: Mapping[str, Any]) -> str:
    """The text of the timer."""
    timer: list[Entry] = [
        ("OnCalendar", wish["schedule"]),
        # The same delay each time, another on each host, so that the server is asked evenly.
        ("RandomizedDelaySec", wish["spread"]),
        ("FixedRandomDelay", "yes"),
        ("Persistent", "yes"),
    ]
    return render(
        [
            ("Unit", [("Description", "This host becomes what its repository says, from time to time")]),
            ("Timer", timer),
            ("Install", [("WantedBy", "timers.target")]),
        ]
    )


def _plan_environment(wish: Mapping[str, Any]) -> dict[str, str]:
    ssh = " ".join(["ssh", "-i", f"{SETTINGS}/key", *(f"-o {key}={value}" for key, value in SSH_OPTIONS.items())])
    return {
        "HOME": "/root",
        "GIT_TERMINAL_PROMPT": "0",
        **({"GIT_SSH_COMMAND": ssh} if is_ssh(wish["repository"]) else {}),
        "ANSIBLE_HOME": f"{RUN}/ansible",
        "ANSIBLE_REMOTE_TMP": f"{RUN}/ansible/tmp",
        "ANSIBLE_CONFIG": f"{RUN}/checkout/ansible.cfg",
        "ANSIBLE_COLLECTIONS_PATH": f"{RUN}/checkout/collections:{wish['collections_path']}",
        "ANSIBLE_PIPELINING": "true",
        **STRICT,
        **QUIET,
    }


def _plan_commands(wish: Mapping[str, Any]) -> list[list[str]]:
    helper = f"credential.helper=store --file={SETTINGS}/credentials"
    git = [*GIT, "-c", helper] if wish["credentials"] else GIT
    # The host's own connection and user, whatever the inventory says for those who come from outside.
    here = json.dumps({"ansible_connection": "local", "ansible_become": False, "holdfast_pulled": True})
    play = [wish["ansible_playbook"], "--limit", wish["name"], "--extra-vars", here]
    for path in wish["inventory"]:
        play += ["--inventory", f"{RUN}/checkout/{path}"]
    if wish["vault_password"]:
        play += ["--vault-password-file", f"{SETTINGS}/vault-password"]
    return [
        [*git, "init", "--quiet", "."],
        [*git, "fetch", "--quiet", "--depth=1", "--", wish["repository"], wish["version"]],
        [*git, "checkout", "--quiet", "--detach", "FETCH_HEAD"],
        [*git, "log", "-1", "--format=commit %H of %cI"],
        [*play, wish["playbook"]],
    ]
