"""A machine with no Docker and no network, for a pytest in a process of its own: what it may not have, it cannot."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DEADLINE_S = 120
"""One run of a few tests takes 2 s, on a machine with other work five times that."""

# Read by every Python of the run, xdist's workers included, before anything else.
SITE = """\
import ipaddress, os, socket, sys

class NoDocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("docker", "testcontainers"):
            raise ImportError(f"BARE MACHINE: {name} was imported")

def watch(event, args):
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and args[0]:
        host = args[0].decode() if isinstance(args[0], bytes) else str(args[0])
        try:
            ipaddress.ip_address(host)
        except ValueError:
            if host != "localhost":
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        if not ipaddress.ip_address(args[1][0]).is_loopback:
            raise OSError(101, f"BARE MACHINE: {args[1][0]} was dialled")

if "docker" not in os.environ["BARE_MACHINE_HAS"]:
    sys.meta_path.insert(0, NoDocker())
sys.addaudithook(watch)
"""


@dataclass(frozen=True)
class Ended:
    """How a run ended: its status and all it printed."""

    status: int
    text: str


def run(folder: Path, *args: str, environ: Mapping[str, str] | None = None, has: Sequence[str] = ()) -> Ended:
    """`python ARGS` in the project's root. `has` may name `docker`: its packages, never an engine."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(SITE)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "DOCKER_", "PYTEST", "LAB_"))}
    given = {
        "PYTHONPATH": str(site),
        "BARE_MACHINE_HAS": " ".join(has),
        "DOCKER_CONFIG": str(folder / "none"),
    }
    given |= {"DOCKER_HOST": f"unix://{folder}/no-engine.sock"}
    done = subprocess.run(
        [sys.executable, *args],
        cwd=ROOT, env={**kept, **given, **(environ or {})}, timeout=DEADLINE_S,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout)


def pytest_run(
    folder: Path, *args: str, environ: Mapping[str, str] | None = None, has: Sequence[str] = ()
) -> Ended:
    """`pytest ARGS` there."""
    options = ["-m", "pytest", "-p", "no:cacheprovider", f"--basetemp={folder / 'base'}"]
    return run(folder, *options, *args, environ=environ, has=has)
