"""Whose a lab is: everything we create bears our label, and nothing without it is ever touched."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

LABEL = "site.jbcalling.lab"
"""On every container, network, volume and image of ours; its value is the lab's name (or `cache`)."""
OWNER_LABEL = "site.jbcalling.lab.owner"
NODE_LABEL = "site.jbcalling.lab.node"
STORE_LABEL = "site.jbcalling.lab.store"
CACHE = "cache"
"""The label's value on what is meant to outlive a lab: built images and the image store."""
OWNER_VARIABLE = "LAB_OWNER"
"""Set where a run inside a container acts for a process outside, whose end ends the run."""
KEPT = "kept"
"""The owner of a lab that a person wants to stay up: no process; only `down` removes it."""

HIDDEN = -1
"""The start time of a process that is there but whose /proc entry we may not read (`hidepid`)."""


@dataclass(frozen=True)
class Owner:
    """A process, not mistaken for a later one with the same pid.

    `where` names the boot and the pid namespace, `started` is in clock ticks since boot (0 where there is
    no /proc).
    """

    where: str
    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.where}/{self.pid}/{self.started}"


def _where() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    if not boot.exists():
        return socket.gethostname()
    return f"{boot.read_text().strip()}:{Path('/proc/self/ns/pid').readlink()}"


def _started(pid: int) -> int | None:
    """Start time of `pid`, None when there is no such process."""
    if not Path("/proc/self").exists():
        return 0 if _answers(pid) else None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return HIDDEN if _answers(pid) else None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])  # state is field 3, starttime field 22 of proc(5)


def _answers(pid: int) -> bool:
    """Whether there is such a process; another user's is there too, though /proc may hide it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def owner_of(pid: int) -> Owner:
    """The living process `pid` as an owner; raises ProcessLookupError when there is none."""
    started = _started(pid)
    if started is None:
        raise ProcessLookupError(pid)
    return Owner(_where(), pid, started)


def label_of(pid: int) -> str:
    """The owner label for what process `pid` starts; raises ProcessLookupError when there is no such process."""
    return os.environ.get(OWNER_VARIABLE) or str(owner_of(pid))


def is_dead(owner: str) -> bool:
    """Whether the owner named by a label is gone for sure.

    False for a kept lab, for an owner on another machine or in another container (which cannot be seen
    from here), and for a label that is not ours to read.
    """
    where, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if where != _where() or not pid.isdecimal() or not started.isdecimal():
        return False
    return _started(int(pid)) not in (int(started), HIDDEN)
