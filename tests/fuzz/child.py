"""A command in a process of its own, with a deadline and a limit of memory, and what became of it."""

import enum
import os
import re
import resource
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE_S = 20.0
"""A refusal takes a second or two, most of it imports; a machine that is busy takes longer."""
MEMORY_BYTES = 2 * 2**30
"""Of address space: Python with all that the suite imports maps 500 MB, most of it never touched."""
LONGEST_LINE = 1000
"""Characters of a line that a person still reads."""
USAGE = (2, 4)
"""Exit statuses that say: the input cannot be used. 4 is pytest's."""
NO_LAB = "no lab 'nolab' is up"
"""What `python -m lab --name nolab` says once its input is accepted."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Outcome(enum.StrEnum):
    """What became of an input; the last is a defect."""

    ONE_LINE = "one line"
    ACCEPTED = "accepted"
    ELSE = "anything else"


@dataclass(frozen=True)
class Ended:
    """How a command ended. `status` is None where it had to be killed, `said` is what it wrote to stderr."""

    outcome: Outcome
    status: int | None
    said: str


def run(
    words: Sequence[str], variables: Mapping[str, str], cwd: Path, deadline_s: float = DEADLINE_S
) -> Ended:
    """Run `python -m WORDS` in `cwd`; what it says is judged. Variables of this process that steer us are left out."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "TARGET", "LAB_", "DOCKER_"))}
    child = subprocess.Popen(
        [os.environ.get("FUZZ_PYTHON") or str(ROOT / ".venv/bin/python"), "-m", *words],
        cwd=cwd,
        env={**ours, "PYTHONPATH": str(ROOT), **variables},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_limited,
    )  # fmt: skip
    try:
        out, err = child.communicate(timeout=deadline_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return Ended(Outcome.ELSE, None, f"no end within {deadline_s:g} s")
    return judged(child.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def judged(status: int, out: str, err: str) -> Ended:
    """The outcome, by exit status and what stands on stderr."""
    lines = [line for line in err.splitlines() if line.strip()]
    said = err.strip()
    if status in (0, 1) and "Traceback" not in err + out and not CONTROL.search(err + out):
        return Ended(Outcome.ACCEPTED, status, said)
    if status in USAGE and NO_LAB in err and len(lines) == 1:
        return Ended(Outcome.ACCEPTED, status, said)
    is_line = len(lines) == 1 and is_one_line(lines[0])
    return Ended(
        Outcome.ONE_LINE if status in USAGE and is_line else Outcome.ELSE, status, said or out[-300:]
    )


def is_one_line(text: str) -> bool:
    """Whether a text is one line that a terminal shows as it is, and a person reads to its end."""
    is_shown = "\n" not in text and not CONTROL.search(text) and "Traceback" not in text
    return 0 < len(text) <= LONGEST_LINE and is_shown
