"""What the policy lets containers do, tried with real containers on real hosts."""

import pytest

IMAGE = "10.0.2.2:5005/nginx:1"
SITE = "/srv/holdfast/site"
# Podman is started by systemd, as at boot: from an ssh session it would label its directories for that session.
RUN = {
    "ansible://app1": "systemd-run --wait --quiet --collect podman run --rm --pull never",
    "ansible://app2": "docker run --rm --pull never",
}
testinfra_hosts = list(RUN)


def denials(host, since):
    """Parsed AVC denials since a time in seconds; fails when the host keeps no audit trail."""
    told = host.ansible("holdfast.volumes.selinux_contexts_info", f"denials_since={since}", check=False)
    assert told["denials"] is not None, told
    return told["denials"]


@pytest.fixture
def level(host):
    """The level of the shared volume, as the mount carries it."""
    options = host.check_output(f"findmnt -n -o OPTIONS {SITE}")
    return options.partition("container_file_t:")[2].partition('"')[0]


@pytest.fixture
def attempt(host):
    """Run a shell line in a throw-away container with a bind at /data; gives the exit status."""

    def run(source, line, *options):
        start = RUN[host.backend.get_connection_type() and f"ansible://{host.backend.host}"]
        words = [start, f"--user 1000:1000 --volume {source}:/data", *options, "--entrypoint /bin/sh", IMAGE]
        return host.run(f"{' '.join(words)} -c '{line}'").rc

    return run


def test_the_policy_is_enforced(host):
    assert host.check_output("getenforce") == "Enforcing"
    assert "permissive" not in host.check_output("cat /proc/cmdline")


def test_the_apps_ran_without_a_denial(host):
    begin = float(host.check_output("stat -c %Y /srv/holdfast"))
    ours = [one for one in denials(host, int(begin)) if "container_file_t" in one["tcontext"]]
    assert ours == []


def test_only_the_level_of_our_volume_opens_it(attempt, level):
    line = "echo held > /data/probe && rm /data/probe"
    assert attempt(SITE, line, "--security-opt label=level:s0:c1,c2") != 0
    assert attempt(SITE, line, f"--security-opt label=level:{level}") == 0


def test_an_unlabelled_directory_is_denied_until_it_has_a_label(host, attempt, level):
    # The policy keeps silent about this refusal (dontaudit), so the label alone is changed to see that it decides.
    bare = "/srv/unlabelled"
    host.check_output(f"mkdir -p {bare} && chown 1000:1000 {bare} && chcon -t var_t -l s0 {bare}")
    line, option = "echo held > /data/probe", f"--security-opt label=level:{level}"
    assert attempt(bare, line, option) != 0
    assert not host.file(f"{bare}/probe").exists
    host.check_output(f"chcon -t container_file_t -l {level} {bare}")
    assert attempt(bare, line, option) == 0


def test_the_running_apps_have_the_categories_of_their_volumes(host, level):
    told = host.ansible("holdfast.volumes.container_units_info", check=False)
    web = next(unit for unit in told["units"] if unit["name"].startswith("web"))
    assert set(level.partition("s0:")[2].split(",")) <= set(web["level"].partition("s0:")[2].split(","))
