"""The last line of a run: all that a terminal still shows."""

import re
from pathlib import Path

import pytest

from fixtures.diagnose.symptoms import UNKNOWN
from fixtures.diagnose.values import Cause, Confidence
from fixtures.diagnose.whole_run import CriterionDiagnosis
from fixtures.judge.criteria import OF_EVERY_RUN
from fixtures.report.values import TestEnd
from fixtures.run.ends import Ended
from fixtures.run.last_line import CALLED, FACT_SHOWN, last_line
from tests.harness.run.test_exit_status import EXCUSED, FAILS, PASSES, SKIPPED
from tests.harness.run.test_exit_status import run as run_of

CUT = Cause("overlay-cut", "the overlay is cut", Confidence.LIKELY, (), ())
SECRET = Cause("secret", "another secret", Confidence.PROVED, (), ())
NOBODY = Cause(UNKNOWN, "unknown: no rule", Confidence.POSSIBLE, (), ())


def ended(criterion: str, verdict: str = "failed", why: str = "it hung", **over: object) -> Ended:
    return Ended(TestEnd(f"a.py::test_{criterion}", criterion, "", verdict, 0.1, why=why, **over))  # type: ignore[arg-type]


def found(**causes: Cause) -> dict[str, CriterionDiagnosis]:
    names = {name.replace("_", "-"): cause for name, cause in causes.items()}
    return {name: CriterionDiagnosis(name, (cause,)) for name, cause in names.items()}


def test_a_cause_stands_with_what_it_explains() -> None:
    """Criteria with one cause stand together, those with another apart, and what nothing explains with the fact."""
    ends = [
        ended("turn"),
        ended("call"),
        ended("no-504"),
        ended("socketio", why="GET /x answered 405"),
        ended("spread", "passed"),
    ]
    why = found(turn=SECRET, call=CUT, no_504=CUT, socketio=NOBODY)
    assert last_line(1, ends, why, Path("out/report.html")) == (
        "RED no-504, call · cause the overlay is cut (likely); "
        "socketio · cause unknown: GET /x answered 405; turn · cause another secret (proved)"
        " · report out/report.html · exit 1"
    )


def test_a_red_file_names_its_first_fault() -> None:
    """Nobody looks for the cause of a static failure; a long fact is cut, and its start is kept."""
    said = last_line(1, [ended("spread", why="s.yml:3: frontend: " + "x" * 900, file_only=True)], {}, None)
    assert said.startswith("RED spread · s.yml:3: frontend: xxx")
    assert said.endswith("x... · exit 1")
    assert len(said) < FACT_SHOWN + 60


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            [ended("call", "passed"), ended("turn", "passed")],
            f"GREEN 2 of {len(OF_EVERY_RUN)} criteria passed · exit 0",
        ),
        (
            [ended("call", "passed", file_only=True)],
            f"GREEN file ok by 1 of {len(OF_EVERY_RUN)} criteria · stack file only: nothing was started · exit 0",
        ),
        ([ended("", "passed")], "GREEN 1 test passed, none of which proves a criterion · exit 0"),
    ],
)
def test_what_a_green_run_says(ends: list[Ended], said: str) -> None:
    """It claims no more than was tried."""
    assert last_line(0, ends, {}, None) == said


@pytest.mark.parametrize(
    ("body", "args", "begins", "ends"),
    [
        (PASSES, (), f"GREEN 1 of {len(OF_EVERY_RUN)} criteria passed", "exit 0"),
        (PASSES, ("-n", "2"), f"GREEN 1 of {len(OF_EVERY_RUN)} criteria passed", "exit 0"),
        (PASSES + FAILS, (), "RED spread · assert False", "exit 1"),
        (SKIPPED, (), "NOT EXERCISED spread", "exit 10"),
        (EXCUSED, ("-k", "nothing"), "NOTHING RAN", "exit 5"),
        ("def test_stops(): raise KeyboardInterrupt\n", (), "INTERRUPTED", "exit 2"),
        ("def test_stops(): pytest.exit('lab', returncode=11)\n", (), "NO LAB", "exit 11"),
    ],
)
def test_it_is_the_last_of_the_output(
    tmp_path: Path, body: str, args: tuple[str, ...], begins: str, ends: str
) -> None:
    """After pytest's own summary, its bars and its words on an interrupt."""
    done = run_of(tmp_path, body, "-p", "fixtures.run.last_line", *args)
    line = done.text.rstrip().splitlines()[-1]
    assert line.startswith(begins), done.text
    assert line.endswith(f" · {ends}")


def test_the_page_lists_each_first_word_with_its_status() -> None:
    """docs/gate.md has every word with which a last line begins, and no other."""
    page = (Path(__file__).parents[3] / "docs" / "gate.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z ]+)` \| (\d+) \|", page, re.MULTILINE)
    assert {int(status): word for word, status in rows} == CALLED
