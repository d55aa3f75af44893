# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import hashlib
import http.server
import os
import stat
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import root_tree
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System

PYTHON = sys.executable


def test_a_whole_tree_gets_its_name_at_once(tmp_path):
    (tmp_path / "part" / "usr").mkdir(parents=True)
    root_tree.settle(str(tmp_path / "part"), str(tmp_path / "whole"))
    assert os.listdir(tmp_path / "whole") == ["usr"]
    with pytest.raises(HostError, match="cannot rename .*part: No such file"):
        root_tree.settle(str(tmp_path / "part"), str(tmp_path / "x"))


def test_a_name_is_on_disk_before_anything_is_made_to_use_it(tmp_path, monkeypatch):
    (tmp_path / "part").mkdir()
    flushed = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: flushed.append((os.readlink(f"/proc/self/fd/{handle}"), os.listdir(handle)))
    )
    root_tree.settle(str(tmp_path / "part"), str(tmp_path / "whole"))
    assert flushed == [(str(tmp_path), ["whole"])]


def test_make_inside_makes_directories_and_empty_files_whatever_the_umask(tmp_path):
    old = os.umask(0o077)
    try:
        root_tree.make_inside(str(tmp_path), "/deep/er")
        root_tree.make_inside(str(tmp_path), "/etc/hosts", "file")
    finally:
        os.umask(old)
    modes = [stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("deep", "deep/er", "etc", "etc/hosts")]
    assert modes == [0o755, 0o755, 0o755, 0o644]


def test_make_inside_leaves_what_is_there(tmp_path):
    (tmp_path / "etc").mkdir(mode=0o700)
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1")
    root_tree.make_inside(str(tmp_path), "/etc")
    root_tree.make_inside(str(tmp_path), "/etc/hosts", "file")
    assert (tmp_path / "etc" / "hosts").read_text() == "127.0.0.1"
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) == 0o700


@pytest.mark.parametrize("path", ["/out/made", "/in/out/made", "/out"])
def test_make_inside_follows_no_link_out_of_the_tree(tmp_path, path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "in").mkdir(parents=True)
    outside.mkdir()
    for link in (root / "out", root / "in" / "out"):
        link.symlink_to(outside)
    root_tree.make_inside(str(root), path)
    root_tree.make_inside(str(root), f"{path}/file", "file")
    assert os.listdir(outside) == []
    assert (root / "out").is_symlink()


def test_find_missing_names_what_a_tree_lacks(tmp_path):
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    (tmp_path / "bin").symlink_to("usr/bin")
    asked = ["/usr", "/usr/bin/getent", "/file/below", "/nowhere", "/bin", "/bin/whatever"]
    assert root_tree.find_missing(str(tmp_path), asked) == ["/usr/bin/getent", "/file/below", "/nowhere"]


def test_find_digest_is_that_of_the_whole_file(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * (3 << 20))
    assert root_tree.find_digest(str(tmp_path / "big")) == hashlib.sha256(b"x" * (3 << 20)).hexdigest()
    with pytest.raises(HostError, match="cannot read .*gone: No such file"):
        root_tree.find_digest(str(tmp_path / "gone"))


@pytest.fixture
def server():
    """A web server on loopback with the file /root.tar; ``slow`` makes it send that a byte at a time."""

    class Handler(http.server.BaseHTTPRequestHandler):
        slow = False

        def do_GET(self):
            found = self.path == "/root.tar"
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", "9" if found else "0")
            self.end_headers()
            for byte in b"hold fast" if found else b"":
                self.wfile.write(bytes([byte]))
                time.sleep(0.2 if self.slow else 0)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        running.url, running.handler = f"http://127.0.0.1:{running.server_port}/root.tar", Handler
        yield running
        running.shutdown()


HELD = hashlib.sha256(b"hold fast").hexdigest()


@pytest.fixture
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_download_keeps_what_has_the_digest(server, tmp_path, no_proxy):
    (tmp_path / "root.tar").write_text("left by an interrupted run, and longer than what comes")
    root_tree.download(server.url, str(tmp_path / "root.tar"), HELD, 30)
    assert (tmp_path / "root.tar").read_text() == "hold fast"


def test_download_leaves_nothing_of_another_file(server, tmp_path, no_proxy):
    with pytest.raises(HostError, match=f"is not what was asked for: its digest is sha256:{HELD}, not sha256:0000"):
        root_tree.download(server.url, str(tmp_path / "root.tar"), "0" * 64, 30)
    assert os.listdir(tmp_path) == []


def test_download_explains_what_it_cannot_fetch(server, tmp_path, no_proxy):
    with pytest.raises(HostError, match=r"cannot fetch http://127.0.0.1:\d+/gone.tar: HTTP Error 404"):
        root_tree.download(server.url.replace("root", "gone"), str(tmp_path / "root.tar"), HELD, 30)
    port = server.server_port
    server.server_close()
    with pytest.raises(HostError, match="cannot fetch .*(refused|reset)"):
        root_tree.download(f"http://127.0.0.1:{port}/root.tar", str(tmp_path / "root.tar"), HELD, 30)
    assert os.listdir(tmp_path) == []


def test_download_gives_up_at_its_limit(server, tmp_path, no_proxy, monkeypatch):
    monkeypatch.setattr(root_tree, "_CHUNK", 1)
    server.handler.slow = True
    with pytest.raises(HostError, match="it took more than 0.5 s"):
        root_tree.download(server.url, str(tmp_path / "root.tar"), HELD, 0.5)
    assert os.listdir(tmp_path) == []


REMOVAL = """
import sys
from ansible_collections.holdfast.volumes.plugins.module_utils import root_tree
from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError, System
try:
    root_tree.remove(System(), *sys.argv[1:])
except HostError as error:
    print(error)
"""


def as_root(*argv):
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    path = f"PYTHONPATH={os.pathsep.join(path for path in sys.path if path)}"
    return subprocess.run([*prefix, "env", path, *argv], capture_output=True, text=True, check=True, timeout=60).stdout


def test_removing_takes_a_whole_tree_and_nothing_beside_it(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "old" / "link").symlink_to(tmp_path / "new")
    (tmp_path / "part.tar").write_text("")
    for name in ("old", "part.tar", "gone"):
        assert as_root(PYTHON, "-c", REMOVAL, str(tmp_path), name) == ""
    assert os.listdir(tmp_path) == ["new"]
    assert (tmp_path / "new" / "usr" / "bin").exists()


def test_removing_reaches_no_volume_that_is_bound_or_mounted_in_the_tree(tmp_path):
    volume, images = tmp_path / "volume", tmp_path / "images"
    for path in (volume, images / "old" / "data", images / "old" / "memory", images / "old" / "usr"):
        path.mkdir(parents=True)
    (volume / "rows").write_text("precious")
    # In a namespace of the test's own; the removal runs there with the volumes in place and visible.
    script = (
        f"mount --bind {volume} {images}/old/data && mount -t tmpfs none {images}/old/memory && "
        f"echo kept > {images}/old/memory/file && test -e {images}/old/data/rows && "
        f'"$0" -c "$1" {images} old && cat {volume}/rows'
    )
    # The kernel keeps what is a mount point; the caller refuses such a tree before it comes to that.
    told = as_root("unshare", "--mount", "sh", "-c", script, PYTHON, REMOVAL)
    assert told == f"cannot remove {images}/old: Device or resource busy\nprecious"
    assert (volume / "rows").read_text() == "precious"


@pytest.mark.parametrize("name", ["", ".", "..", "../volume", "a/b"])
def test_removing_takes_one_name_only(tmp_path, name):
    (tmp_path / "volume").mkdir()
    with pytest.raises(HostError, match=r"is no name in .*; nothing was removed"):
        root_tree.remove(System(), str(tmp_path), name)
    assert os.listdir(tmp_path) == ["volume"]
