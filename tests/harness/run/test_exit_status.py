"""The exit status of a run: what was required decides, and pytest's own statuses keep their meaning."""

import os
from pathlib import Path

import pytest

from fixtures.judge.criteria import CRITERIA
from fixtures.judge.verdicts import Verdict
from fixtures.report.values import TestEnd
from fixtures.run import ends
from fixtures.run.exit_status import required, unexercised
from tests.harness.stand_ins.bare_machine import Ended, pytest_run

PLUGINS = [o for n in ("session", "criteria_table", "exit_status") for o in ("-p", f"fixtures.run.{n}")]
HEAD = "import pytest\nfrom fixtures.run.criteria_table import not_exercised\npytestmark = pytest.mark.criterion('spread')\n"
PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert False\n"
EXCUSED = "def test_excused(): not_exercised('no Swarm API')\n"
SKIPPED = "def test_skipped(): pytest.skip('the API at tcp://x does not answer')\n"


def run(folder: Path, body: str, *args: str) -> Ended:
    """A project of one module, with our plugins and none of the target's."""
    (folder / "test_it.py").write_text(HEAD + body)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = criterion(name): x\n")
    environ = {"PYTHONPATH": os.pathsep.join([str(folder / "site"), str(Path(__file__).parents[3])])}
    return pytest_run(folder, "-c", str(folder / "pytest.ini"), *PLUGINS, *args, str(folder), environ=environ)


@pytest.mark.parametrize(
    ("body", "args", "status"),
    [
        (PASSES + EXCUSED, (), 0),
        (EXCUSED, (), 0),
        (EXCUSED, ("--require", "spread"), 10),
        (SKIPPED, (), 10),
        (SKIPPED + PASSES, (), 0),
        (PASSES, ("--require", "spread"), 0),
        (PASSES, ("--require", "all"), 10),
        (PASSES, ("--require", "spread,no-504", "-n", "2"), 10),
        (SKIPPED + FAILS, ("--require", "all"), 1),
        (PASSES, ("--require", "all", "--collect-only"), 0),
        (PASSES, ("--require", "all", "-k", "nothing"), 5),
        ("def test_stops(): raise KeyboardInterrupt\n", ("--require", "all"), 2),
        ("def test_stops(): pytest.exit('lab', returncode=11)\n", (), 11),
        (PASSES, ("--require", "no-505"), 4),
        (PASSES, ("--require", ","), 4),
    ],
)
def test_the_status(tmp_path: Path, body: str, args: tuple[str, ...], status: int) -> None:
    """0 passed, 1 failed, 10 required and not exercised, 4 usage; 2 and 5 are pytest's, 11 is the lab's."""
    ended = run(tmp_path, body, *args)
    assert ended.status == status, ended.text


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """The line at the end names each criterion that was required and not exercised, with the reason."""
    ended = run(tmp_path, SKIPPED, "--require", "spread,call")
    line = next(line for line in ended.text.splitlines() if line.startswith("exit status 10"))
    assert "spread (not exercised: the API at tcp://x does not answer)" in line
    assert "call (no test of it ran)" in line


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with xdist"])
def test_no_lab_is_status_11(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Where no engine answers the run ends with 11 and one line that says so, whichever worker met it."""
    ended = pytest_run(tmp_path, "-m", "lab", *workers, "tests/test_spread.py", has=["docker"])
    assert (ended.status, "Traceback" in ended.text) == (11, False), ended.text
    assert "the lab could not be built: no Docker engine answers at unix://" in ended.text


def outcome(criterion: str, verdict: Verdict, excused: bool = False) -> ends.Ended:
    return ends.Ended(TestEnd("a.py::test", criterion, "", str(verdict), 0.1, why="reason"), excused)


def test_what_is_required_by_default() -> None:
    """Without `--require` a criterion counts that has a test in the run which nothing excuses."""
    ended = [
        outcome("spread", Verdict.NOT_EXERCISED, excused=True),
        outcome("healthy", Verdict.NOT_EXERCISED),
        outcome("call", Verdict.NOT_EXERCISED),
        outcome("call", Verdict.PASSED),
    ]
    assert unexercised(ended, None) == {"healthy": "not exercised: reason"}
    assert list(unexercised(ended, ("healthy", "spread", "call"))) == ["spread", "healthy"]


def test_all_means_every_criterion() -> None:
    """`all` is the whole table, a list is what it names, nothing is None."""
    assert required("all") == tuple(CRITERIA)
    assert required(" call, turn ") == ("call", "turn")
    assert required(None) is None
