from __future__ import annotations

import pytest

SERVER = "10.77.0.11:/srv/volumes"


@pytest.fixture
def mount(host):
    """Mount an export by hand, as root of a host may; gives the mount point and how the command ended."""
    places = []

    def attach(volume, options):
        place = f"/srv/by-hand-{len(places)}"
        places.append(place)
        host.check_output(f"mkdir -p {place}")
        words = f"nosharecache,soft,timeo=100,retrans=1,{options}"
        return place, host.run(f"mount -t nfs4 -o {words} {SERVER}/{volume} {place}")

    yield attach
    for place in places:
        host.run(f"umount {place}; rmdir {place}")


@pytest.fixture
def write(host):
    """Make a file in a directory as the owner of the volumes, and take it away; gives how that ended."""

    def touch(place):
        return host.run(
            f"setpriv --reuid 1000 --regid 1000 --clear-groups sh -c 'touch {place}/probe && rm {place}/probe'"
        )

    return touch


@pytest.fixture
def level(host):
    """The SELinux level of a volume on this host, as its mount carries it."""

    def find(volume):
        options = host.check_output(f"findmnt -n -o OPTIONS /srv/holdfast/{volume}")
        return options.partition("container_file_t:")[2].partition('"')[0]

    return find
