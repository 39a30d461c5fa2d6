"""The cap on health intervals, on request."""

import pytest

from lab.cluster.deployment import health_interval
from lab.errors import InputError


def test_it_is_asked_for_in_seconds() -> None:
    """Nothing said is no cap."""
    assert health_interval({}) is None
    assert health_interval({"LAB_HEALTH_INTERVAL": "2.5"}) == 2.5


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "99999"])
def test_a_wrong_one_is_one_line(value: str) -> None:
    """The variable, the value and the remedy."""
    with pytest.raises(
        InputError, match=f"LAB_HEALTH_INTERVAL={value}: seconds between 0.1 and 3600, or unset it"
    ):
        health_interval({"LAB_HEALTH_INTERVAL": value})
