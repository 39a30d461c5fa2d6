"""The benchmark of two commands: in turn, each pair in the other order, and what fails does not count."""

from tests.benchmarks.pairs import Ended, measured, summary

COMMANDS = ("with", "without")


def test_pairs_change_their_order_and_failures_do_not_count() -> None:
    """The second pair begins with the second command; a command that failed takes its pair out."""
    ends = iter([Ended(5, 0), Ended(3, 0), Ended(4, 0), Ended(9, 1), Ended(8, 0), Ended(4, 0)])
    asked: list[str] = []

    def run(command: str) -> Ended:
        asked.append(command)
        return next(ends)

    lines: list[str] = []
    pairs = measured(COMMANDS, 3, lines.append, run)
    assert asked == ["with", "without", "without", "with", "with", "without"]
    assert pairs == [(5, 3), (8, 4)]
    assert [line for line in lines if "does not count" in line] == [
        "  pair 2:    9.00 s  with, exit 1: does not count"
    ]
    assert summary(COMMANDS, pairs).endswith(
        "medians of 2 pairs; ratio 1.86; within a pair the first takes +3.00 s"
    )


def test_nothing_is_said_of_nothing() -> None:
    """No median of no pair."""
    assert summary(COMMANDS, []) == "no pair counts"
