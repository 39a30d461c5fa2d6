"""The order of tests in a trial: one that a quick test would notice does not wait for the slow ones."""

import json
from collections import defaultdict
from pathlib import Path

import pytest


class QuickestFilesFirst:
    """A plugin that runs test files in the order of the seconds noted in `notes`; within a file all stays as it is.

    `noting`: this run's own seconds are noted, for the runs that follow.
    """

    def __init__(self, notes: Path, *, noting: bool) -> None:
        self._notes, self._noting = notes, noting
        self._taken_s: defaultdict[str, float] = defaultdict(float)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Python's sort is stable; a file that is not noted comes first."""
        if not self._noting:
            noted_s = self._noted_s()
            items.sort(key=lambda item: noted_s.get(file_of(item.nodeid), 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Adds up each test's setup, call and teardown."""
        self._taken_s[file_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self) -> None:
        """Leaves the notes; those on other files stay."""
        if self._noting:
            self._notes.write_text(json.dumps(self._noted_s() | self._taken_s))

    def _noted_s(self) -> dict[str, float]:
        noted_s: dict[str, float] = json.loads(self._notes.read_text()) if self._notes.exists() else {}
        return noted_s


def file_of(nodeid: str) -> str:
    """The file's part of a test's id."""
    return nodeid.partition("::")[0]
