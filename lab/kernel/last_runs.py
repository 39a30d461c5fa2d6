"""What the last run in each guest came to: written to docs/kernels.json, from which docs/kernels.md has its table."""

import dataclasses
import datetime
import hashlib
import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.build.image_builds import PROJECT
from lab.kernel.guest import Guest

FILE = PROJECT / "docs" / "kernels.json"
ROOM = PROJECT / "lab"
_FACTS = (
    "uname -r; docker version --format '{{.Server.Version}}'; docker info --format '{{.CgroupVersion}}'; "
    "grep CapBnd /proc/1/status"
)
_SYS_RESOURCE = 24
"""The capability without which an engine cannot start privileged containers (linux/capability.h)."""


@dataclass(frozen=True)
class Run:
    """One run: what carried it, and what came of it. `lab` is a hash of the lab's code at that time."""

    command: str
    carrier: str
    kernel: str
    engine: str
    cgroup: str
    privileged: bool
    date: str
    commit: str
    passed: int
    failed: int
    not_exercised: int
    seconds: int
    lab: str


def of_the_lab(room: Path = ROOM) -> str:
    """A hash of the lab's code: what a run in a guest speaks of."""
    digest = hashlib.sha256()
    for path in sorted(each for each in room.rglob("*") if each.suffix in (".py", ".sh", ".pl")):
        digest.update(f"{path.relative_to(room)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def made(
    guest: Guest, carrier: str, command: Sequence[str], junit: Path | None, status: int, seconds: float
) -> Run:
    """The record of a run that has ended, from its JUnit file, or else by its status, and from what the guest says of itself."""
    kernel, engine, cgroup, bounding = guest.answer(_FACTS, deadline_s=30).strip().splitlines()
    passed, failed, skipped = (int(status == 0), int(status != 0), 0) if junit is None else counted(junit)
    return Run(
        " ".join(command), carrier, kernel, engine, cgroup, bool(int(bounding.split()[1], 16) >> _SYS_RESOURCE & 1),
        datetime.datetime.now(datetime.UTC).date().isoformat(), _commit(), passed, failed, skipped, round(seconds), of_the_lab(),
    )  # fmt: skip


def counted(junit: Path) -> tuple[int, int, int]:
    """Passed, failed (errors too) and not exercised, by a JUnit file of our own."""
    suites = list(ET.parse(junit).getroot().iter("testsuite"))
    tests, failures, errors, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    return tests - failures - errors - skipped, failures + errors, skipped


def _commit() -> str:
    """The commit of the work tree, with a plus where files differ from it; empty without git."""
    words = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty=+", "--abbrev=7", "--exclude=*"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def known(file: Path = FILE) -> tuple[Run, ...]:
    """The runs on record."""
    return tuple(Run(**each) for each in json.loads(file.read_text("utf-8"))) if file.exists() else ()


def keep(run: Run, file: Path = FILE) -> None:
    """Write a run in the place of the last one of the same command in the same kind of guest."""
    others = [each for each in known(file) if (each.carrier, each.command) != (run.carrier, run.command)]
    every = sorted((*others, run), key=lambda each: (each.carrier, each.command))
    file.write_text(json.dumps([dataclasses.asdict(each) for each in every], indent=2) + "\n", "utf-8")
