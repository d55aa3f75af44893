"""Where the lab keeps things: a cache that may be deleted at any time, and one directory per running fleet."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CACHE = Path(
    os.environ.get("HOLDFAST_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "holdfast"
)
RUN = CACHE / "run"


class LabError(Exception):
    """Something the lab needs is missing or failed; the text says what to do."""


def say(text: str) -> None:
    """One line of progress for people, on standard error."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Announce a long step, then say how long it took."""
    say(f"{what} ...")
    begin = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - begin:.0f} s")


@contextmanager
def locked(what: str) -> Iterator[None]:
    """Let one process of this user at a time do something; others wait. Not for use within itself."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sudo(argv: list[str]) -> list[str]:
    """The command as root: itself for root, through sudo for others."""
    return argv if os.geteuid() == 0 else ["sudo", "-n", *argv]


def digest(paths: list[Path], *words: str) -> str:
    """A short key of the contents of files and trees, and of further words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]


def keep_newest(directory: Path, pattern: str, count: int) -> None:
    """Remove all but the newest entries of a cache directory."""
    found = sorted(directory.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in found[count:]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
