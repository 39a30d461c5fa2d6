"""Which node is slow: a share of its requests late by a retransmission, where the others' are not."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fixtures.judge import paces
from fixtures.judge.paces import Timed
from fixtures.observe.http.access_log import AccessLine
from tests.harness.samples import observed as samples

NODES = ("one", "two", "three")
Ms = Callable[[str, int], float]


def asked(ms: Ms, count: int = 60, per_second: int = 6) -> tuple[Timed, ...]:
    """So many requests to a replica of each of two services on each node, some in each second."""
    return tuple(
        Timed(f"{service} on {node}", service, node, number // per_second, ms(node, number))
        for number in range(count)
        for service in ("page", "api")
        for node in NODES
    )


def late(share: float, node: str = "three", seed: int = 1) -> Ms:
    """A share of one node's requests is late by 200 ms or more."""
    chance = random.Random(seed)
    return lambda where, _: (
        4.0 + (chance.uniform(200, 1000) if where == node and chance.random() < share else 0)
    )


@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_a_node_that_loses_packets_is_slow(share: float, seed: int) -> None:
    """From one lost packet in ten on it is named, and no other."""
    (found,) = paces.slow_nodes(asked(late(share, seed=seed), 120))
    assert (found.node, found.others_slow) == ("three", 0)
    assert str(found).startswith(f"three: {found.slow} of {found.asked} requests took 190 ms longer")


@pytest.mark.parametrize("seed", range(20))
def test_a_busy_machine_slows_none_more_than_others(seed: int) -> None:
    """Requests that take up to a second on every node alike name nobody."""
    chance = random.Random(seed)
    every = asked(lambda *_: chance.uniform(2, 1000))
    assert paces.slow_nodes(every) == ()


def test_one_stall_of_one_replica_is_none() -> None:
    """A process that is held up for a second holds up all that came then: two of them count, not thirty."""
    every = asked(lambda node, number: 700.0 if node == "three" and number < 30 else 4.0, per_second=30)
    assert paces.slow_nodes(every) == ()
    assert {pace.node: pace.slow for pace in paces.paces(every)} == {"three": 4, "one": 0, "two": 0}


def test_few_requests_prove_nothing() -> None:
    """Nineteen to a node name nobody, however slow; a few late ones among them are worth asking more."""
    few = [each for each in asked(late(1.0)) if each.node != "three" or each.service == "page"][: 19 * 5]
    assert paces.slow_nodes(few) == ()
    assert paces.worth_asking_more(few)


@pytest.mark.parametrize(("share", "more"), [(0.0, False), (0.04, True), (0.3, False)])
def test_when_more_is_asked(share: float, more: bool) -> None:
    """Where nothing is late nothing more is asked, and where it is proved neither."""
    assert paces.worth_asking_more(asked(late(share))) is more


def test_one_node_has_nobody_to_be_compared_with() -> None:
    """Replicas on one node alone are never slow."""
    assert paces.paces([each for each in asked(late(0.5)) if each.node == "three"]) == ()
    assert paces.paces(()) == ()


@pytest.mark.parametrize(
    ("change", "counts"),
    [({}, True), ({"status": 404}, True), ({"status": 504}, False), ({"status": 499}, False), ({"status": 101}, False),
     ({"status": None}, False), ({"method": "POST"}, False), ({"path": "/socket.io/?sid=x"}, False),
     ({"when": None}, False), ({"server_address": "10.9.9.9"}, False), ({"server_address": None}, False)],
)  # fmt: skip
def test_which_lines_say_how_long_a_replica_takes(change: dict[str, object], counts: bool) -> None:
    """Plain requests that a known replica answered; no websocket, no poll, nothing that failed."""
    state = samples.sound().state
    assert state is not None
    line = AccessLine(
        **{**vars(samples.line("10.0.2.14", 80)), "when": datetime(2026, 1, 1, tzinfo=UTC), **change}
    )
    found = paces.timed([line], state.tasks)
    assert [(each.address, each.node, each.ms) for each in found] == [
        ("10.0.2.14", samples.THREE, 4.0)
    ] * counts


def test_the_chance_is_fisher_s() -> None:
    """Four of twenty slow and none of forty others: 4845 ways of 487635."""
    every = asked(lambda node, number: 300.0 if node == "three" and number in (0, 6) else 4.0, 10)
    (found, *_) = paces.paces(every)
    assert (found.node, found.slow, found.asked) == ("three", 4, 20)
    assert found.chance == pytest.approx(4845 / 487635)
