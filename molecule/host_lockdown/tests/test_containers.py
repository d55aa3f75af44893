"""Root of a container that was taken over gets at its one volume alone. Root of the host succeeds with each attempt."""

from __future__ import annotations

testinfra_hosts = ["ansible://app1", "ansible://app2"]

ASK = "import http.client as h; c = h.HTTPConnection('127.0.0.1', {}, timeout=30); c.request('{}', '/held', 'held')"


def reached(attempts):
    return sorted(name for name, found in attempts.items() if found == "reached")


def test_root_of_the_host_reaches_all_of_it(captured):
    attempts, facts = captured("host")
    assert len(attempts) >= 18
    assert reached(attempts) == sorted(attempts), attempts
    assert "unconfined_t" in facts["label"]


def test_root_of_a_container_reaches_nothing(captured, engines):
    for engine in engines:
        attempts, facts = captured(engine)
        assert len(attempts) >= 18
        assert reached(attempts) == [], (engine, attempts)
        assert facts["uid"] == 0
        assert int(facts["capabilities"], 16).bit_count() >= 28


def test_what_the_kernel_says_of_its_container(captured, engines):
    for engine in engines:
        facts = captured(engine)[1]
        assert facts["no new privileges"] == "1", engine
        assert facts["core"] == [0, 0], engine
        assert {"nodev", "noexec", "nosuid"} <= set(facts["flags"]), (engine, facts)
        assert ":container_t:s0:c" in facts["label"], engine


def test_no_memory_of_a_container_goes_to_swap(host):
    units = "$(systemctl show -P ControlGroup 'holdfast-*.service' | grep .)"
    scopes = "$(cd /sys/fs/cgroup && ls -d system.slice/docker-*.scope)"
    lines = host.check_output(
        f"for group in {units} {scopes}; do cat /sys/fs/cgroup/$group/memory.swap.max; done 2>/dev/null"
    ).splitlines()
    assert len(lines) >= 3
    assert set(lines) == {"0"}


def test_the_apps_still_serve_and_reach_each_other(host):
    # The shop keeps what it is given in the database on the other host.
    asked = {"app1": [("GET", 8080, 404), ("GET", 8081, 404)], "app2": [("GET", 8080, 404), ("PUT", 8000, 201)]}
    for method, port, status in asked[host.check_output("hostname")]:
        line = f"{ASK.format(port, method)}; print(c.getresponse().status)"
        assert host.check_output(f'python3 -c "{line}"') == str(status), port
