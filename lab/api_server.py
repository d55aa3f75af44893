"""A real API server of Kubernetes on loopback, built once from Debian's sources and kept in the cache.

No package index that the project uses has a server ready-made. Debian's package kubernetes builds the client alone, but
in Debian 12 its source is the whole of Kubernetes 1.20.2, with everything that it is made of.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .machine import free_port
from .paths import CACHE, LabError, locked, timed
from .prepare import archive

VERSION = "1.20.2"
PROGRAMS = CACHE / f"kube-apiserver-{VERSION}"
# etcd is ready-made; the compiler is the one of the same release.
PACKAGES = ("etcd-server", "golang-1.19-go", "golang-1.19-src")
FLAGS = [f"k8s.io/component-base/version.git{part}" for part in (f"Version=v{VERSION}", "Major=1", "Minor=20")]
TOKEN = "for-loopback-only"


@dataclass(frozen=True)
class Server:
    """Where a server listens, and the certificate by which it is known."""

    url: str
    certificate: Path


def provide() -> Path:
    """The directory of kube-apiserver and etcd; made unless the cache has it."""
    with locked("kube-apiserver"):
        if not PROGRAMS.exists():
            work = CACHE / "kube-apiserver-build"
            shutil.rmtree(work, ignore_errors=True)
            with timed(f"building kube-apiserver {VERSION} from Debian's sources (once; kept afterwards)"):
                fetch(work)
                build(work)
                (work / "programs").rename(PROGRAMS)
            shutil.rmtree(work)
    return PROGRAMS


def fetch(work: Path) -> None:
    """Download sources and packages by a package state of its own: the host's list of sources stays as it is."""
    (work / "lists/partial").mkdir(parents=True)
    (work / "root").mkdir()
    listing = work / "bookworm.list"
    listing.write_text("".join(f"{kind} {archive()} bookworm main\n" for kind in ("deb", "deb-src")))
    places = {"Etc::SourceList": listing, "Etc::SourceParts": "-", "State::Lists": work / "lists", "Cache": work}
    flags = [word for key, value in places.items() for word in ("-o", f"Dir::{key}={value}")]
    for words in (["update"], ["source", "--download-only", "kubernetes"], ["download", *PACKAGES]):
        run(["apt-get", "-q", *flags, *words], work)
    for package in work.glob("*.deb"):
        run(["dpkg-deb", "--extract", str(package), "root"], work)
    source = work / "path/src/k8s.io/kubernetes"
    source.mkdir(parents=True)
    (tarball,) = work.glob("kubernetes_*.orig.tar.gz")
    run(["tar", "--extract", "--strip-components=1", f"--file={tarball}"], source)


def build(work: Path) -> None:
    """Compile the server, with the description of its API, which is generated from its sources first."""
    source, programs = work / "path/src/k8s.io/kubernetes", work / "programs"
    programs.mkdir()
    generator = work / "openapi-gen"
    run(["go", "build", "-o", str(generator), "./vendor/k8s.io/kube-openapi/cmd/openapi-gen"], source, work)
    into = ["-p", "k8s.io/kubernetes/pkg/generated/openapi", "-O", "zz_generated.openapi", "-r", str(work / "report")]
    about = ["-h", "hack/boilerplate/boilerplate.generatego.txt", "-i", ",".join(find_described(source))]
    run([str(generator), *into, *about], source, work)
    flags = " ".join(["-s", "-w", *(f"-X {flag}" for flag in FLAGS)])
    run(["go", "build", "-ldflags", flags, "-o", str(programs), "./cmd/kube-apiserver"], source, work)
    shutil.copy2(work / "root/usr/bin/etcd", programs)


def find_described(source: Path) -> list[str]:
    """The packages whose types are described in the API."""
    found = set()
    for below, prefix in (("pkg", ""), ("cmd", ""), ("plugin", ""), ("staging/src/k8s.io", "vendor/k8s.io")):
        for path in (source / below).rglob("*.go"):
            if "+k8s:openapi-gen=" in path.read_text(encoding="utf-8"):
                directory = path.parent.relative_to(source / below if prefix else source)
                found.add(str(Path("k8s.io/kubernetes", prefix, directory)))
    return sorted(name for name in found if "/code-generator/" not in name and "/sample-apiserver/" not in name)


def run(command: Sequence[str], directory: Path, work: Path | None = None) -> None:
    """Run one step; its output is shown where it fails."""
    env = dict(os.environ)
    if work:
        root = work / "root/usr/lib/go-1.19"
        env |= {
            "PATH": f"{root}/bin:{env['PATH']}",
            "GOROOT": str(root),
            "GOPATH": str(work / "path"),
            "HOME": str(work),
        }
        env |= {"GO111MODULE": "off", "CGO_ENABLED": "0", "GOFLAGS": "", "GOCACHE": str(work / "go")}
    done = subprocess.run(
        command, cwd=directory, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise LabError(f"{command[0]} failed: {done.stdout[-2000:]}{done.stderr[-4000:]}")


@contextlib.contextmanager
def serve(directory: Path) -> Iterator[Server]:
    """A server that knows one user, on free ports of loopback, until the block ends."""
    programs = provide()
    client, peer, port = (free_port() for _one in range(3))
    key = directory / "key.pem"
    run(["openssl", "genrsa", "-out", str(key), "2048"], directory)
    tokens = directory / "tokens.csv"
    tokens.write_text(f"{TOKEN},tester,tester,system:masters\n")
    etcd = {
        "data-dir": directory / "etcd",
        "listen-client-urls": f"http://127.0.0.1:{client}",
        "advertise-client-urls": f"http://127.0.0.1:{client}",
        "listen-peer-urls": f"http://127.0.0.1:{peer}",
        "initial-advertise-peer-urls": f"http://127.0.0.1:{peer}",
        "initial-cluster": f"default=http://127.0.0.1:{peer}",
    }
    options = {
        "etcd-servers": f"http://127.0.0.1:{client}",
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": port,
        "cert-dir": directory / "certificates",
        "service-cluster-ip-range": "10.96.0.0/24",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": key,
        "service-account-signing-key-file": key,
        "authorization-mode": "RBAC",
        "token-auth-file": tokens,
    }
    server = Server(f"https://127.0.0.1:{port}", directory / "certificates" / "apiserver.crt")
    with start(programs / "etcd", etcd, directory), start(programs / "kube-apiserver", options, directory):
        wait(server, directory)
        yield server


@contextlib.contextmanager
def start(program: Path, options: dict[str, object], directory: Path) -> Iterator[None]:
    """A program with its log, ended with the block."""
    words = [str(program), *(f"--{key}={value}" for key, value in options.items())]
    with open(directory / f"{program.name}.log", "wb") as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def wait(server: Server, directory: Path) -> None:
    """Return when the server is ready and has made what every cluster has."""
    until = time.monotonic() + 180
    while time.monotonic() < until:
        with contextlib.suppress(OSError, urllib.error.URLError):
            context = ssl.create_default_context(cafile=str(server.certificate))
            for path in ("readyz", "api/v1/namespaces/default"):
                request = urllib.request.Request(f"{server.url}/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
                urllib.request.urlopen(request, timeout=10, context=context).close()
            return
        time.sleep(0.5)
    raise LabError(f"the API server did not come up: {(directory / 'kube-apiserver.log').read_text()[-4000:]}")
