"""A kernel's table of connections: full and dropping it is proved, nearly full likely, else it is no cause."""

import pytest

from fixtures.diagnose.engine import Confidence
from fixtures.diagnose.rules.connections import conntrack_full, udp_to_gone_task
from lab.probe.values import Flow
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


@pytest.mark.parametrize(
    ("flow", "named"),
    [(Flow(40003, "172.18.0.5", 2), True), (Flow(3478, "172.18.0.5", 2), True), (Flow(5353, "172.18.0.5", 2), False)],
)  # fmt: skip
def test_udp_for_a_task_that_is_gone(flow: Flow, named: bool) -> None:
    """Of the plan's own ports; it is never more than possible, since our own senders come from other ports."""
    seen = between_nodes.sent_astray(flow)
    found = list(udp_to_gone_task(seen))
    assert [cause.confidence for cause in found] == [Confidence.POSSIBLE] * named
    for cause in found:
        assert cause.names("node") == (TWO,)
        assert f"conntrack -D -p udp --dport {flow.port}" in cause.remedy
        assert "which no container has" in cause.speaks_for[0]
