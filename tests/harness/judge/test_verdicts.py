"""What the outcomes of tests come to, criterion by criterion."""

import pytest

from fixtures.judge.criteria import CRITERIA
from fixtures.judge.verdicts import Outcome, Row, Verdict, judge, table


def passed(*measured: str, criterion: str = "call") -> Outcome:
    return Outcome(criterion, "test_it", Verdict.PASSED, measured)


def failed(why: str, test: str = "test_it") -> Outcome:
    return Outcome("call", test, Verdict.FAILED, ("99 frames",), why)


def skipped(why: str) -> Outcome:
    return Outcome("call", "test_it", Verdict.NOT_EXERCISED, (), why)


@pytest.mark.parametrize(
    ("outcomes", "verdict", "text"),
    [
        ([passed("30 frames", "12 ms"), passed("one more")], Verdict.PASSED, "30 frames; 12 ms; one more"),
        ([passed()], Verdict.PASSED, "nothing measured"),
        ([passed("30 frames"), failed("no frame")], Verdict.FAILED, "test_it: no frame"),
        ([failed("a", "test_a"), failed("b")], Verdict.FAILED, "test_a: a (and 1 more)"),
        ([skipped("no IPVS")], Verdict.NOT_EXERCISED, "not exercised: no IPVS"),
        ([skipped("no IPVS"), skipped("no IPVS")], Verdict.NOT_EXERCISED, "not exercised: no IPVS"),
        ([passed("30 frames"), skipped("no IPVS")], Verdict.PASSED, "30 frames; not exercised: no IPVS"),
        ([skipped("no IPVS"), failed("no frame")], Verdict.FAILED, "test_it: no frame"),
        ([], Verdict.NOT_EXERCISED, "no test of it ran"),
        ([passed("other", criterion="spread")], Verdict.NOT_EXERCISED, "no test of it ran"),
    ],
)
def test_outcomes_come_to_one_verdict(outcomes: list[Outcome], verdict: Verdict, text: str) -> None:
    """One failure fails it, whatever else passed; nothing but skips is never passed, nor is nothing at all."""
    assert judge("call", outcomes) == Row("call", verdict, text)


def test_every_criterion_has_its_row() -> None:
    """In the order of the design, also those of which no test ran."""
    rows = table(iter([passed("30 frames"), passed("3 nodes", criterion="spread")]))
    assert [row.criterion for row in rows] == list(CRITERIA)
    assert [row.criterion for row in rows if row.verdict is Verdict.PASSED] == ["spread", "call"]


def test_a_test_that_gives_no_reason_has_an_empty_one() -> None:
    """And nothing measured: the row is a sentence without the word None."""
    bare = Outcome("call", "test_it", Verdict.FAILED)
    assert (bare.measured, bare.why) == ((), "")
    assert judge("call", [bare]).text == "test_it: "


def test_what_the_file_alone_showed_is_no_pass_of_the_service() -> None:
    """Passed by static tests alone is `file ok`; one test of what runs makes it passed, and a failure stays failed."""
    file = Outcome("call", "test_static", Verdict.PASSED, file_only=True)
    live = Outcome("call", "test_live", Verdict.PASSED)
    lacking = Outcome("call", "test_live", Verdict.NOT_EXERCISED, why="no camera")
    assert judge("call", [file]).said == "file ok"
    assert judge("call", [file, lacking]).said == "file ok"
    assert judge("call", [file, live]).said == "passed"
    assert (
        judge("call", [Outcome("call", "t", Verdict.FAILED, why="x", file_only=True), file]).said == "failed"
    )
    assert judge("call", []).said == "not exercised"
