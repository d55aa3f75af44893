"""Who may log in to a host gets nothing of its data. Each attempt is one that root of the host succeeds with."""

from __future__ import annotations

testinfra_hosts = ["ansible://nfs1", "ansible://app1", "ansible://app2"]

# Of an NFS client that asks from a port which any user may have.
ANY_PORT = "import sys; sys.path.insert(0, '/root'); import attempts; print(attempts.judge(lambda: {}))"


def reached(attempts):
    return sorted(name for name, found in attempts.items() if found == "reached")


def test_root_reaches_all_of_it(host, tried):
    attempts = tried("root")
    # The server exports its volumes to others, and is no client of its own.
    nfs = {name for name in attempts if "mount" in name or "NFS" in name}
    here = nfs if host.check_output("hostname") == "nfs1" else set()
    assert len(attempts) >= 15
    assert sorted(set(attempts) - here) == reached({k: v for k, v in attempts.items() if k not in here}), attempts


def test_an_ordinary_user_reaches_nothing(tried):
    attempts = tried("alice")
    assert len(attempts) >= 15
    assert reached(attempts) == [], attempts


def test_what_is_closed_was_open(host, before):
    opened = {
        "nfs1": ("twin", "look into /srv/volumes/site"),
        "app1": ("twin", "look into the root of a container"),
        "app2": ("alice", "talk to /run/docker.sock"),
    }
    user, name = opened[host.check_output("hostname")]
    assert name in reached(before(user))


def test_who_has_the_id_of_an_owner_reaches_nothing(host, tried):
    if host.check_output("hostname") == "nfs1":
        assert reached(tried("twin")) == []
    else:
        assert host.run("/root/try twin").rc != 0


def test_servers_refuse_clients_that_may_be_anybody(host):
    if host.check_output("hostname") != "nfs1":
        ask = "attempts.list_by_nfs('site', low={})"
        low, high = (host.check_output(f'python3 -Bc "{ANY_PORT.format(ask.format(low))}"') for low in (True, False))
        assert low == "reached"
        assert high.startswith("EPERM the server said"), high
