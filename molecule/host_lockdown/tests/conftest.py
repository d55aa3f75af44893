from __future__ import annotations

import json
from functools import cache

import pytest


@cache
def ask(host, words):
    return json.loads(host.check_output(words))


@pytest.fixture
def tried(host):
    """What a user's attempts on this host came to, by name; made once for each user."""

    def look(user):
        return {name: found for name, found in ask(host, f"/root/try {user}").items() if name != "facts"}

    return look


@pytest.fixture
def before(host):
    """The same as it was while nothing was closed."""
    return lambda user: ask(host, f"cat /root/open-{user}.json")


@pytest.fixture
def captured(host):
    """What root of an engine's container tried, and with the word host root of the host: (attempts, facts)."""

    def look(engine):
        found = dict(ask(host, f"/root/capture {engine}"))
        facts = found.pop("facts")
        return found, facts

    return look


@pytest.fixture
def engines(host):
    """Those that have a container here that was taken over."""
    name = host.check_output("hostname")
    return {"app1": ["podman", "nspawn"], "app2": ["docker"]}[name]
