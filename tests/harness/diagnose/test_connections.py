"""A kernel's table of connections: full and dropping it is proved, nearly full likely, else it is no cause."""

import pytest

from fixtures.diagnose.engine import Confidence
from fixtures.diagnose.rules.connections import conntrack_full
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import TWO


@pytest.mark.parametrize(
    ("connections", "dropped", "confidence"),
    [
        (262_144, 17, Confidence.PROVED), (259_523, 1, Confidence.PROVED), (259_522, 1, Confidence.LIKELY),
        (262_144, 0, Confidence.LIKELY), (262_144, None, Confidence.LIKELY), (249_037, 9, Confidence.LIKELY),
        (249_036, 9, None),
    ],
)  # fmt: skip
def test_how_full_it_is(connections: int, dropped: int | None, confidence: Confidence | None) -> None:
    """From 95 in 100 on it is named, and proved where it is full and packets were dropped."""
    found = list(conntrack_full(between_nodes.tracked(connections, dropped)))
    assert [cause.confidence for cause in found] == ([] if confidence is None else [confidence])
    assert [cause.names("node") for cause in found] == [(TWO,)] * len(found)
    assert all(bool(cause.undecided) is (cause.confidence is Confidence.LIKELY) for cause in found)


def test_a_kernel_that_was_not_read_is_no_cause() -> None:
    """Nothing is said of what nobody read."""
    assert list(conntrack_full(samples.sound())) == []
