"""Bad input by the real command line: the exit status, one line on stderr, within a deadline and a limit of memory."""

import os
from pathlib import Path

import pytest

from tests.fuzz.child import ROOT, Outcome, judged, run
from tests.harness.fuzz import corpus

STATIC = ["pytest", "-m", "static", "-q", "-p", "no:cacheprovider"]


@pytest.mark.parametrize("case", ["deep brackets", "merges of merges", "an env file that is a device"])
def test_a_stack_file(case: str, tmp_path: Path) -> None:
    """Exit status 2 of `python -m lab`, which is not killed by a parser that calls itself 100 000 times."""
    text, said = corpus.STACKS[case]
    (tmp_path / "stack.yml").write_text(text)
    ended = run(
        ["lab", "deploy", "--name", "nolab", "stack.yml"], {"XDG_STATE_HOME": str(tmp_path)}, tmp_path
    )
    assert (ended.outcome, ended.status) == (Outcome.ONE_LINE, 2), ended.said
    assert said in ended.said


def test_a_stack_file_under_pytest(tmp_path: Path) -> None:
    """Exit status 4, before a test is collected."""
    os.mkfifo(tmp_path / "fifo")
    ended = run([*STATIC, f"--stack={tmp_path / 'fifo'}"], {}, ROOT)
    assert (ended.outcome, ended.status) == (Outcome.ONE_LINE, 4), ended.said
    assert "cannot be read: it is a pipe" in ended.said


@pytest.mark.parametrize("variable", ["LAB_NAME", "LAB_ATTACH"])
def test_a_labs_name_under_pytest(variable: str) -> None:
    """A name that no lab can have is found before a node is started."""
    ended = run(STATIC, {variable: "../x\x1b[31m"}, ROOT)
    assert (ended.outcome, ended.status) == (Outcome.ONE_LINE, 4), ended.said
    assert f"{variable}: lab name" in ended.said


def test_a_target_under_pytest(tmp_path: Path) -> None:
    """Exit status 4 for a variable that no target can have."""
    ended = run(STATIC, {"TARGET": "production", "TARGET_SWARM_API": "tcp://[::1"}, ROOT)
    assert (ended.outcome, ended.status) == (Outcome.ONE_LINE, 4), ended.said


def test_a_target_and_a_report_of_the_suites_own_commands(tmp_path: Path) -> None:
    """Exit status 2 of `python -m fixtures`."""
    os.mkfifo(tmp_path / "fifo")
    for words in (["target", "show"], ["diagnose"]):
        ended = run(["fixtures", *words], {"TARGET": "fifo"}, tmp_path)
        assert (ended.outcome, ended.status) == (Outcome.ONE_LINE, 2), ended.said
    for words in (["compare", "fifo", "fifo"], ["compare", "--\x1b[31m"], ["counts", "fifo"], ["\x1b[31m"]):
        ended = run(["fixtures", *words], {}, tmp_path)
        assert (ended.outcome, ended.status) == (Outcome.ONE_LINE, 2), ended.said


@pytest.mark.parametrize(
    ("status", "out", "err", "outcome"),
    [
        (0, "all is well", "", Outcome.ACCEPTED),
        (2, "", "lab: one line\n", Outcome.ONE_LINE),
        (4, "", "ERROR: one line\n\n", Outcome.ONE_LINE),
        (2, "", "lab: no lab 'nolab' is up\n", Outcome.ACCEPTED),
        (2, "", "lab: one line\nand another\n", Outcome.ELSE),
        (2, "", "", Outcome.ELSE),
        (2, "", "lab: \x1b[31m\n", Outcome.ELSE),
        (2, "", f"lab: {'a' * 2000}\n", Outcome.ELSE),
        (1, "", "Traceback (most recent call last)\n", Outcome.ELSE),
        (3, "", "lab: one line\n", Outcome.ELSE),
        (-11, "", "", Outcome.ELSE),
    ],
)
def test_outcomes_are_told_apart(status: int, out: str, err: str, outcome: Outcome) -> None:
    """A crash, a traceback, two lines, a control character and a line of 2000 characters are none of the good ends."""
    assert judged(status, out, err).outcome is outcome


def test_a_hang_is_ended_and_seen(tmp_path: Path) -> None:
    """What does not end within the deadline is killed."""
    (tmp_path / "waits.py").write_text("import signal; signal.pause()\n")
    assert run(["waits"], {}, tmp_path, deadline_s=1).outcome is Outcome.ELSE
