"""The criteria plugin in real runs of pytest: what the table says, and with which status a run ends."""

import re
from pathlib import Path

import pytest
from rich.text import Text

from fixtures.judge.criteria import CRITERIA
from fixtures.run.criteria_table import columns, ruled
from lab.text.screen import plain_console

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[3]
QUIET = ("-p", "no:cacheprovider")
ENDS_S = 120
"""Two workers start in 2 s, in 20 on a machine that is busy; a run that hangs fails here."""
INI = (ROOT / "pytest.ini").read_text()
USUAL = """
import pytest
from fixtures.run.criteria_table import not_exercised

@pytest.mark.criterion("call")
def test_call(measured):
    measured("30 frames")
    measured("12 ms [one way]")

@pytest.mark.criterion("spread")
def test_spread():
    assert False, "all on [/translation01] and\\nmore"

@pytest.mark.criterion("media-host")
@pytest.mark.xdist_group("calls")
@pytest.mark.parametrize("n", ["a@b"])
def test_media_host(n):
    raise ValueError("no pair")

@pytest.mark.criterion("turn")
def test_turn():
    not_exercised("no TURN here")

@pytest.fixture
def broken():
    raise OSError("no such host")

@pytest.mark.criterion("healthy")
def test_healthy(broken):
    pass

@pytest.mark.criterion("drift")
def test_drift():
    from fixtures.observe.swarm.state import SwarmError

    raise SwarmError("the manager does not answer")

@pytest.fixture
def leaking():
    yield
    raise OSError("still open")

@pytest.mark.criterion("socketio")
def test_socketio(leaking, measured):
    measured("ten clients")

def test_of_our_own():
    pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for a run of its own, in which our plugins can be imported."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makefile(".ini", pytest=INI)
    pytester.makeconftest("pytest_plugins = ['fixtures.run.session', 'fixtures.run.criteria_table']")
    return pytester


def rows(result: pytest.RunResult) -> dict[str, tuple[str, str]]:
    """Criterion -> verdict and text, as the table at the end of the run shows them."""
    cells = [
        [c.strip() for c in line.strip("│").split("│")] for line in result.outlines if line.startswith("│")
    ]
    return {cell[0]: (cell[1], cell[2]) for cell in cells}


EXPECTED = {
    "call": ("passed", "30 frames; 12 ms [one way]"),
    "spread": ("failed", "test_spread: all on [/translation01] and"),
    "media-host": ("failed", "test_media_host[a@b]: ValueError: no pair"),
    "turn": ("not exercised", "not exercised: no TURN here"),
    "healthy": ("failed", "test_healthy: OSError: no such host"),
    "drift": ("failed", "test_drift: the manager does not answer"),
    "socketio": ("failed", "test_socketio: OSError: still open"),
    "routing": ("not exercised", "no test of it ran"),
}
"""What USUAL comes to: a failed set-up or teardown is a failure, and brackets are text."""


def test_the_table_says_what_each_criterion_came_to(run: pytest.Pytester) -> None:
    """Passed with what was measured, failed with the first line, not exercised with the reason; in order."""
    run.makepyfile(USUAL)
    result = run.runpytest(*QUIET)
    found = rows(result)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert list(found) == list(CRITERIA)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_workers_hand_on_what_was_measured(run: pytest.Pytester) -> None:
    """Under xdist the table is the same."""
    run.makepyfile(USUAL)
    found = rows(run.runpytest_subprocess(*QUIET, "-n", "2", timeout=ENDS_S))
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_a_test_that_kills_its_worker_fails_its_criterion(run: pytest.Pytester) -> None:
    """Although the dead worker reported nothing of it, and the module's other test passed."""
    crash = "import os, pytest\npytestmark = pytest.mark.criterion('call')\ndef test_well(): pass\n"
    run.makepyfile(crash + "def test_crash(): os._exit(3)\n")
    result = run.runpytest_subprocess(*QUIET, "-n", "2", timeout=ENDS_S)
    verdict, text = rows(result)["call"]
    assert (verdict, result.ret) == ("failed", pytest.ExitCode.TESTS_FAILED)
    assert re.match(r"test_crash: worker 'gw\d' crashed while running", text)


@pytest.mark.parametrize("mark", ["criterion('cal')", "criterion()", "criterion"])
def test_an_unknown_criterion_ends_the_run(mark: str, run: pytest.Pytester) -> None:
    """A misspelt one would silently prove nothing; the test, the name and what there is are named."""
    run.makepyfile(f"import pytest\n@pytest.mark.{mark}\ndef test_it(): pass\n")
    result = run.runpytest(*QUIET)
    result.stdout.fnmatch_lines(["*::test_it: unknown criterion *; there are no-504, spread, *"])
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_an_unknown_criterion_is_told_by_workers_too(run: pytest.Pytester) -> None:
    """In one line and not as a breakdown of xdist."""
    run.makepyfile("import pytest\n@pytest.mark.criterion('cal')\ndef test_it(): pass\n")
    result = run.runpytest_subprocess(*QUIET, "-n", "1", timeout=ENDS_S)
    result.stdout.fnmatch_lines(["*::test_it: unknown criterion 'cal' (did you mean 'call'?); there are *"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_skips_alone_end_well_and_passes_too(run: pytest.Pytester) -> None:
    """The plugin itself changes no exit status."""
    run.makepyfile("import pytest\n@pytest.mark.criterion('call')\ndef test_it(): pytest.skip('no camera')\n")
    result = run.runpytest(*QUIET)
    assert rows(result)["call"] == ("not exercised", "not exercised: no camera")
    assert result.ret == pytest.ExitCode.OK


def test_a_run_without_criteria_has_no_table(run: pytest.Pytester) -> None:
    """The tests of our own code alone do not end with a table of nothing."""
    run.makepyfile("def test_it(): pass\n")
    result = run.runpytest(*QUIET)
    result.stdout.no_fnmatch_line("*success criteria*")
    assert result.ret == pytest.ExitCode.OK


def test_rules_stand_beside_tall_rows_alone() -> None:
    """A row of one line needs no rule between it and the next; one that wraps is set apart on both sides."""
    rows = [
        (name, Text("passed"), text)
        for name, text in (("a", "x"), ("b", "x"), ("c", "x\ny"), ("d", "x"), ("e", "x"))
    ]
    console = plain_console(width=60)
    with console.capture() as captured:
        console.print(ruled(("criterion", "verdict", "measured"), rows, "title"))
    kinds = [line[:3] for line in captured.get().splitlines() if line[:1] in "│├"]
    assert kinds == ["│ a", "│ b", "├──", "│ c", "│  ", "├──", "│ d", "│ e"]


def test_the_width_is_what_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS counts before all else, and what wraps at it is a tall row."""
    monkeypatch.setenv("COLUMNS", "44")
    assert columns() == 44
    rows = [("a", Text("passed"), "one two three four five six"), ("b", Text("passed"), "x")]
    console = plain_console(width=columns())
    with console.capture() as captured:
        console.print(ruled(("criterion", "verdict", "measured"), rows, "title"))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= 44
    assert any(line.startswith("├") for line in lines)
