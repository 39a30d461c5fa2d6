"""The commands that a report prints to repeat each check by hand: pasted into a shell, they end well on a sound lab."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.judge.criteria import CRITERIA
from fixtures.judge.hands import Command, Hands
from fixtures.run.criteria_table import not_exercised
from fixtures.target.values import Target

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

ROOT = Path(__file__).parents[1]
DEADLINE_S = 60
"""A command takes a second or two; one that hangs fails here."""
WINDOWS = {"chromium"}
"""Programs that open a window for a person, who closes it; as root Chromium does not start."""
AT_ONCE = 6
"""Most of a command's time is that of starting Python, or of waiting for an answer."""


def _run(command: Command) -> str:
    """The command, its status and its output where it ended with an error, else nothing."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.line], cwd=ROOT, env={**os.environ, "PATH": path}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    return (
        ""
        if done.returncode == 0
        else f"{command.shows}: status {done.returncode}\n  {command.line}\n{done.stdout}"
    )


@pytest.mark.needs_lab
def test_every_command_by_hand_ends_well(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> None:
    """Every line of every criterion exits 0, as it is printed; addresses for a browser are left out."""
    if pytestconfig.getoption("--stack"):
        not_exercised("the commands are proved on the reference stack; a candidate may be unsound")
    if shutil.which("curl") is None:
        not_exercised("curl is not installed here, and half of the commands are its")
    lab: Lab = request.getfixturevalue("lab")
    target: Target = request.getfixturevalue("target")
    hands = Hands(target, lab.name)
    lines = {
        c.line: c
        for each in CRITERIA.values()
        for c in each.commands(hands)
        if not c.opens and c.line.split()[0] not in WINDOWS
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # The slowest, the relay's, is the last: it starts first.
        wrong = [text for text in pool.map(_run, reversed(lines.values())) if text]
    assert not wrong, "\n".join(wrong)
