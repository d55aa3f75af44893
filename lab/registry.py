"""The lab's container registry: images from Debian packages, served on loopback to the fleet."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .containers import ensure
from .paths import CACHE, RUN, LabError, timed
from .prepare import find

PORT = int(os.environ.get("HOLDFAST_LAB_REGISTRY_PORT", "5005"))
URL = f"http://127.0.0.1:{PORT}/v2/"
CONFIGURATION = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {store}}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def start() -> None:
    """Serve every image of the lab; guests reach this machine's loopback as 10.0.2.2."""
    images = ensure()
    if not (_pid() and _answers()):
        _serve()
    for name, layout in images.items():
        _push(name, layout)


def stop() -> None:
    """End the registry; one that does not run is fine."""
    pid = _pid()
    if pid:
        os.kill(pid, signal.SIGTERM)
    (RUN / "registry.pid").unlink(missing_ok=True)


def _serve() -> None:
    if _answers():
        raise LabError(f"port {PORT} on loopback is taken by another program; set HOLDFAST_LAB_REGISTRY_PORT")
    RUN.mkdir(parents=True, exist_ok=True)
    configuration = RUN / "registry.yml"
    configuration.write_text(CONFIGURATION.format(store=CACHE / "registry", port=PORT))
    with (RUN / "registry.log").open("ab") as log:
        child = subprocess.Popen(
            [find("docker-registry") or "docker-registry", "serve", str(configuration)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    (RUN / "registry.pid").write_text(str(child.pid))
    for dummy in range(100):
        if _answers():
            return
        time.sleep(0.1)
    raise LabError(f"the registry does not answer; its log is {RUN / 'registry.log'}")


def _push(name: str, layout: Path) -> None:
    mark = CACHE / "registry" / "pushed" / f"{name}-{layout.name}"
    if mark.exists():
        return
    with timed(f"pushing {name} to the lab's registry"):
        target = f"docker://127.0.0.1:{PORT}/{name}:1"
        # Without the last it compresses the layer.
        flags = ["--insecure-policy", "--dest-tls-verify=false", "--preserve-digests"]
        subprocess.run(
            ["skopeo", "copy", "-q", *flags, f"oci:{layout}:1", target],
            check=True,
            # A configuration of its own: a user's log-ins and mirrors must not matter here.
            env={**os.environ, "REGISTRY_AUTH_FILE": str(RUN / "auth.json")},
        )
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _pid() -> int:
    try:
        number = int((RUN / "registry.pid").read_text())
        return number if b"docker-registry" in Path(f"/proc/{number}/cmdline").read_bytes() else 0
    except (OSError, ValueError):
        return 0


def _answers() -> bool:
    # Loopback is never behind a proxy, whatever the environment says.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(URL, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False
