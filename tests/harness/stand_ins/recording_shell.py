"""A real shell in which only stand-ins can be reached: each writes down the words that it was called with."""

import os
import shutil
import subprocess
from pathlib import Path

PROGRAMS = (
    "docker", "curl", "python", "pytest", "openssl", "tcpdump", "nsenter", "ethtool", "turnutils_uclient", "getent",
    "printenv", "chromium", "modprobe", "grep", "sed", "tr", "head", "cat", "mktemp", "seq", "ss",
)  # fmt: skip
RECORDER = """#!/bin/sh
{ printf '%s\\0' "${0##*/}" "$@"; } > "$CALLS/$$"
echo printed
"""
SHELLS = tuple(
    {
        Path(found).resolve(): found for name in ("bash", "dash", "sh") if (found := shutil.which(name))
    }.values()
)
"""Those of this machine; `sh` is most often one of the others."""


class RecordingShell:
    """Runs lines in a folder of its own; `made` are files that a line should not have made."""

    def __init__(self, folder: Path, shell: str) -> None:
        self.folder, self._shell = folder / "here", shell
        self._calls, self._tools = folder / "calls", folder / "tools"
        for each in (self.folder, self._calls, self._tools):
            each.mkdir()
        for name in PROGRAMS:
            (self._tools / name).write_text(RECORDER)
            (self._tools / name).chmod(0o755)
        (self._tools / "touch").symlink_to(str(shutil.which("touch")))

    def run(self, line: str) -> list[list[str]]:
        """The words of every program that the line called, whatever became of it."""
        for old in self._calls.iterdir():
            old.unlink()
        subprocess.run(
            [self._shell, "-c", line], cwd=self.folder, env={"PATH": str(self._tools), "CALLS": str(self._calls)},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        return [[os.fsdecode(w) for w in f.read_bytes().split(b"\0")[:-1]] for f in self._calls.iterdir()]

    @property
    def made(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir())
