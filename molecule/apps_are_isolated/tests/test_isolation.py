"""An app reaches its own volumes and no other's, whatever it is given by hand; what is shared stays so."""

from __future__ import annotations

testinfra_hosts = ["ansible://app1", "ansible://app2"]

APPS = ["blue-docker", "blue-podman", "red-docker", "red-nspawn", "red-podman"]
OTHER = {"red": "blue", "blue": "red"}
# The image has a shell and little else, and takes seconds to start. 77 is the answer of a shell that runs and may not.
USE = "echo held > /srv/www/secret && read -r line < /srv/www/secret && test $line = held"
INTRUDE = "echo taken > /srv/www/secret && exit 1; read -r line < /srv/www/secret && exit 2; exit 77"
COUNT = "n=0; while read -r line; do n=$((n+1)); done < /srv/www/access-{}.log && test $n -ge 2 || exit 1"


def categories(level):
    """The categories of s0:c1,c2."""
    return {*level.partition(":")[2].split(",")}


def test_each_volume_has_a_level_of_its_own_the_same_on_every_host(catalogue, levels):
    assert levels == {name: volume["level"] for name, volume in catalogue["volumes"].items()}
    assert len(set(levels.values())) == len(levels) == 3
    assert all(len(categories(level)) == 2 for level in levels.values())


def test_every_app_runs_at_exactly_the_levels_of_its_volumes(units, levels):
    assert len(units) >= 2
    for app, unit in units.items():
        assert categories(unit["level"]) == categories(levels[app.partition("-")[0]]) | categories(levels["shared"])


def test_a_bind_by_hand_of_the_other_apps_volume_opens_nothing(units, attempt):
    for app in units:
        colour = app.partition("-")[0]
        assert attempt(app, colour, USE) == 0, app
    for app in units:
        assert attempt(app, OTHER[app.partition("-")[0]], INTRUDE) == 77, app


def test_what_all_share_is_read_by_each_on_every_host_after_replacement(units, attempt):
    for app in units:
        assert attempt(app, "shared", "; ".join(map(COUNT.format, APPS))) == 0, app
