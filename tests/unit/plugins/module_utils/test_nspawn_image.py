from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import (
    container_records,
    nspawn_image,
    nspawn_rules,
    root_tree,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.container_records import parse_units
from ansible_collections.holdfast.volumes.plugins.module_utils.host import FileState, HostError, System

WEB = {"name": "web", "engine": "nspawn", "image": "nginx", "command": ["nginx"], "user": "1000:1000"}
PODMAN = {"name": "pod", "engine": "podman", "image": "r/x"}
DATA = [{"source": "/srv/holdfast/site", "target": "/deep/er/data"}]
FILE = FileState("file", 0o644, 0, 0)


def make(**options):
    return parse_units([{**WEB, **options}])[0]


@pytest.fixture
def images(tmp_path, monkeypatch):
    """A directory for images in place of the real one."""
    directory = str(tmp_path / "images")
    monkeypatch.setattr(nspawn_rules, "IMAGES", directory)
    monkeypatch.setattr(nspawn_image, "IMAGES", directory)
    assert directory == container_records.nspawn_rules.IMAGES
    return directory


@pytest.fixture
def system(monkeypatch):
    """The real doors, but for a mount namespace, which is root's; test_root_tree.py has that."""

    def remove(system, directory, name):
        subprocess.run(["rm", "-rf", "--one-file-system", f"{directory}/{name}"], check=True)

    monkeypatch.setattr(root_tree, "remove", remove)
    monkeypatch.setattr(System, "has", lambda self, program: False)
    return System()


@pytest.fixture
def trees(monkeypatch):
    """A third door that leads nowhere; every archive has the digest ccc..., and no tree lacks anything."""
    fake = create_autospec(root_tree)
    fake.find_missing.return_value, fake.find_digest.return_value = [], "c" * 64
    monkeypatch.setattr(nspawn_image, "root_tree", fake)
    return fake


@pytest.fixture
def archive(tmp_path):
    """A tar of a small root, and its digest."""
    root = tmp_path / "root"
    for path in ("usr/bin", "etc", "srv"):
        (root / path).mkdir(parents=True)
    (root / "usr/bin/getent").write_text("")
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
    path = tmp_path / "root.tar.gz"
    flags = ["--owner=0", "--group=0"] if os.geteuid() == 0 else []
    subprocess.run(["tar", "-C", str(root), *flags, "-czf", str(path), "."], check=True)
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


def provided(system, archive):
    unit = make(image_archive=archive[0], mounts=DATA)
    (unit,) = nspawn_image.resolve(system, [unit])
    nspawn_image.provide(system, unit, 60)
    return unit


def test_an_archive_is_unpacked_once_under_its_digest(system, images, archive):
    unit = provided(system, archive)
    assert unit.root == f"{images}/{archive[1]}"
    assert os.path.exists(f"{unit.root}/usr/bin/getent")
    os.unlink(f"{unit.root}/usr/bin/getent")
    with pytest.raises(HostError, match="web: the root image has no /usr/bin/getent"):
        provided(system, archive)
    assert os.listdir(images) == [archive[1]]
    assert stat.S_IMODE(os.stat(images).st_mode) == 0o700


def test_an_image_is_on_disk_before_it_has_its_name(system, images, archive, monkeypatch):
    found = []
    check = System.check

    def watch(self, argv, timeout):
        if argv[0] == "sync":
            assert argv[:2] == ["sync", "--file-system"]
            found.append((os.path.exists(f"{argv[2]}/usr/bin/getent"), os.listdir(images)))
        return check(self, argv, timeout)

    monkeypatch.setattr(System, "check", watch)
    provided(system, archive)
    assert found == [(True, [f".{archive[1]}.part"])]


def test_an_image_that_cannot_be_put_on_disk_is_none(system, images, archive, monkeypatch):
    check = System.check

    def fail(self, argv, timeout):
        return check(self, ["false", *argv] if argv[0] == "sync" else argv, timeout)

    monkeypatch.setattr(System, "check", fail)
    with pytest.raises(HostError, match="sync --file-system"):
        provided(system, archive)
    assert os.listdir(images) == []


def test_what_is_mounted_on_is_made_in_our_image(system, images, archive):
    unit = provided(system, archive)
    for path in ("deep/er/data", "proc", "run"):
        assert os.path.isdir(f"{unit.root}/{path}"), path
    assert os.path.isfile(f"{unit.root}/etc/resolv.conf")
    assert Path(unit.root, "etc/passwd").read_text(encoding="ascii").startswith("root:")


def test_a_link_in_the_image_leads_nowhere_on_the_host(system, images, archive, tmp_path):
    unit = provided(system, archive)
    os.symlink(str(tmp_path), f"{unit.root}/out")
    moved = make(image_archive=archive[0], mounts=[{"source": "/srv/a", "target": "/out/escaped"}])
    nspawn_image.provide(system, nspawn_image.resolve(system, [moved])[0], 60)
    assert not (tmp_path / "escaped").exists()


def test_a_tar_that_is_no_root_is_refused_and_leaves_nothing(system, images, tmp_path):
    path = tmp_path / "saved.tar"
    (tmp_path / "manifest.json").write_text("{}")
    subprocess.run(["tar", "-C", str(tmp_path), "-cf", str(path), "manifest.json"], check=True)
    (unit,) = nspawn_image.resolve(system, [make(image_archive=str(path))])
    with pytest.raises(HostError, match=r"saved.tar holds no root file system, as it has no usr/"):
        nspawn_image.provide(system, unit, 60)
    assert os.listdir(images) == []


def test_what_an_interrupted_run_left_is_in_nobodys_way(system, images, archive):
    left = f"{images}/.{archive[1]}.part"
    os.makedirs(f"{left}/half")
    unit = provided(system, archive)
    assert not os.path.exists(f"{unit.root}/half")
    assert os.listdir(images) == [archive[1]]


def test_discarding_asks_the_one_door_for_it(trees):
    fake = create_autospec(System, instance=True)
    fake.read.return_value = "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
    nspawn_image.discard(fake, [f"{nspawn_rules.IMAGES}/{'a' * 64}"])
    trees.remove.assert_called_once_with(fake, nspawn_rules.IMAGES, "a" * 64)


def test_an_image_with_a_volume_mounted_in_it_is_left_alone(trees):
    fake = create_autospec(System, instance=True)
    old, other = (f"{nspawn_rules.IMAGES}/{letter * 64}" for letter in "ab")
    fake.read.return_value = f"9 1 0:49 / {old}/data rw - nfs4 nfs1:/srv/volumes/site rw\n"
    with pytest.raises(HostError, match=f"^{old}/data: mounted in a root image that is to go, so none was removed"):
        nspawn_image.discard(fake, [other, old])
    trees.remove.assert_not_called()


def test_a_directory_of_the_user_is_looked_at_and_never_written_to(system, images, tmp_path):
    root = tmp_path / "mine"
    unit = make(image_directory=str(root), mounts=DATA)
    with pytest.raises(HostError, match=r"web: there is no root image at .*/mine; make it first"):
        nspawn_image.provide(system, unit, 60)
    (root / "usr/bin").mkdir(parents=True)
    with pytest.raises(HostError, match=r"mine is read-only to its container and lacks /dev, .*/deep/er/data"):
        nspawn_image.provide(system, unit, 60)
    assert [path.name for path in root.iterdir()] == ["usr"]


def test_a_url_is_fetched_with_its_digest_before_it_is_unpacked(images, trees):
    fake = create_autospec(System, instance=True)
    fake.stat.return_value, fake.has.return_value, fake.read.return_value = None, True, ""
    unit = make(image_url="https://h/root.tar", image_digest="sha256:" + "a" * 64, user="")
    nspawn_image.provide(fake, unit, 60)
    trees.download.assert_called_once_with("https://h/root.tar", f"{images}/.{'a' * 64}.tar", "a" * 64, 60)
    trees.settle.assert_called_once_with(f"{images}/.{'a' * 64}.part", unit.root)
    assert ["restorecon", images] in [call.args[0] for call in fake.check.call_args_list]


def test_resolving_asks_only_what_nspawn_needs(trees):
    fake = create_autospec(System, instance=True)
    (unit,) = parse_units([PODMAN])
    assert nspawn_image.resolve(fake, [unit]) == [unit]
    fake.stat.assert_not_called()
    trees.find_digest.assert_not_called()


def test_each_archive_is_read_once_and_selinux_is_seen(trees):
    fake = create_autospec(System, instance=True)
    fake.stat.return_value = FILE
    one, two = make(image_archive="/srv/x.tar"), make(name="two", image_archive="/srv/x.tar")
    resolved = nspawn_image.resolve(fake, [one, two])
    assert [(unit.image_digest, unit.confined) for unit in resolved] == [("sha256:" + "c" * 64, True)] * 2
    trees.find_digest.assert_called_once_with("/srv/x.tar")


def test_missing_archives_are_all_named_before_anything_changes():
    fake = create_autospec(System, instance=True)
    fake.stat.return_value = None
    units = [make(image_archive="/srv/a.tar"), make(name="two", image_archive="/srv/b.tar")]
    with pytest.raises(
        HostError, match=r"no root image at /srv/a.tar \(web\), /srv/b.tar \(two\), nothing was changed"
    ):
        nspawn_image.resolve(fake, units)


def test_an_archive_with_another_digest_than_it_should_have_is_refused(trees):
    fake = create_autospec(System, instance=True)
    fake.stat.return_value = FILE
    with pytest.raises(HostError, match=r"web: /srv/a.tar has the digest sha256:ccc.*, not sha256:aaa"):
        nspawn_image.resolve(fake, [make(image_archive="/srv/a.tar", image_digest="sha256:" + "a" * 64)])
