"""What pytest's own JUnit writer writes of tests that ended so."""

from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from fixtures.report.values import TestEnd
from fixtures.run.junit_writer import JunitWriter


def written(ends: Iterable[TestEnd]) -> str:
    """Unmasked, as the end of a run gets it."""
    writer = JunitWriter()
    writer.pytest_sessionstart()
    for end in ends:
        for report in _reports(end):
            writer.pytest_runtest_logreport(report)
    return writer.written()


def _reports(end: TestEnd) -> Iterable[pytest.TestReport]:
    for when in ("setup", "call", "teardown"):
        verdict = end.verdict if when == "call" else "passed"
        yield _report(end, when, verdict)


def _report(end: TestEnd, when: str, verdict: str) -> pytest.TestReport:
    outcome = {"passed": "passed", "failed": "failed"}.get(verdict, "skipped")
    longrepr: object = None
    if outcome == "failed":
        longrepr = _Failure(end)
    elif outcome == "skipped":
        longrepr = (end.file, end.line, f"Skipped: {end.why}")
    return pytest.TestReport(
        nodeid=end.nodeid, location=(end.file, end.line, end.nodeid), keywords={}, outcome=outcome,  # type: ignore[arg-type]
        longrepr=longrepr, when=when, user_properties=[("measured", text) for text in end.measured],  # type: ignore[arg-type]
        duration=end.took_s / 3,
    )  # fmt: skip


class _Failure:
    """As pytest represents one: its crash, and as text the whole traceback."""

    def __init__(self, end: TestEnd) -> None:
        self.reprcrash = SimpleNamespace(message=f"AssertionError: {end.text or end.why}")
        self._text = end.detail

    def __str__(self) -> str:
        return self._text
