"""Docker's own reading of stack files: `docker stack config`, which needs the client and no engine.

No verdict asks it: whether a client is installed, and which, must not change one. It is what our own reading is held
against: tests ask it about every form that we know.
"""

import functools
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.compose import yaml_file

DEADLINE_S = 10
"""It takes 0.05 s; a client that hangs on a context of its own must not hang the run."""
OLDEST = 25
"""The first client whose schema has `start_interval`; an older one would refuse what the nodes (26.1) take."""
_KEY = re.compile(
    r"\b(?:services|networks|volumes|secrets|configs)(?:\.[\w-]+)+|'(?P<decoded>[A-Z]\w*(?:\.\w+)+)'"
)


@dataclass(frozen=True)
class Refusal:
    """Docker's words on files that it would not deploy."""

    words: str

    @property
    def path(self) -> tuple[str, ...]:
        """The key that they speak of, empty when they name none."""
        found = _KEY.search(self.words)
        return () if found is None or found["decoded"] else tuple(found[0].split("."))


@functools.cache
def client() -> str | None:
    """The docker client that can be asked, None where there is none or an old one."""
    program = shutil.which("docker")
    if program is None:
        return None
    found = re.search(r"version (\d+)", _run([program, "--version"], {}).stdout)
    return program if found and int(found[1]) >= OLDEST else None


def _run(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env=dict(environment),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=DEADLINE_S,
        check=False,
    )


def read(
    program: str, files: Sequence[Path], environment: Mapping[str, str]
) -> dict[str, Any] | Refusal | None:
    """What the files come to, Docker's refusal of them, or None where the client itself did not work."""
    options = [part for file in files for part in ("-c", str(file))]
    try:
        done = _run([program, "stack", "config", *options], environment)
    except (subprocess.TimeoutExpired, OSError):
        return None
    if done.returncode != 0:
        words = " ".join(line for line in done.stderr.splitlines() if "level=warning" not in line)
        return (
            None if "unknown command" in words or "not a docker command" in words else Refusal(words.strip())
        )
    printed = yaml_file.plain(done.stdout)
    return printed if isinstance(printed, dict) else None
