"""Every row of docs/exit-statuses.md, as an entry point ends with it."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.run import exit_status
from lab import exits
from tests.harness.house.test_sizes import ROOT
from tests.harness.lab.test_command_processes import test_an_interrupted_command_ends_with_130_and_one_line
from tests.harness.run.test_exit_status import EXCUSED, FAILS, PASSES, run
from tests.harness.stand_ins.bare_host import BareHost

PYTEST = {
    exits.OK: (PASSES, ()),
    exits.WRONG: (FAILS, ()),
    exits.INTERRUPTED_RUN: ("def test_stops(): raise KeyboardInterrupt\n", ()),
    exits.BROKEN: (PASSES, ("-p", "breaks")),
    exits.USAGE_OF_A_JUDGE: (PASSES, ("--no-such-option",)),
    exits.NO_TESTS: (PASSES, ("-k", "nothing")),
    exits.WARNINGS: ("import warnings\ndef test_warns(): warnings.warn('x')\n", ("--max-warnings", "0")),
    exits.NOT_EXERCISED: (EXCUSED, ("--require", "spread")),
}
BREAKS = "def pytest_collection_finish(session): raise ValueError('broken')\n"


@pytest.mark.parametrize("status", PYTEST)
def test_a_run_of_pytest(status: int, tmp_path: Path) -> None:
    """The rows that a run without a lab can end with."""
    (tmp_path / "site").mkdir(exist_ok=True)
    (tmp_path / "breaks.py").write_text(BREAKS)
    body, args = PYTEST[status]
    ended = run(tmp_path, body, "-o", f"pythonpath={tmp_path}", *args)
    assert ended.status == status, ended.text


WRONG_USAGE = """\
lab frobnicate
lab up --nodes 99
fixtures frobnicate
fixtures compare a b c
fixtures compare /no/a.json /no/b.json
fixtures diagnose --frobnicate
fixtures target frobnicate
fixtures docs /no.md
fixtures docs --frobnicate
fixtures counts /no.xml
tests.mutants --frobnicate
tests.mutants no-such-module"""
ROWS = [
    *((words, exits.USAGE) for words in WRONG_USAGE.splitlines()),
    ("fixtures static", exits.USAGE_OF_A_JUDGE),
    ("fixtures static /no.yml", exits.USAGE_OF_A_JUDGE),
    ("fixtures static --frobnicate", exits.USAGE_OF_A_JUDGE),
    ("lab up --help", exits.OK),
    ("fixtures --help", exits.OK),
    ("fixtures static --no-traefik lab/stacks/incident-nov11.yml", exits.WRONG),
    ("fixtures static --no-traefik lab/stacks/stack-hybrid.yml", exits.OK),
]


def python(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
    """`python -m WORDS` in the project's root."""
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **more
    )  # fmt: skip


@pytest.mark.parametrize(("words", "status"), ROWS, ids=[words for words, _ in ROWS])
def test_a_command(words: str, status: int) -> None:
    """Wrong usage is 4 of what judges and 2 of the others; a fault that was found is 1."""
    done = python(*words.split())
    assert done.returncode == status, done.stderr


def test_what_cannot_be_set_up_is_11(tmp_path: Path) -> None:
    """From `accept`, from the lab where no engine answers, and from a run of pytest whose lab could not be built."""
    host = BareHost(tmp_path)
    host.accept("lab", PIP="1")
    assert host.status == exits.NO_LAB == exit_status.EXIT_NO_LAB
    env = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = python("lab", "engine", env=env)
    assert done.returncode == exits.NO_LAB, done.stderr


def test_an_interrupted_command_is_130() -> None:
    """By Ctrl-C as by SIGTERM."""
    test_an_interrupted_command_ends_with_130_and_one_line(signal.SIGTERM)


def test_the_numbers_of_pytest_are_its_own() -> None:
    """What judges has them, and two of ours; of two commands a number never means two things but 2."""
    assert {*map(int, pytest.ExitCode), exits.WARNINGS, exits.NOT_EXERCISED, exits.NO_LAB} == set(
        exits.OF_JUDGES
    )
    assert exits.USAGE_OF_A_JUDGE == pytest.ExitCode.USAGE_ERROR
    assert exits.INTERRUPTED_RUN == pytest.ExitCode.INTERRUPTED
    assert exit_status.EXIT_NOT_EXERCISED == exits.NOT_EXERCISED
    assert set(exits.OF_JUDGES) & set(exits.OF_COMMANDS) == {exits.OK, exits.WRONG, exits.USAGE, exits.NO_LAB}
    for meanings in (exits.OF_JUDGES, exits.OF_COMMANDS):
        assert len(set(meanings.values())) == len(meanings)
