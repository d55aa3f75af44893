# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet that was set up by hand, as adopt_facts tells of it: a server and a host with one of everything."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Bind, Box, Share, render
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_stores import Fleet

ADDRESSES = {"nfs1": "10.77.0.11", "app1": "10.77.0.21"}
SHARED = ("rw", "sync", "no_subtree_check")
OWNED = {"kind": "directory", "owner": 1000, "group": 1000, "mode": "0750"}


def make_look(**keys):
    empty = {"names": [], "addresses": [], "shares": [], "exports": [], "volumes": [], "boxes": []}
    given = {
        key: [render(one) for one in value] if key in ("shares", "volumes", "boxes") else value
        for key, value in keys.items()
    }
    return {**empty, "directories": {}, "unread": [], **given}


def make_export(path, host="10.77.0.0/24", options=(*SHARED, "no_root_squash")):
    return {"file": "/etc/exports", "path": path, "host": host, "options": sorted(options)}


def make_share(path, name, origin="fstab", options=("defaults",), server="10.77.0.11", **keys):
    return Share(origin, name, f"{server}:{path}", options=tuple(options), **keys)


def make_box(name="web", *binds, **keys):
    known = {"engine": "docker", "image": "nginx:1", "origin": f"the container {name}", **keys}
    return Box(name=name, binds=tuple(binds), **known)


def make_fleet(server=None, client=None, foreign=False, addresses=None, **others):
    looks = {"nfs1": server or make_look(), "app1": client or make_look(), **others}
    return Fleet(looks, addresses or ADDRESSES, foreign)


def make_hand_made(foreign=False):
    """One volume by fstab, one by Docker, one by a mount unit; and a container on a disk of Docker's own."""
    server = make_look(
        names=["nfs1"],
        addresses=["10.0.2.15", "10.77.0.11"],
        exports=[
            make_export("/srv/exports/site"),
            make_export("/srv/exports/logs", "*", (*SHARED, "all_squash", "anonuid=1000", "anongid=1000")),
            make_export("/srv/exports/reports", "10.77.0.21", ("ro", "sync", "no_subtree_check", "root_squash")),
        ],
        directories={f"/srv/exports/{name}": OWNED for name in ("site", "logs", "reports")},
    )
    client = make_look(
        names=["app1"],
        addresses=["10.0.2.15", "10.77.0.21"],
        shares=[
            make_share("/srv/exports/site", "/mnt/site", file="/etc/fstab"),
            make_share("/srv/exports/reports", "/mnt/reports", "unit", ["ro", "noexec"], file="mnt-reports.mount"),
        ],
        volumes=[
            Share("docker", "shop_logs", "10.77.0.11:/srv/exports/logs", "nfs", ("nfsvers=4.2", "rw")),
            Share("docker", "shop_rows", "", "local"),
        ],
        boxes=[
            make_box(
                "web",
                Bind("/srv/www", path="/mnt/site/html", read_only=True),
                Bind("/var/log/nginx", volume="shop_logs"),
                user="1000:1000",
                ports=("8080:8080",),
                variables=("TOKEN",),
                unsaid=("the network shop_default",),
            ),
            make_box("db", Bind("/var/lib/postgresql/data", volume="shop_rows")),
            make_box("reader", Bind("/srv/www", path="/mnt/reports", read_only=True), engine="podman", user="70"),
        ],
        directories={"/mnt/site/html": OWNED, "/mnt/site": OWNED, "/mnt/reports": OWNED},
    )
    return make_fleet(server, client, foreign)
