"""What is compiled for podman kube play: pods that obey the words of the catalogue, and data that outlives them."""

from __future__ import annotations

import secrets
import shlex
import time

import pytest

testinfra_hosts = ["ansible://app1"]
PLAYED = ("web.secrets.yaml", "web.yaml", "db.secrets.yaml", "db.yaml", "web-ops.yaml")
URL = "http://10.77.0.21:8080/kube-play.txt"
PASSWORD = "only-for-the-lab"
WITNESS = secrets.token_hex(16)
# The image has a shell and little else. 77 is the answer of a shell that runs and may not.
READ = f"read -r line < /srv/www/kube-play.txt && test $line = {WITNESS} && exit 0; exit 77"
LOG_IN = "read -r PGPASSWORD < /run/secrets/orders-password && export PGPASSWORD && exec psql -qU shop orders -c"
MAKE, LOOK = (f"exec db-db sh -c {shlex.quote(f'{LOG_IN} {sql!r}')}" for sql in ("create table held ()", "table held"))


def wait(attempt, seconds=240):
    """Have an attempt succeed at last."""
    until = time.monotonic() + seconds
    done = attempt()
    while done.rc and time.monotonic() < until:
        time.sleep(2)
        done = attempt()
    assert done.rc == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def ask(host):
    """Send a request to the web server, as a client of it."""

    def run(method, body=""):
        request = f"import urllib.request as r; q = r.Request({URL!r}, {body.encode()!r} or None, method={method!r})"
        return host.run(f"python3 -c {shlex.quote(f'{request}; print(r.urlopen(q, timeout=20).read().decode())')}")

    return run


@pytest.fixture(scope="module")
def plan(host):
    """The catalogue as the plan of the host has it."""
    return host.ansible.get_variables()["holdfast_catalogue"]


@pytest.fixture(scope="module", autouse=True)
def played(podman, ask):
    """The containers of the pods of this host and of one that only reads, after each has begun its work."""
    for path in PLAYED:
        podman.check(f"kube play {path}")
    wait(lambda: ask("PUT", f"{WITNESS}\n"))
    wait(lambda: podman.run(MAKE))
    return podman.find_containers()


def test_each_pod_has_the_level_and_the_user_of_the_catalogue(podman, plan, host):
    assert host.check_output("getenforce") == "Enforcing"
    for app, name, user in (("web", "web-web", "1000"), ("db", "db-db", "70"), ("web_ops", "web-ops-web-ops", "1000")):
        label = f"system_u:system_r:container_t:{plan['apps'][app]['level']}"
        assert podman.find_label(name) == (label, user)


def test_a_secret_is_read_by_its_pod_and_is_in_no_process_list(podman, host):
    podman.check("exec db-db sh -c 'test $POSTGRES_DATABASE = orders'")
    processes = host.check_output("ps axww -o args")
    assert "postgres" in processes and PASSWORD not in processes


def test_what_is_written_is_on_the_volume_as_its_owner_s(host):
    path = "/srv/holdfast/site/kube-play.txt"
    assert host.file(path).content_string == f"{WITNESS}\n"
    assert host.check_output(f"stat --format %u:%g {path}") == "1000:1000"


def test_a_binding_that_only_reads_cannot_write_where_its_neighbour_can(podman):
    podman.check("exec web-ops-web-ops sh -c 'cat /var/log/nginx/access-web.log > /dev/null'")
    assert podman.run("exec web-ops-web-ops sh -c 'echo never > /var/log/nginx/never'").rc != 0
    podman.check("exec web-web sh -c 'echo once > /var/log/nginx/never'")


@pytest.mark.parametrize(("app", "answer"), [("web", "0"), ("db", "77")])
def test_only_the_level_of_a_volume_reads_it(app, answer, podman, plan):
    """The same pod but for its level: user, groups and mounts are the web server's."""
    security = {"runAsUser": 1000, "runAsGroup": 1000, "seLinuxOptions": {"level": plan["apps"][app]["level"]}}
    command = {"command": ["/bin/sh", "-c", READ], "ports": [], "env": []}
    path = podman.alter("web.yaml", f"as-{app}", {"securityContext": security, "restartPolicy": "Never"}, command)
    podman.check(f"kube play {path}")
    assert podman.check(f"wait as-{app}-web").strip() == answer
    podman.check(f"kube down {path}")


def test_an_operation_runs_as_its_commands_say(podman, host):
    podman.check("kube down web-ops.yaml")
    host.check_output("sh -c 'cd /etc/holdfast/pods && sh -eu operations.txt'")
    assert "GoAccess" in host.file("/etc/holdfast/pods/operations.html").content_string
    assert podman.run("pod exists web-ops").rc == 1


def test_data_outlives_every_pod_and_its_storage(podman, played, ask):
    gone = {one["Id"] for one in played.values()}
    assert {played["web-web"]["Id"], played["db-db"]["Id"]} <= podman.find_stored()
    for path in ("web.yaml", "web.secrets.yaml", "db.yaml", "db.secrets.yaml"):
        podman.check(f"kube down --force {path}")
    assert not gone & podman.find_stored()
    kept = podman.check("secret ls --format '{{.Name}}'") + podman.check("volume ls --quiet")
    assert "db-" not in kept and "web-" not in kept
    assert ask("GET").rc != 0
    successor = podman.alter("web.yaml", "successor")
    for path in ("web.secrets.yaml", successor, "db.secrets.yaml", "db.yaml"):
        podman.check(f"kube play {path}")
    wait(lambda: ask("GET"))
    assert ask("GET").stdout.strip() == WITNESS
    wait(lambda: podman.run(LOOK))
    new = podman.find_containers()
    assert {"successor-web", "db-db"} <= set(new) and not gone & {one["Id"] for one in new.values()}
