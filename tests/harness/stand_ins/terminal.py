"""A terminal for a program: what it shows there, as a person would see it, and how it ends."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]")
ENDS_S = 120


@dataclass(frozen=True)
class Shown:
    """What was shown, colours and all, and the exit status."""

    raw: str
    status: int

    @property
    def lines(self) -> list[str]:
        """The lines without colours, none that are empty."""
        plain = ESCAPES.sub("", self.raw).replace("\r", "")
        return [line.rstrip() for line in plain.split("\n") if line.strip()]

    @property
    def is_coloured(self) -> bool:
        return "\x1b[" in self.raw


def on_a_terminal(argv: Sequence[str | Path], env: Mapping[str, str], cwd: Path, columns: int = 100) -> Shown:
    """Run the program on a terminal of that width, whose size is also what COLUMNS says where `env` has none."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        argv,
        cwd=cwd,
        env={"TERM": "xterm-256color", **env},
        stdin=its,
        stdout=its,
        stderr=its,
        close_fds=True,
    ) as running:
        os.close(its)
        try:
            raw = _read_all(ours)
        finally:
            os.close(ours)
        status = running.wait(ENDS_S)
    return Shown(raw, status)


def _read_all(ours: int) -> str:
    found = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # as Linux says that nobody holds the other end any more
            piece = b""
        if not piece:
            return found.decode("utf-8", "replace")
        found += piece
