"""The matrix judges: what was killed, what survived, what was wrongly red; and its table covers what it should."""

import json
from pathlib import Path

import pytest

from fixtures.diagnose.values import Cause, Confidence
from fixtures.judge.verdicts import CRITERIA, Outcome, Verdict
from fixtures.sabotage import expectations, matrix
from fixtures.sabotage.matrix import Cell, Expected, Row
from lab.faults.catalogue import FAULTS

ROOT = Path(__file__).parents[3]
CRITERIA_HERE = ("no-504", "call", "healthy", "spread")
EXPECTED = Expected("cut", frozenset({"no-504"}), frozenset({"call"}), causes=("overlay-cut",))
KILLED = {"no-504": Verdict.FAILED}


def _outcomes(verdicts: dict[str, Verdict]) -> list[Outcome]:
    every = {name: verdicts.get(name, Verdict.PASSED) for name in CRITERIA_HERE}
    return [Outcome(name, f"test_{name}", verdict, (), "why") for name, verdict in every.items()]


def _cause(slug: str) -> Cause:
    return Cause(slug, slug, Confidence.PROVED, (), ())


def _row(causes: list[str], verdicts: dict[str, Verdict], expected: Expected = EXPECTED) -> Row:
    drawn = [_cause(slug) for slug in causes]
    return matrix.row(expected, _outcomes(verdicts), drawn, {"run": 1.0}, CRITERIA_HERE)


@pytest.mark.parametrize(
    ("criterion", "verdict", "cell"),
    [
        ("no-504", Verdict.FAILED, Cell.KILLED),
        ("no-504", Verdict.PASSED, Cell.SURVIVED),
        ("no-504", Verdict.NOT_EXERCISED, Cell.SURVIVED),
        ("call", Verdict.FAILED, Cell.TOUCHED_RED),
        ("call", Verdict.PASSED, Cell.TOUCHED),
        ("healthy", Verdict.FAILED, Cell.WRONGLY_RED),
        ("healthy", Verdict.PASSED, Cell.GREEN),
        ("healthy", Verdict.NOT_EXERCISED, Cell.NOT_EXERCISED),
    ],
)
def test_each_verdict_has_its_meaning(criterion: str, verdict: Verdict, cell: Cell) -> None:
    """Red where it must be is a kill, red where nothing was touched is a false alarm."""
    assert matrix.cell(criterion, EXPECTED, verdict) is cell


def test_a_row_as_expected_has_nothing_wrong() -> None:
    """The fault killed what it must, touched what it may, and was named by its cause."""
    assert _row(["overlay-cut"], {**KILLED, "call": Verdict.FAILED}).wrong == ()


@pytest.mark.parametrize(
    ("causes", "verdicts", "words"),
    [
        (["overlay-cut"], {}, "no-504 survived"),
        (["overlay-cut"], {**KILLED, "healthy": Verdict.FAILED}, "healthy wrongly red"),
        (["overlay-cut"], {**KILLED, "healthy": Verdict.NOT_EXERCISED}, "healthy was not exercised"),
        ([], KILLED, "does not name overlay-cut"),
        (["overlay-cut", "pins"], KILLED, "names pins, which is not the cause"),
    ],
)
def test_each_wrong_is_told(causes: list[str], verdicts: dict[str, Verdict], words: str) -> None:
    """A survivor, a false alarm, what was skipped, a cause missed and a cause made up are each one line."""
    (wrong,) = _row(causes, verdicts).wrong
    assert words in wrong


def test_a_criterion_that_did_not_run_is_wrong() -> None:
    """An inner run that judged nothing is never taken for a green one."""
    row = matrix.row(EXPECTED, [], (), {}, CRITERIA_HERE)
    assert [text for text in row.wrong if text.endswith("did not run")] == [
        f"{c} did not run" for c in CRITERIA_HERE
    ]


def test_single_tests_can_be_demanded() -> None:
    """Within a criterion that fails, a test that must stay green is judged on its own."""
    expected = Expected(
        "rooms", frozenset({"no-504"}), red_tests=("test_no-504",), green_tests=("test_call",)
    )
    assert _row([], KILLED, expected).wrong == ()
    wrong = _row([], {**KILLED, "call": Verdict.NOT_EXERCISED}, expected).wrong
    assert wrong == ("call was not exercised", "test_call is not exercised, wanted passed")


def test_the_score_counts_and_names_what_did_not_run() -> None:
    """Perfect is only: all killed, none wrongly red, every fault run."""
    well, bad = _row(["overlay-cut"], KILLED), _row(["overlay-cut"], {"spread": Verdict.FAILED})
    assert matrix.score([well], ["cut"]).perfect
    assert matrix.score([well], ["cut", "other"]).missing == ("other",)
    total = matrix.score([well, bad], ["cut"])
    assert (total.killed, total.to_kill, total.wrongly_red, total.perfect) == (1, 2, 1, False)


def test_both_files_tell_the_same() -> None:
    """The table for a person and the JSON for a machine hold each cell, the causes and the score."""
    row = _row(["overlay-cut"], {**KILLED, "spread": Verdict.FAILED})
    total = matrix.score([row], ["cut"])
    told = json.loads(json.dumps(matrix.as_json([row], total)))
    assert told["faults"][0]["criteria"]["spread"] == "wrongly red"
    assert told["score"]["perfect"] is False
    text = matrix.markdown([row], total, CRITERIA_HERE)
    assert "| cut | 🟥 | ◦ |  | ❌ wrongly red | overlay-cut |" in text
    assert "- cut: spread wrongly red" in text


def test_the_readme_shows_the_matrix() -> None:
    """The copy in the README is the table that the last whole run wrote, and only that is replaced by the next."""
    readme, table = (ROOT / "README.md").read_text(), (ROOT / "docs/sabotage.md").read_text()
    assert matrix.shown_in(readme, table) == readme
    assert (
        matrix.shown_in(f"a\n{matrix.SHOWN_FROM}old\n{matrix.SHOWN_TO}b\n", "new\n").splitlines()[2] == "new"
    )
    with pytest.raises(ValueError, match="no place for the matrix"):
        matrix.shown_in("a\n", table)


def test_every_fault_of_the_lab_is_in_the_table() -> None:
    """A fault that nothing judges, and a line without a fault, are both seen."""
    assert {each.fault for each in expectations.TABLE} - {expectations.SOUND} == set(FAULTS)


def test_every_criterion_is_killed_by_a_fault_and_by_a_short_one() -> None:
    """No criterion is trusted that nothing can turn red; the short run has a fault for each."""
    lines = expectations.table()
    assert set(CRITERIA) == {name for each in lines for name in each.red}
    assert set(CRITERIA) == {name for each in lines if each.short for name in each.red}


def test_the_table_contradicts_itself_nowhere() -> None:
    """Nothing is both red and touched, and every fault but none is named by a cause."""
    for each in expectations.TABLE:
        assert not each.red & each.touched, each.fault
        assert bool(each.causes or each.unknown) == (each.fault != expectations.SOUND), each.fault
