"""The matrix at the end of real runs of pytest: what it says, what it writes, and that only a perfect one is green."""

import json
from pathlib import Path

import pytest

from fixtures.sabotage.summary import every as table

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[3]
ROWS = """
import pytest
from fixtures.diagnose.values import Cause, Confidence
from fixtures.sabotage import matrix
from fixtures.sabotage.summary import every as table
from fixtures.judge.criteria import CRITERIA
from fixtures.judge.verdicts import Outcome, Verdict
from fixtures.sabotage.summary import ROW, packed

def row(expected, red):
    verdicts = {name: Verdict.FAILED if name in red else Verdict.PASSED for name in CRITERIA}
    outcomes = [Outcome(name, "test_" + name, verdict, (), "why") for name, verdict in verdicts.items()]
    causes = [Cause(slug, slug, Confidence.PROVED, (), ())
              for slug in (*expected.causes, *(["unknown"] if expected.unknown else []))]
    return matrix.row(expected, outcomes, causes, {"break": 1.0, "criteria": 20.0, "mend": 2.0})

FAULTS = [each for each in table() if not (each.red_tests or each.green_tests)]

@pytest.mark.sabotage
@pytest.mark.parametrize("expected", FAULTS if {whole} else FAULTS[:3], ids=lambda each: each.fault)
def test_fault(expected, request):
    made = row(expected, expected.red | {also})
    request.node.user_properties.append((ROW, packed(made)))
"""


def run(pytester: pytest.Pytester, *args: str, whole: bool, also: str = "set()") -> pytest.RunResult:
    """Tests that are green whatever their rows say, so that only the matrix can fail the run."""
    pytester.makeini(f"[pytest]\npythonpath = {ROOT}\nmarkers =\n  sabotage: x\n  sabotage_short: x\n")
    pytester.makeconftest(
        "pytest_plugins = ['fixtures.run.session', 'fixtures.run.criteria_table', 'fixtures.sabotage.summary']\n"
        "from pathlib import Path\n"
        "def pytest_addoption(parser): parser.addoption('--matrix', type=Path, default=Path('out'))\n"
    )
    pytester.makepyfile(ROWS.replace("{whole}", str(whole)).replace("{also}", also))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


def test_a_part_of_the_faults_may_be_green(pytester: pytest.Pytester) -> None:
    """What was asked for and is as expected is a green run; both files are there, and so is where the time went."""
    result = run(pytester, "-k", "none or incident", whole=False)
    assert result.ret == 0
    summary = json.loads((pytester.path / "out" / "sabotage.json").read_text())
    assert [each["fault"] for each in summary["faults"]] == ["none", "incident"]
    page = pytester.path / "out" / "sabotage.md"
    assert "| incident |" in page.read_text()
    page.write_text(f"By hand.\n{page.read_text()}")
    run(pytester, "-k", "none", whole=False)
    assert page.read_text().startswith("By hand.\n<!-- the matrix")
    assert "| incident |" not in page.read_text()
    result.stdout.fnmatch_lines(
        ["time, summed over the workers: break 2 s, criteria 40 s, mend 4 s; the longest: none 23 s*"]
    )


def test_a_false_alarm_fails_a_run_of_green_tests(pytester: pytest.Pytester) -> None:
    """One criterion red that no fault touches fails the run, and the line says which and under what fault."""
    result = run(pytester, "-k", "none", whole=False, also="{'spread'}")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["WRONG none: spread wrongly red: test_spread: why", "sabotage: 0 of 0 killed, 1 wrongly red*"]
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with xdist"])
def test_a_whole_run_wants_every_fault(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """`-m sabotage` is the whole: a fault that did not run, for whatever reason, is named and fails it."""
    result = run(pytester, "-m", "sabotage", *workers, whole=True)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    lacking = [each.fault for each in table() if each.red_tests or each.green_tests]
    assert {"mtu-black-hole", "rooms-unshared"} <= set(lacking)
    result.stdout.fnmatch_lines([f"sabotage: *, not run: {', '.join(lacking)}; *"])
