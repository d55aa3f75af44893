"""Container images of real software, each built from Debian packages into an OCI layout."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .image import SUITE
from .paths import CACHE, PROJECT, LabError, digest, keep_newest, sudo, timed
from .prepare import archive

FILES = PROJECT / "lab/containers"


def ensure() -> dict[str, Path]:
    """The OCI layout of every image by name, built when the cache lacks it."""
    layouts = {path.name: _ensure(path) for path in sorted(FILES.iterdir()) if path.is_dir()}
    for name, layout in layouts.items():
        _note_layer(CACHE / "containers" / f"{name}.layer", layout)
    return layouts


def _note_layer(note: Path, layout: Path) -> None:
    """Write down the digest of an image's only layer: a tar of its whole root, which the registry serves as a blob."""
    (image,) = json.loads((layout / "index.json").read_text())["manifests"]
    manifest = json.loads((layout / "blobs" / image["digest"].replace(":", "/")).read_text())
    part = note.with_suffix(".part")
    part.write_text(manifest["layers"][0]["digest"])
    part.rename(note)


def _layout(source: Path) -> Path:
    key = digest([source, FILES / "build.sh", PROJECT / "lab/containers.py"], archive())
    return CACHE / "containers" / source.name / key


def _ensure(source: Path) -> Path:
    layout = _layout(source)
    if not (layout / "oci-layout").exists():
        with timed(f"building the container image {source.name}"):
            _build(source, layout)
        keep_newest(layout.parent, "*", 2)
    return layout


def _build(source: Path, layout: Path) -> None:
    recipe = json.loads((source / "image.json").read_text())
    shutil.rmtree(layout, ignore_errors=True)
    (layout / "blobs/sha256").mkdir(parents=True)
    tar = layout / "root.tar"
    words = [SUITE, archive(), ",".join(recipe["packages"]), str(source / "root"), str(tar), *recipe["keep"]]
    command = ["sh", str(FILES / "build.sh"), str(layout), *words]
    done = subprocess.run(sudo(command), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise LabError(f"image {source.name} could not be built:\n" + done.stderr[-2000:])
    if os.geteuid():
        subprocess.run(sudo(["chown", str(os.getuid()), str(tar)]), check=True)
    _pack(layout, tar, recipe["config"])


def _pack(layout: Path, tar: Path, config: dict[str, Any]) -> None:
    """Write an OCI image layout of one layer; https://github.com/opencontainers/image-spec/blob/main/image-layout.md."""
    with tar.open("rb") as plain:
        name = hashlib.file_digest(plain, "sha256").hexdigest()
    size = tar.stat().st_size
    tar.rename(layout / "blobs/sha256" / name)
    # Not compressed: that would be most of what a pull costs an emulated processor.
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{name}", "size": size}
    image = {
        "architecture": "amd64",
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    described = _blob(layout, json.dumps(image).encode(), "application/vnd.oci.image.config.v1+json")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": described, "layers": [layer]}
    entry = _blob(layout, json.dumps(manifest).encode(), kind)
    entry["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def _blob(layout: Path, content: bytes, kind: str) -> dict[str, Any]:
    name = hashlib.sha256(content).hexdigest()
    (layout / "blobs/sha256" / name).write_bytes(content)
    return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(content)}
