"""On other systems than the reference stack each fault turns the criteria red that it must, no other, and is named."""

from collections.abc import Callable

import pytest

from fixtures.sabotage.matrix import Expected, Row
from fixtures.sabotage.other_stacks import table

pytestmark = pytest.mark.sabotage


def _fault(expected: Expected) -> object:
    # One worker breaks all of a stack: another would have to bring up the same lab once more.
    marks = [pytest.mark.xdist_group(expected.stack)]
    marks += [pytest.mark.sabotage_short] if expected.short else []
    return pytest.param(expected, id=expected.name, marks=marks)


@pytest.mark.parametrize("expected", [_fault(each) for each in table()])
def test_fault_on_another_stack(expected: Expected, judged_elsewhere: Callable[[Expected], Row]) -> None:
    """By the same criteria as on the reference stack, with the stack's own plan."""
    row = judged_elsewhere(expected)
    assert not row.wrong, "\n".join(row.wrong)
