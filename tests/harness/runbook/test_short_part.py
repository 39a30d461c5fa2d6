"""Which stories of the runbook a run has: all with -m runbook, a short part of them in every full run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[3]
Collected = Callable[..., list[str]]


@pytest.fixture
def collected(pytester: pytest.Pytester) -> Collected:
    """Collects a short story, a long one and a test of something else; the names that are left."""
    pytester.makeini(f"[pytest]\npythonpath = {ROOT}\nmarkers =\n  runbook: x\n  runbook_short: x\n")
    pytester.makeconftest(
        "pytest_plugins = ['fixtures.run.session', 'fixtures.run.criteria_table', 'fixtures.runbook.rehearsing']\n"
    )
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.runbook
        @pytest.mark.runbook_short
        def test_short(): pass
        @pytest.mark.runbook
        def test_long(): pass
        def test_other(): pass
        """
    )

    def collect(*args: str) -> list[str]:
        done = pytester.runpytest_subprocess("--collect-only", "-q", "-p", "no:cacheprovider", *args)
        return re.findall(r"::test_(\w+)", done.stdout.str())

    return collect


@pytest.mark.parametrize(
    ("args", "left"),
    [
        ((), ["short", "other"]),
        (("-m", "runbook"), ["short", "long"]),
        (("-m", "runbook_short"), ["short"]),
        (("-k", "long"), ["long"]),
    ],
)
def test_which_stories_run(collected: Collected, args: tuple[str, ...], left: list[str]) -> None:
    """Nothing that was asked for is taken away."""
    assert collected(*args) == left
