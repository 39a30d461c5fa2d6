"""On the stack with a gateway each fault turns the criteria red that it must, no other, and is named by its cause."""

from collections.abc import Callable

import pytest

from fixtures.sabotage.gateway_faults import table
from fixtures.sabotage.matrix import Expected, Row

pytestmark = pytest.mark.sabotage


def _fault(expected: Expected) -> object:
    marks = [pytest.mark.sabotage_short] if expected.short else []
    return pytest.param(expected, id=expected.name, marks=marks)


@pytest.mark.parametrize("expected", [_fault(each) for each in table()])
def test_fault_on_the_gateway(expected: Expected, judged_gateway: Callable[[Expected], Row]) -> None:
    """By the same criteria as on the reference stack, with the gateway's own plan."""
    row = judged_gateway(expected)
    assert not row.wrong, "\n".join(row.wrong)
