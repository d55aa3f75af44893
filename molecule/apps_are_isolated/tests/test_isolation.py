"""An app reaches its own volumes and no other's, whatever it is given by hand; what is shared stays so."""

from __future__ import annotations

testinfra_hosts = ["ansible://app1", "ansible://app2"]

APPS = ["blue-docker", "blue-podman", "red-docker", "red-nspawn", "red-podman"]
OTHER = {"red": "blue", "blue": "red"}
# The image has a shell and little else.
WRITE = "echo held > /srv/www/secret"
READ = "read -r line < /srv/www/secret && echo $line"
COUNT = "for log in /srv/www/access-*.log; do n=0; while read -r line; do n=$((n+1)); done < $log; echo $log $n; done"


def categories(level):
    """The categories of s0:c1,c2."""
    return {*level.partition(":")[2].split(",")}


def test_each_volume_has_a_level_of_its_own_the_same_on_every_host(host, levels):
    wanted = host.ansible.get_variables()["holdfast_catalogue"]["volumes"]
    assert levels == {name: volume["level"] for name, volume in wanted.items()}
    assert len(set(levels.values())) == len(levels) == 3
    assert all(len(categories(level)) == 2 for level in levels.values())


def test_every_app_runs_at_exactly_the_levels_of_its_volumes(units, levels):
    assert len(units) >= 2
    for app, unit in units.items():
        assert categories(unit["level"]) == categories(levels[app.partition("-")[0]]) | categories(levels["shared"])


def test_a_bind_by_hand_of_the_other_apps_volume_opens_nothing(units, attempt):
    for app in units:
        colour = app.partition("-")[0]
        own = attempt(app, colour, f"{WRITE} && {READ}")
        assert (own.rc, own.stdout.strip()) == (0, "held"), (app, own.stderr)
    for app in units:
        other = OTHER[app.partition("-")[0]]
        for line in (WRITE, READ):
            refused = attempt(app, other, line)
            assert refused.rc != 0, (app, refused.stdout)
            assert "secret: Permission denied" in refused.stderr + refused.stdout, (app, refused.stderr)


def test_what_all_share_is_read_by_each_on_every_host_after_replacement(units, attempt):
    for app in units:
        found = attempt(app, "shared", COUNT)
        lines = dict(line.split() for line in found.stdout.splitlines())
        assert {f"/srv/www/access-{name}.log" for name in APPS} == lines.keys(), (app, found.stderr)
        assert all(int(count) >= 2 for count in lines.values()), (app, lines)
