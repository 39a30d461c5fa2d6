"""A report is masked within its deadline, and says what it left out."""

from dataclasses import replace

from fixtures.report import build as kinds
from fixtures.report.build import LEFT_OUT, Piece, RunFacts, build
from fixtures.report.timed_masking import LONGEST, SHORT, TimedMask
from fixtures.report.values import Log

FACTS = RunFacts("2026-11-28T01:00:00+00:00", 1.0, 0, "pytest", "/", 0)


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_in_time_everything_is_masked() -> None:
    """Whatever its length up to the longest, and nothing is said to be left out."""
    mask = TimedMask(str.upper, 60.0, Clock())
    assert (mask("a" * LONGEST), mask("b")) == ("A" * LONGEST, "B")
    assert mask.left_out == ""


def test_after_the_deadline_only_short_texts_are_shown() -> None:
    """A long text is left out, never shown unmasked; a verdict or a name is masked as before."""
    clock = Clock()
    mask = TimedMask(str.upper, 60.0, clock)
    clock.now = 60.1
    assert mask("a" * SHORT) == "A" * SHORT
    assert mask("a" * (SHORT + 1)) == "(left out: 2001 characters; masking the report had taken 60 s)"
    assert mask.left_out.startswith("2001 characters of 1 texts are not in this report")


def test_of_a_text_too_long_the_end_is_shown() -> None:
    """Its newest lines, where the failure is."""
    mask = TimedMask(str.upper, 60.0, Clock())
    shown = mask("old" + "n" * LONGEST)
    assert shown == "(3 characters before this are left out)\n" + "N" * LONGEST
    assert "3 characters of 1 texts" in mask.left_out


def test_the_report_says_what_it_left_out() -> None:
    """Among the troubles, where a reader looks first; the verdict is that of the tests."""
    clock = Clock()
    log = Log("web", "while it failed", ("line " * SHORT,))
    late = TimedMask(str, 60.0, clock)
    clock.now = 61.0
    report = build(FACTS, (), [Piece(kinds.LOG, "web", 0.0, log)], mask=late)
    assert [trouble.kind for trouble in report.run.troubles] == [LEFT_OUT]
    assert report.run.verdict == build(FACTS, (), ()).run.verdict
    assert report.logs[0].lines[0].startswith("(left out: 10000 characters")


def test_a_key_that_spans_lines_of_a_log_is_masked() -> None:
    """A log is masked as one text; its other lines stay."""
    lines = (
        "first",
        "-----BEGIN PRIVATE KEY-----",
        "MIGHAgEAMBMGByqGSM49",
        "-----END PRIVATE KEY-----",
        "last",
    )
    log = Log("web", "while it failed", lines)
    report = build(FACTS, (), [Piece(kinds.LOG, "web", 0.0, log)])
    assert report.logs == (replace(log, lines=("first", "***", "last")),)
