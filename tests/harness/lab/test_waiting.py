"""The polling loops, with a clock that only the loop moves."""

import asyncio
from collections.abc import Callable

import pytest

from lab.waiting import (
    Hopeless,
    HopelessError,
    Look,
    NotYet,
    Ready,
    WaitTimeoutError,
    wait_for,
    wait_for_async,
)


class FakeClock:
    """Time passes only when it is slept."""

    def __init__(self) -> None:
        self.time, self.slept = 0.0, 0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time, self.slept = self.time + seconds, self.slept + 1


def script(*looks: Look[str]) -> Callable[[], Look[str]]:
    """Gives the looks one by one, then the last for ever."""
    left = list(looks)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def wait(look: Callable[[], Look[str]], clock: FakeClock, in_a_row: int = 1) -> str:
    return wait_for("the thing", look, deadline_s=10, interval_s=1, in_a_row=in_a_row, clock=clock)


def test_ready_at_once_never_sleeps() -> None:
    """What is there already is returned without waiting."""
    clock = FakeClock()
    assert wait(script(Ready("here")), clock) == "here"
    assert clock.slept == 0


def test_not_yet_is_waited_out() -> None:
    """Every NotYet costs one interval."""
    clock = FakeClock()
    assert wait(script(NotYet("a"), NotYet("b"), Ready("here")), clock) == "here"
    assert clock.time == 2


def test_the_deadline_ends_it_with_the_last_thing_seen() -> None:
    """The error holds what was waited for, the deadline and the last observation."""
    clock = FakeClock()
    with pytest.raises(WaitTimeoutError, match="the thing: not within 10 s; last seen: b"):
        wait(script(NotYet("a"), NotYet("b")), clock)
    assert clock.time == 10


def test_hopeless_ends_it_at_once() -> None:
    """What will not come is not waited for, and the error says why."""
    clock = FakeClock()
    with pytest.raises(HopelessError, match="the thing: will not come: it is gone"):
        wait(script(NotYet("a"), Hopeless("it is gone")), clock)
    assert clock.time == 1


def test_successes_must_come_in_a_row() -> None:
    """A NotYet in between starts the count again."""
    clock = FakeClock()
    looks = script(Ready("1"), Ready("2"), NotYet("fell"), Ready("3"), Ready("4"), Ready("5"))
    assert wait(looks, clock, in_a_row=3) == "5"


def test_flapping_never_counts_as_ready() -> None:
    """Ready and NotYet by turns pass the deadline, and the error says what was seen."""
    clock, turn = FakeClock(), iter(range(100))
    with pytest.raises(WaitTimeoutError, match="last seen: down"):
        wait(lambda: Ready("up") if next(turn) % 2 else NotYet("down"), clock, in_a_row=2)


def test_any_other_error_surfaces_at_once() -> None:
    """An exception of the look is no reason to try again."""
    clock = FakeClock()

    def look() -> Look[str]:
        raise KeyError("typo")

    with pytest.raises(KeyError, match="typo"):
        wait(look, clock)
    assert clock.slept == 0


def test_progress_is_told_what_is_seen() -> None:
    """on_wait hears each observation that was not it."""
    told: list[str] = []
    looks = script(NotYet("a"), NotYet("b"), Ready("here"))
    wait_for("x", looks, deadline_s=9, clock=FakeClock(), on_wait=told.append)
    assert told == ["a", "b"]


def test_each_async_look_is_bounded_by_the_deadline() -> None:
    """A look that hangs cannot hold the loop: the deadline ends it, with the last observation before."""
    looks = iter([0])

    async def look() -> Look[str]:
        if next(looks, None) is None:
            await asyncio.get_running_loop().create_future()  # hangs for ever
        return NotYet("seen once")

    async def main() -> None:
        async with asyncio.timeout(5):
            await wait_for_async("the thing", look, deadline_s=0.15, interval_s=0.01)

    with pytest.raises(WaitTimeoutError, match=r"not within 0.15 s; last seen: seen once"):
        asyncio.run(main())


def test_async_ready_in_a_row_and_hopeless() -> None:
    """The async loop counts successes and stops at Hopeless as the other does."""

    def answers(*looks: Look[str]) -> Callable[[], object]:
        following = script(*looks)

        async def look() -> Look[str]:
            return following()

        return lambda: wait_for_async("it", look, deadline_s=5, interval_s=0, in_a_row=2)

    assert asyncio.run(answers(Ready("1"), NotYet("x"), Ready("2"), Ready("3"))()) == "3"  # type: ignore[arg-type]
    with pytest.raises(HopelessError, match="gone"):
        asyncio.run(answers(Hopeless("gone"))())  # type: ignore[arg-type]
