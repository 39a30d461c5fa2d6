"""Good inputs with a few things made bad: each is accepted or refused in one line. Always the same inputs.

A failure shows the smallest input that fails; `python -m tests.fuzz --inputs 10000` tries more.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import line
from tests.fuzz.child import Outcome
from tests.fuzz.dice import Seeded
from tests.fuzz.entries import ENTRIES, Entry, Input, prepared, tried

INPUTS = 60
"""Of each kind: together they take some ten seconds."""


class Drawn:
    """Choices that hypothesis makes, and makes smaller when an input fails."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, limit: int) -> int:
        return self._draw(st.integers(0, limit - 1))


@st.composite
def inputs(draw: st.DrawFn, entry: Entry) -> Input:
    """An input of one kind."""
    return entry.make(Drawn(draw))


@pytest.fixture(scope="module")
def counted() -> Iterator[dict[str, Counter[Outcome]]]:
    """What became of the inputs, by kind; printed at the end (`-s` shows it)."""
    found: dict[str, Counter[Outcome]] = {}
    yield found
    for name, counts in found.items():
        print(line(name, counts))  # noqa: T201
    print(line("all", sum(found.values(), Counter())))  # noqa: T201


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_whatever_is_given_ends_in_one_line(
    entry: Entry, counted: dict[str, Counter[Outcome]], tmp_path: Path
) -> None:
    """Accepted, or one line for a person; no traceback, no hang, no status that says something else."""
    counts = counted[entry.name] = Counter()
    folder = prepared(tmp_path)

    @settings(
        max_examples=INPUTS, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(inputs(entry))
    def one(given_input: Input) -> None:
        result = tried(entry, given_input, folder)
        counts[result.outcome] += 1
        assert result.outcome is not Outcome.ELSE, result.said

    one()
    assert counts[Outcome.ONE_LINE] > 0, "nothing was refused: these inputs are all good"


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if e.name not in ("variables", "words")], ids=lambda e: e.name
)
def test_not_everything_is_refused(entry: Entry) -> None:
    """Of a hundred inputs some are accepted, so that what comes after reading is tried too."""
    with tempfile.TemporaryDirectory() as name:
        folder = prepared(Path(name))
        results = (tried(entry, entry.make(Seeded(seed)), folder) for seed in range(100))
        assert any(result.outcome is Outcome.ACCEPTED for result in results)
