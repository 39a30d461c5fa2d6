"""A stand-in for `ssh HOST docker system dial-stdio`: carries bytes between its streams and a recording engine."""

import os
import stat
import sys
from pathlib import Path

PROGRAM = """\
#!{python}
import os, socket, sys, threading
with open({log!r}, "a") as log:
    log.write("\\x1f".join(sys.argv[1:]) + "\\n")
if {refuses!r}:
    sys.exit({refuses!r})
engine = socket.create_connection(("127.0.0.1", {port}))

def upward():
    while data := os.read(0, 65536):
        engine.sendall(data)
    engine.shutdown(socket.SHUT_WR)

threading.Thread(target=upward, daemon=True).start()
while data := engine.recv(65536):
    os.write(1, data)
"""


def install(folder: Path, port: int, refuses: str = "") -> Path:
    """Put a program `ssh` into `folder` that leads to `port` here, or, with `refuses`, says that and fails.

    Returns the file that holds its arguments, a call a line, separated by \\x1f.
    """
    log, program = folder / "ssh.log", folder / "ssh"
    program.write_text(PROGRAM.format(python=sys.executable, log=str(log), port=port, refuses=refuses))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return log


def path_with(folder: Path) -> str:
    """A PATH on which the stand-in is found before the real one."""
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
