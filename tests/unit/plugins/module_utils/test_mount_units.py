# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import mount_units
from ansible_collections.holdfast.volumes.plugins.module_utils.mount_units import MountUnit

CONTEXT = 'context="system_u:object_r:container_file_t:s0:c12,c500"'
# Each name is the output of systemd-escape --path --suffix=mount of systemd 252.
NAMES = {
    "/srv/holdfast/content": "srv-holdfast-content.mount",
    "/srv/holdfast/my-app": r"srv-holdfast-my\x2dapp.mount",
    "/srv/holdfast/a.b_c": "srv-holdfast-a.b_c.mount",
    "/srv/holdfast/.hid": "srv-holdfast-.hid.mount",
    "/srv/x y/ä": r"srv-x\x20y-\xc3\xa4.mount",
    "/": "-.mount",
    "/.a": r"\x2ea.mount",
    "/srv/a:b@c%d\\e": r"srv-a:b\x40c\x25d\x5ce.mount",
}


@pytest.mark.parametrize(("path", "name"), NAMES.items())
def test_names_are_those_of_systemd_escape(path, name):
    assert mount_units.find_name(path) == name
    assert mount_units.unescape_path(name[: -len(".mount")]) == path


def test_double_and_trailing_slashes_are_one_path():
    assert mount_units.find_name("/srv//double/") == "srv-double.mount"


UNIT = MountUnit(
    where="/srv/holdfast/content",
    what="10.77.0.11:/srv/volumes/content",
    fstype="nfs4",
    options=("nfsvers=4.2", "hard", CONTEXT, "rw"),
    description="Volume content",
)


@pytest.mark.parametrize(
    ("option", "helpers"),
    [
        ("xprtsec=mtls", "tlshd.service"),
        ("sec=krb5p", "auth-rpcgss-module.service gssproxy.service rpc-gssd.service"),
    ],
)
def test_a_mount_waits_for_what_makes_its_connection(option, helpers):
    text = mount_units.render(replace(UNIT, options=(*UNIT.options, option)))
    assert f"\nAfter=nfs-server.service {helpers}\nWants={helpers}\n" in text
    assert mount_units.parse(text) == replace(UNIT, options=(*UNIT.options, option))


def test_a_unit_boots_without_its_server_and_waits_for_it():
    assert mount_units.render(UNIT) == (
        "# Managed by holdfast.volumes\n"
        "[Unit]\n"
        "Description=Volume content\n"
        "After=nfs-server.service\n"
        "\n"
        "[Mount]\n"
        "What=10.77.0.11:/srv/volumes/content\n"
        "Where=/srv/holdfast/content\n"
        "Type=nfs4\n"
        f"Options=nfsvers=4.2,hard,{CONTEXT},rw,_netdev,nofail,retry=10000\n"
        "TimeoutSec=infinity\n"
        "\n"
        "[Install]\n"
        "WantedBy=remote-fs.target\n"
    )


@pytest.mark.parametrize(
    "unit",
    [
        UNIT,
        MountUnit("/srv/holdfast/a", "h:/50%20off", "nfs", (), "Volume 100%"),
        MountUnit("/srv/holdfast/a", "[fd00::1]:/a", "nfs4", ("retry=5", "soft"), "Volume a"),
    ],
)
def test_what_is_written_is_read_back(unit):
    assert mount_units.parse(mount_units.render(unit)) == unit


def test_a_percent_sign_is_no_specifier():
    assert "What=h:/50%%20off\n" in mount_units.render(MountUnit("/a", "h:/50%20off", "nfs4", ()))


def test_a_retry_of_the_user_is_kept():
    assert "Options=retry=5,_netdev,nofail\n" in mount_units.render(MountUnit("/a", "h:/a", "nfs4", ("retry=5",)))


def test_comments_are_not_read():
    assert mount_units.parse("# a=b\n; c=d\n\n[Mount]\nWhere = /a\nWhat=h:/x=y\n").what == "h:/x=y"


def test_a_unit_without_a_mount_point_is_refused():
    with pytest.raises(ValueError, match="Where"):
        mount_units.parse("[Mount]\nWhat=h:/a\n")
