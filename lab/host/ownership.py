"""Whose a lab is: everything we create bears our label, and nothing without it is ever touched."""

import hashlib
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LABEL = "site.jbcalling.lab"
"""On every container, network, volume and image of ours; its value is the lab's name (or `cache`)."""
DEFAULT_NAME = "default"
"""The lab of a command that names none."""
OWNER_LABEL = "site.jbcalling.lab.owner"
NODE_LABEL = "site.jbcalling.lab.node"
STORE_LABEL = "site.jbcalling.lab.store"
DISK_LABEL = "site.jbcalling.lab.disk"
"""On a volume that holds a guest's disk."""
HOME_LABEL = "site.jbcalling.lab.home"
"""Whose state folder describes the lab; another's lab of the same name is not ours to use or to remove."""
HELPER_LABEL = "site.jbcalling.lab.helper"
"""On what one process alone needs for a moment, whoever owns its lab: that process. What it leaves when it is killed
serves nobody."""
BUILD_LABEL = "site.jbcalling.lab.build"
UNDER_WAY, BUILT = "under-way", "done"
"""The label's value on the containers of a build's steps, and on the image that it ends in."""
CACHE = "cache"
"""The label's value on what is meant to outlive a lab: built images and the image store."""
SUITE = "suite"
"""The label's value on a container that runs the suite (`python -m lab inside`)."""
GUEST = "guest"
"""The label's value on a container that carries a kernel of its own (`python -m lab kernel`)."""
RESERVED = frozenset({CACHE, SUITE, GUEST})
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
"""What a lab may be called: it becomes part of container names and of a folder's path."""
OWNER_VARIABLE = "LAB_OWNER"
"""Set where a run inside a container acts for a process outside, whose end ends the run."""
KEPT = "kept"
"""The owner of a lab that a person wants to stay up: no process; only `down` removes it."""

LABELLED = re.compile(r"(?P<where>[^/\s]{1,200})/(?P<pid>[1-9][0-9]{0,9})/(?P<started>[0-9]{1,20})", re.ASCII)
"""An owner that is a process, as its label has it; any other text names nobody whom we could look for."""
MAX_PID = 2**31 - 1
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


def helper_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """What an object bears that only this process needs: its lab's labels, and whose helper it is."""
    return {**labels, HELPER_LABEL: label_of(os.getpid())}


def is_dead(owner: str) -> bool:
    """Whether the owner named by a label is gone for sure.

    False for a kept lab, for an owner on another machine or in another container (which cannot be seen
    from here), and for a label that is not ours to read.
    """
    read = LABELLED.fullmatch(owner)
    if read is None or read["where"] != _where() or int(read["pid"]) > MAX_PID:
        return False
    return _started(int(read["pid"])) not in (int(read["started"]), HIDDEN)


def is_lab_name(label: str) -> bool:
    """Whether a label's value is the name of a lab. What anybody may write on an object leads to no folder or other
    object of that name unless it is one."""
    return NAME.fullmatch(label) is not None and label not in RESERVED


def run_name(pid: int) -> str:
    """The name of the lab of the run that process `pid` is; raises ProcessLookupError when there is no such process.

    The pid alone would do for two runs on one machine, but not for two in containers, whose pids are alike.
    """
    return f"run-{pid}-{hashlib.sha256(str(owner_of(pid)).encode()).hexdigest()[:4]}"
