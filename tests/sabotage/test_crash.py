"""A fault left by a killed injector is found and healed by the next run."""

from collections.abc import Callable

import pytest

from fixtures.sabotage.inner_run import Abandoned

pytestmark = pytest.mark.sabotage


@pytest.mark.parametrize("fault", ["overlay-cut", "replica-stopped"])
def test_what_a_crash_left_is_healed(fault: str, abandoned: Callable[[str], Abandoned]) -> None:
    """After the injector was killed the fault is on record, is healed before the lab is used, and leaves nothing."""
    left = abandoned(fault)
    assert left.found == (fault,), "the fault is not on record as left behind"
    assert any(fault in line for line in left.said), left.said
    assert left.after == (), f"still injected: {left.after}"
