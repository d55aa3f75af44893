# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_model import Bind, Share
from ansible_collections.holdfast.volumes.plugins.module_utils.adopt_quadlet import (
    find_environment_files,
    parse_container,
    parse_entries,
    parse_names,
    parse_volume,
)

PATH = "/etc/containers/systemd/web.container"
TEXT = r"""; by hand
[Unit]
Description=A site

[Container]
Image = registry.example.com/nginx:1
Exec=nginx -g "daemon off;" --token=secret
Environment=TOKEN=secret "NAME=my site"
Environment=MODE=a
EnvironmentFile=-/etc/web.env
PublishPort=127.0.0.1:8080:80
PublishPort=90
PublishPort=[::1]:53:53/udp
User=0
Group=1000
DropCapability=ALL
AddCapability=CAP_CHOWN \
  setuid
Volume=site.volume:/srv/www:ro,z
Volume=/srv/logs:/var/log
Volume=/scratch
Tmpfs=/tmp:size=64m
ReadOnly=true
Network=host
Secret=

[Install]
WantedBy=multi-user.target
"""


def test_a_container_is_read_without_a_value_of_its_environment():
    box = parse_container(PATH, TEXT, ["LATER"])
    assert (box.name, box.engine, box.image) == ("web", "podman", "registry.example.com/nginx:1")
    assert (box.user, box.start, box.read_only) == ("0:1000", "boot", True)
    assert box.ports == ("127.0.0.1:8080:80", "[::1]:53:53/udp")
    assert box.capabilities == ("CHOWN", "SETUID")
    assert box.tmpfs == ("/tmp:size=64m",)
    assert box.binds == (Bind("/srv/www", volume="site.volume", read_only=True), Bind("/var/log", path="/srv/logs"))
    assert box.variables == ("LATER", "MODE", "NAME", "TOKEN")
    assert box.unsaid == (
        "an anonymous volume at /scratch",
        "a port without a number of the host",
        "Network=",
    )
    assert (box.commanded, box.command) == (True, ())
    assert "secret" not in repr(box)


def test_the_command_is_told_on_request():
    assert parse_container(PATH, TEXT, (), True).command == ("nginx", "-g", "daemon off;", "--token=secret")


def test_what_nobody_starts_at_boot_is_on_demand():
    assert parse_container(PATH, "[Container]\nImage=x\n").start == "on_demand"


def test_an_empty_value_forgets_those_before():
    assert parse_entries("[A]\nX=1\nX=\nX=2%%\n#X=3\n") == {"A": {"X": ["2%"]}}


def test_the_names_of_an_environment_file_are_read_and_no_value():
    assert find_environment_files(TEXT) == ["/etc/web.env"]
    assert parse_names("# c\nA=secret\n\nB = x\nC\n") == ["A", "B", "C"]


def test_a_volume_is_a_share_where_it_mounts_nfs():
    text = "[Volume]\nType=nfs4\nDevice=10.77.0.11:/srv/site\nOptions=rw,nfsvers=4.2\n"
    path = "/etc/containers/systemd/site.volume"
    options = ("rw", "nfsvers=4.2")
    assert parse_volume(path, text) == Share("podman", "site.volume", "10.77.0.11:/srv/site", "nfs4", options, path)
    assert parse_volume(path, "[Volume]\n").source == ""


def test_no_option_of_another_file_system_is_told():
    share = parse_volume("x.volume", "[Volume]\nType=cifs\nDevice=//filer/x\nOptions=username=a,password=secret\n")
    assert (share.source, share.options) == ("", ())
