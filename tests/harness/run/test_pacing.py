"""More is asked of the edge only where a node seems slow, nothing failed, and no more than is allowed."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.observe.http.access_log import AccessLine, Window
from fixtures.plugins import pacing
from fixtures.plugins.traffic import Routed
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, THREE, attempt

Round = tuple[AccessLine, ...]


def logged(late: Callable[[int], bool], status: int = 200, count: int = 10) -> Round:
    """So many requests to each frontend replica, one a second; on the third node those of `late` are a step late."""
    state = samples.sound().state
    assert state is not None
    return tuple(
        replace(
            samples.line(next(iter(task.addresses.values())), 80, status),
            when=NOW.replace(second=number),
            duration_ms=230.0 if task.node == THREE and late(number) else 4.0,
        )
        for number in range(count)
        for task in state.tasks_of("translation_frontend")
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests each further round made of each host; every fifth of the third node's is late, but in the round
    that is always made."""
    rounds: list[int] = []

    def more(*arguments: Any) -> Round:  # noqa: ANN401
        rounds.append(arguments[-1])
        always = arguments[-1] == pacing.AT_LEAST
        return logged(lambda number: number % 5 == 1 and not always, count=10 if always else 30)

    monkeypatch.setattr(pacing, "_round", more)
    return rounds


def paced(first: Round, *, is_lab: bool = True, failed: bool = False) -> int:
    """How many requests were judged."""
    routed = Routed((attempt(504 if failed else 200),), Window(first))
    swarm = SimpleNamespace(observe=lambda: samples.sound().state)
    ask = cast(Callable[..., tuple[object, ...]], pacing.paced.__wrapped__)  # type: ignore[attr-defined]
    return len(ask(routed, None, None, swarm, SimpleNamespace(is_lab=is_lab)))


def test_where_nothing_is_late_little_more_is_asked(asked: list[int]) -> None:
    """A sound lab is asked once more, and another cluster not at all."""
    assert paced(logged(lambda _: False)) == 60
    assert asked == [pacing.AT_LEAST]
    assert paced(logged(lambda _: False), is_lab=False) == 30
    assert asked == [pacing.AT_LEAST]


def test_a_suspicion_is_followed_until_it_is_proved(asked: list[int]) -> None:
    """One late request is followed up, in rounds, and no further than the proof."""
    judged = paced(logged(lambda number: number == 0))
    assert asked == [pacing.AT_LEAST, *[pacing.OF_A_ROUND] * 2]
    assert judged == 30 + 30 + 2 * 90


def test_elsewhere_one_small_round_is_all(asked: list[int]) -> None:
    """A target that is not the lab is asked once more at most."""
    paced(logged(lambda number: number == 0), is_lab=False)
    assert asked == [pacing.OF_A_ROUND_ELSEWHERE]


@pytest.mark.parametrize("how", ["attempt", "line"])
def test_where_requests_fail_nothing_more_is_asked(asked: list[int], how: str) -> None:
    """How long the others take is not the question then."""
    first = logged(lambda number: number == 0)
    failed = logged(lambda _: False, status=504, count=1) if how == "line" else ()
    paced((*first, *failed), failed=how == "attempt")
    assert asked == []
