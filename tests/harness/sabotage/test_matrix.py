"""The matrix judges: what was killed, what survived, what was wrongly red; and its table covers what it should."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.diagnose.values import Cause, Confidence
from fixtures.judge.criteria import CRITERIA, OF_EVERY_RUN
from fixtures.judge.verdicts import Outcome, Verdict
from fixtures.sabotage import expectations, fault_table, matrix, other_stacks
from fixtures.sabotage.matrix import Cell, Expected, Row
from fixtures.target.plan import load_plan
from lab.compose import reference
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


def test_the_browser_is_judged_only_where_it_starts() -> None:
    """It is started for faults of the page and in the sound lab of the reference stack; elsewhere it has no cell."""
    outcomes = [
        *_outcomes(KILLED),
        Outcome("browser", "test_browser", Verdict.NOT_EXERCISED, (), "--no-browser"),
    ]
    every = (*CRITERIA_HERE, "browser")
    without = matrix.row(EXPECTED, outcomes, [_cause("overlay-cut")], {"run": 1.0}, every)
    assert (without.wrong, "browser" in without.cells) == ((), False)
    of_page = replace(EXPECTED, red=EXPECTED.red | {"browser"})
    assert "browser survived" in matrix.row(of_page, outcomes, [], {"run": 1.0}, every).wrong[0]
    sound = replace(EXPECTED, red=frozenset(), touched=frozenset())
    assert (sound.in_browser, replace(sound, stack="gateway").in_browser) == (True, False)


@pytest.mark.parametrize(
    ("causes", "verdicts", "said"),
    [
        (["overlay-cut"], {}, "no-504 survived"),
        (["overlay-cut"], {**KILLED, "healthy": Verdict.FAILED}, "healthy wrongly red"),
        (["overlay-cut"], {**KILLED, "healthy": Verdict.NOT_EXERCISED}, "healthy was not exercised"),
        ([], KILLED, "does not name overlay-cut"),
        (["overlay-cut", "pins"], KILLED, "names pins, which is not the cause"),
    ],
)
def test_each_wrong_is_said(causes: list[str], verdicts: dict[str, Verdict], said: str) -> None:
    """A survivor, a false alarm, what was skipped, a cause missed and a cause made up are each one line."""
    (wrong,) = _row(causes, verdicts).wrong
    assert said in wrong


def test_what_failed_is_quoted_where_the_cause_is_not_named() -> None:
    """A cause is drawn from what failed: a reader of the matrix needs that first."""
    (wrong,) = _row([], KILLED).wrong
    assert "no-504 failed: " in wrong


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
    read = json.loads(json.dumps(matrix.as_json([row], total)))
    assert read["faults"][0]["criteria"]["spread"] == "wrongly red"
    assert read["score"]["perfect"] is False
    text = matrix.markdown([row], total, CRITERIA_HERE)
    assert "| cut | 🟥 | ◦ |  | ❌ wrongly red | overlay-cut |" in text
    assert "- cut: spread wrongly red" in text


def test_the_page_shows_the_matrix() -> None:
    """docs/sabotage.md has a place for the matrix, and a run replaces only what stands there."""
    page = (ROOT / "docs/sabotage.md").read_text()
    assert matrix.shown_in(page, "new\n").startswith(page.partition(matrix.SHOWN_FROM)[0])
    assert (
        matrix.shown_in(f"a\n{matrix.SHOWN_FROM}old\n{matrix.SHOWN_TO}b\n", "new\n")
        == f"a\n{matrix.SHOWN_FROM}new\n{matrix.SHOWN_TO}b\n"
    )
    with pytest.raises(ValueError, match="no place for the matrix"):
        matrix.shown_in("a\n", "new\n")


def test_every_fault_of_the_lab_is_in_the_table() -> None:
    """A fault that nothing judges, and a line without a fault, are both seen; the sound lab comes first."""
    assert not expectations.unmatched(FAULTS), "\n".join(expectations.unmatched(FAULTS))
    assert expectations.table()[0].fault == expectations.SOUND


def test_a_fault_that_nothing_judges_and_a_line_without_a_fault_are_refused() -> None:
    """Each in a sentence that says what to write where."""
    faults = ["fresh", *(name for name in expectations.EVERY if name != "redis-gone")]
    stray, unjudged = expectations.unmatched(faults)
    assert unjudged == (
        "nothing is expected of the fault 'fresh': "
        'add expect("fresh", red="...", causes="...") to fixtures/sabotage/expectations.py'
    )
    assert stray.startswith(
        "fixtures/sabotage/expectations.py expects something of 'redis-gone', which is no fault"
    )


@pytest.fixture
def own_table(monkeypatch: pytest.MonkeyPatch) -> dict[str, Expected]:
    """A table of its own, to enter into."""
    table: dict[str, Expected] = {}
    monkeypatch.setattr(expectations, "_EXPECTED", table)
    return table


def test_an_entry_says_what_must_be_red_and_why(own_table: dict[str, Expected]) -> None:
    """Names are separated by blanks; where drift is red, naming it as a cause is right as well."""
    expectations.expect(
        "a", red="no-504 drift", touched="call", causes="pins x", allowed="y", red_tests=["t"], short=True
    )
    expectations.expect("b", red="spread", causes="unknown", green_tests=["u"])
    assert own_table["a"] == Expected(
        "a", frozenset({"no-504", "drift"}), frozenset({"call"}), red_tests=("t",), causes=("pins", "x"),
        allowed=frozenset({"y", "drift"}), short=True,
    )  # fmt: skip
    assert own_table["b"] == Expected("b", frozenset({"spread"}), green_tests=("u",), unknown=True)


def test_an_entry_that_cannot_be_meant_is_refused(own_table: dict[str, Expected]) -> None:
    """A second one of the same fault, and a criterion that there is not."""
    expectations.expect("a", red="spread", causes="pins")
    with pytest.raises(ValueError, match="fault 'a' is expected twice"):
        expectations.expect("a", red="spread", causes="pins")
    for red, touched in (("spred", ""), ("spread", "spred")):
        with pytest.raises(ValueError, match="'b' is expected to touch spred: there are no-504, "):
            expectations.expect("b", red=red, touched=touched, causes="pins")
    assert list(own_table) == ["a"]


def test_faults_on_other_stacks_are_faults_and_criteria_that_there_are() -> None:
    """Each is one of the lab's with arguments that it takes, once for its stack, on a stack and by a plan that are there."""
    rows = other_stacks.table()
    assert len({each.name for each in rows}) == len(rows)
    for each in rows:
        assert each.red <= set(CRITERIA), each.name
        assert not each.red & each.touched, each.name
        assert bool(each.causes) == (each.fault != expectations.SOUND), each.name
        assert each.name == f"{each.stack}-{each.fault}"
        if each.fault != expectations.SOUND:
            FAULTS[each.fault].arguments(each.arguments)
    for name, other in other_stacks.STACKS.items():
        assert next(e.fault for e in rows if e.stack == name) == expectations.SOUND
        assert (reference.STACKS / other.file).is_file()
        assert load_plan(other.plan).services


def test_the_gateway_is_broken_in_ten_ways() -> None:
    """Each criterion that it can turn red is killed by one of them at least."""
    rows = [each for each in other_stacks.table() if each.stack == "gateway" and each.red]
    assert len(rows) == 10
    assert sorted({name for each in rows for name in each.red}) == [
        "call", "drift", "healthy", "media-host", "mediasoup-pinned", "no-504", "routing", "socketio", "spread", "turn",
    ]  # fmt: skip


def test_the_faults_are_a_table_for_the_docs() -> None:
    """What each does, what it takes, what must turn red, by what cause; a bar in a cell does not end it."""
    text = fault_table.markdown(FAULTS.values())
    assert text.count("\n") == len(FAULTS) + 2
    assert (
        "| `replica-stopped` | the processes of one replica stopped (SIGSTOP) | `service=frontend` "
        "`node=translation03` | no-504, routing, healthy | spread | replica-stalled |\n"
    ) in text
    assert "| `rate-limited` | " in text
    assert "call, media-host, socketio, turn |  | unknown |" in text
    odd = replace(FAULTS["redis-gone"], summary="a|b")
    assert r"| a\|b |" in fault_table.markdown([odd])
    with pytest.raises(KeyError):
        fault_table.markdown(FAULTS.values(), {})


def test_every_criterion_is_killed_by_a_fault_and_by_a_short_one() -> None:
    """No criterion is trusted that nothing can turn red; the short run has a fault for each. What a run exercises on request
    alone has tests of its own: tests/runbook/test_updates.py turns `update` red."""
    lines = expectations.table()
    assert set(OF_EVERY_RUN) == {name for each in lines for name in each.red}
    assert set(OF_EVERY_RUN) == {name for each in lines if each.short for name in each.red}


def test_the_table_contradicts_itself_nowhere() -> None:
    """Nothing is both red and touched, and every fault but none is named by a cause."""
    for each in expectations.table():
        assert not each.red & each.touched, each.fault
        assert bool(each.causes or each.unknown) == (each.fault != expectations.SOUND), each.fault
