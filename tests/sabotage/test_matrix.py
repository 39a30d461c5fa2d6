"""Each fault turns the criteria red that it must, no other, and is named by its cause."""

from collections.abc import Callable

import pytest

from fixtures.run.criteria_table import NOT_EXERCISED, not_exercised
from fixtures.sabotage.expectations import table
from fixtures.sabotage.matrix import Expected, Row

pytestmark = pytest.mark.sabotage


def _fault(expected: Expected) -> object:
    marks = [pytest.mark.sabotage_short] if expected.short else []
    return pytest.param(expected, id=expected.fault, marks=marks)


@pytest.mark.parametrize("expected", [_fault(each) for each in table()])
def test_fault(expected: Expected, judged: Callable[[Expected], Row]) -> None:
    """The criteria named fail, those the fault does not touch pass, and the diagnosis names the cause alone."""
    row = judged(expected)
    if row.unexercised:
        not_exercised(row.unexercised.removeprefix(NOT_EXERCISED))
    assert not row.wrong, "\n".join(row.wrong)
