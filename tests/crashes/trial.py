"""One trial: start a command, kill it, run the next one, list what is left."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import docker

from lab.host import engine
from tests.crashes import leavings
from tests.crashes.moments import Kill

COMMAND_DEADLINE_S = 300
"""The slowest command, a run, takes half a minute; on a loaded machine three times as long."""
STOP_DEADLINE_S = 90
"""How long a command may clean up after Ctrl-C or SIGTERM."""
LAB = "crash"
QUICK = ("tests/test_healthy.py", "tests/test_spread.py")
"""Criteria that take a second or two: a run of them is little more than a lab's coming and going."""


@dataclass(frozen=True)
class Trial:
    """`reached` is what the killed command said last; `wrong` is empty where the next command did its work."""

    of: str
    kill: Kill
    at_s: float
    reached: str
    wrong: str
    left: tuple[str, ...]
    seconds: float


class Bench:
    """Commands of one checkout, with a state folder and a folder for temporary files of their own.

    A `bare` lab has two nodes and no stack: seconds instead of half a minute.
    """

    def __init__(self, checkout: Path, folder: Path, *, bare: bool = False, lab: str = LAB) -> None:
        self.checkout, self.folder = checkout, folder
        self.state, self.temporary = folder / "state", folder / "tmp"
        self.state.mkdir(parents=True)
        self.temporary.mkdir()
        self.host: docker.DockerClient = engine.connect()
        self._bare, self._name = bare, lab
        self.took: dict[str, float] = {}
        """Seconds that each command took when nobody killed it, the last time: a machine's load changes."""
        self._mark = uuid.uuid4().hex
        self._before = leavings.on_engine(self.host, self.state) | leavings.loopback()
        self.commands = {
            "up": self._lab("up", *(["--no-stack", "--nodes", "2"] if bare else [])),
            "down": self._lab("down"),
            "run": [sys.executable, "-m", "pytest", "-q", "-m", "lab", "-p", "no:cacheprovider",
                    f"--evidence={folder / 'evidence'}", *QUICK],
        }  # fmt: skip

    def _lab(self, command: str, *more: str) -> list[str]:
        return [sys.executable, "-m", "lab", command, "--name", self._name, *more]

    def start(self, name: str, log: Path) -> "subprocess.Popen[bytes]":
        """Start a command in a process group of its own, as a shell does."""
        return self.start_words(self.commands[name], log)

    def start_words(self, words: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
        """As `start`, any command."""
        with log.open("wb") as output:
            return subprocess.Popen(
                words, cwd=self.checkout, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, env=self._environment(),
            )  # fmt: skip

    def _environment(self, **more: str) -> dict[str, str]:
        places = {"XDG_STATE_HOME": str(self.state), "TMPDIR": str(self.temporary)}
        ours = {**places, leavings.TRIAL_VARIABLE: self._mark, "PYTHONDONTWRITEBYTECODE": "1"}
        others = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "TARGET", "LAB_"))}
        return {**others, **ours, **more}

    def whole(self, name: str) -> tuple[int, str]:
        """Run a command to its end: its exit status, and its output."""
        log, since = self.folder / "next.log", time.monotonic()
        process = self.start(name, log)
        try:
            status = process.wait(COMMAND_DEADLINE_S)
            self.took[name] = time.monotonic() - since
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
        return status, log.read_text(errors="replace")

    def killed(self, name: str, at_s: float, kill: Kill) -> str:
        """Run a command, kill its process group after so many seconds; returns the last line that it said."""
        log = self.folder / "killed.log"
        process = self.start(name, log)
        try:
            process.wait(at_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, kill.how)
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return last_line(log.read_text(errors="replace")) or "nothing yet"

    def left(self) -> tuple[str, ...]:
        """What was not there before the first trial."""
        now = (
            leavings.on_engine(self.host, self.state) | leavings.loopback() | leavings.processes(self._mark)
            | leavings.on_disk(self.state) | leavings.on_disk(self.temporary)
        )  # fmt: skip
        return tuple(sorted(now - self._before))

    def trial(self, of: str, kill: Kill) -> Trial:
        """Kill the command, then let the next one heal what it left, and take all down."""
        since = time.monotonic()
        if of == "down" and (wrong := self._first_wrong(["up"])):
            return Trial(of, kill, 0, "the lab before it did not come up", wrong, self.left(), 0)
        at_s = kill.share * self.took[of]
        reached = self.killed(of, at_s, kill)
        wrong = self._first_wrong(self.after(of, kill))
        return Trial(of, kill, at_s, reached, wrong, self.left(), time.monotonic() - since)

    def after(self, of: str, kill: Kill) -> Sequence[str]:
        """What a person would do next; after a killed `down` either once more, or a lab again."""
        if of == "run":
            return ("run",)
        if of == "up":
            return ("up", "down") if self._bare else ("up", "judge", "down")
        return ("down",) if kill.number % 2 else ("up", "down")

    def _first_wrong(self, names: Sequence[str]) -> str:
        for name in names:
            status, said = self.judged() if name == "judge" else self.whole(name)
            if status != 0:
                return f"{name} ended with {status}: {last_line(said)}"
        return ""

    def judged(self) -> tuple[int, str]:
        """The quick criteria on the lab that was healed, as it is."""
        ran = subprocess.run(
            self.commands["run"], cwd=self.checkout, capture_output=True, text=True, check=False,
            env=self._environment(LAB_ATTACH=self._name),
        )  # fmt: skip
        return ran.returncode, ran.stdout + ran.stderr

    def clear(self) -> None:
        """Remove by hand what a trial left, so that the next one starts from nothing."""
        for entry in self.left():
            kind, _, rest = entry.partition(" ")
            name = rest.split()[0].lstrip("/")
            if kind == "process":
                os.kill(int(name), signal.SIGKILL)
            elif kind in ("container", "network", "volume"):
                subprocess.run(["docker", kind, "rm", *(["-f"] if kind != "network" else []), name], check=False,
                               capture_output=True)  # fmt: skip
        for folder in (self.state, self.temporary):
            subprocess.run(["rm", "-rf", str(folder)], check=True)
            folder.mkdir()


def last_line(said: str) -> str:
    """The last line that is not empty, at most 160 characters."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("lab:", "the lab", "Exit:"))] or lines
    return telling[-1][:160] if telling else ""
