"""Agents that engines start seconds apart are given time for that, and only where they missed one another."""

import pytest

from lab.probe import prober
from lab.probe.agent import LATE_MOST_S
from lab.probe.node_views import Place
from lab.probe.reading_agents import AgentReport
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab

ONE, TWO = Place("a", "net", "1", "10.0.2.1"), Place("b", "net", "1", "10.0.2.2")
PLACES = {("a", "net"): ONE, ("b", "net"): TWO}
HEARD = frozenset({100})


def reports(apart_s: int, heard: bool) -> dict[tuple[str, str], AgentReport]:
    return {
        ("a", "net"): AgentReport(arrived={TWO.address: HEARD} if heard else {}, ran=(100, 106)),
        ("b", "net"): AgentReport(arrived={ONE.address: HEARD}, ran=(100 + apart_s, 106 + apart_s)),
    }


@pytest.mark.parametrize(
    ("apart_s", "heard", "lates"),
    [
        (0, False, [0]), (1, False, [0]), (2, True, [0]), (2, False, [0, 3]), (7, False, [0, 8]),
        (LATE_MOST_S, False, [0, LATE_MOST_S]), (LATE_MOST_S + 1, False, [0]),
    ],
)  # fmt: skip
def test_a_second_run_waits_for_the_late(
    apart_s: int, heard: bool, lates: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By as much as they were apart; where clocks differ by more than any engine is slow, it would be in vain."""
    ran: list[int] = []

    def once(*given: object) -> dict[tuple[str, str], AgentReport]:
        ran.append(int(str(given[-1])))
        return reports(apart_s, heard)

    monkeypatch.setattr(prober, "_run_once", once)
    prober._run_agents(fake_lab(FakeSwarm()), "net", PLACES, [], None)
    assert ran == lates
