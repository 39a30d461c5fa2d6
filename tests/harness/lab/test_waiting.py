"""The polling loops, with a clock that only the loop moves."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

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

ROOT = Path(__file__).parents[3]


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


def test_progress_is_given_what_is_seen() -> None:
    """on_wait is called with each observation that was not it."""
    seen: list[str] = []
    looks = script(NotYet("a"), NotYet("b"), Ready("here"))
    wait_for("x", looks, deadline_s=9, clock=FakeClock(), on_wait=seen.append)
    assert seen == ["a", "b"]


def hanging(before: Look[str], let_go: threading.Event) -> Callable[[], Look[str]]:
    """Says one thing, and then never returns until it is let go."""
    looks = iter([before])

    def look() -> Look[str]:
        if (first := next(looks, None)) is not None:
            return first
        let_go.wait(20)
        return Ready("too late")

    return look


def test_each_look_is_bounded_by_the_deadline() -> None:
    """A look that hangs does not outlive the deadline: the wait ends, with the last observation before."""
    let_go, started = threading.Event(), time.monotonic()
    with pytest.raises(WaitTimeoutError) as caught:
        wait_for("the thing", hanging(NotYet("seen once"), let_go), deadline_s=0.2, interval_s=0.01)
    let_go.set()
    assert 0.19 <= time.monotonic() - started < 5
    assert str(caught.value) == (
        "the thing: not within 0.2 s; last seen: seen once; the look after that never returned"
    )


def test_a_first_look_that_hangs_is_ended_too() -> None:
    """Then nothing was observed at all."""
    let_go = threading.Event()
    with pytest.raises(
        WaitTimeoutError, match=r"not within 0\.1 s; last seen: nothing was observed; the look"
    ):
        wait_for("x", lambda: Ready(str(let_go.wait(20))), deadline_s=0.1)
    let_go.set()


def test_a_look_that_hangs_does_not_keep_the_process() -> None:
    """It is left in a daemon thread: the interpreter ends all the same."""
    text = (
        "import threading\n"
        "from lab.waiting import WaitTimeoutError, wait_for\n"
        "try:\n"
        "    wait_for('x', lambda: threading.Event().wait(60), deadline_s=0.1)\n"
        "except WaitTimeoutError as late:\n"
        "    print(late)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
    )
    assert ended.stdout.startswith("x: not within 0.1 s")


def test_an_interruption_of_a_look_passes_through() -> None:
    """Whatever is raised where a look runs is raised where it is waited for."""

    def look() -> Look[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for("x", look, deadline_s=5)


def test_a_look_in_time_has_what_is_left_of_the_deadline() -> None:
    """One that takes most of it still counts."""
    looks = script(NotYet("a"), Ready("here"))

    def slow() -> Look[str]:
        time.sleep(0.15)  # the time that a look takes is the subject
        return looks()

    assert wait_for("x", slow, deadline_s=10, interval_s=0) == "here"
    with pytest.raises(WaitTimeoutError, match="last seen: a; the look"):
        wait_for("x", script_after(0.3, NotYet("a")), deadline_s=0.4, interval_s=0)


def script_after(seconds: float, first: Look[str]) -> Callable[[], Look[str]]:
    """Says one thing at once, and takes its time for every other."""
    looks = iter([first])

    def look() -> Look[str]:
        if (now := next(looks, None)) is None:
            time.sleep(2 * seconds)
            return Ready("too late")
        return now

    return look


def test_no_sleep_outlasts_the_deadline() -> None:
    """The last one is cut short."""
    clock = FakeClock()
    with pytest.raises(WaitTimeoutError):
        wait_for("x", script(NotYet("a")), deadline_s=10, interval_s=4, clock=clock)
    assert (clock.time, clock.slept) == (10, 3)


def test_looks_are_a_tenth_of_a_second_apart() -> None:
    """By default; the async ones half of that."""
    clock = FakeClock()
    wait_for("x", script(NotYet("a"), NotYet("b"), Ready("c")), deadline_s=9, clock=clock)
    assert clock.time == pytest.approx(0.2)


def test_the_deadline_counts_from_the_start_of_the_wait() -> None:
    """Whatever the clock stood at."""
    clock = FakeClock()
    clock.time = 1000
    with pytest.raises(WaitTimeoutError, match="not within 10 s"):
        wait(script(NotYet("a")), clock)
    assert clock.time == 1010


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

    with pytest.raises(WaitTimeoutError, match=r"not within 0\.15 s; last seen: seen once; the look after"):
        asyncio.run(main())


def test_an_async_timeout_of_the_look_itself_passes_through() -> None:
    """Only the deadline's own is a WaitTimeoutError."""

    async def look() -> Look[str]:
        raise TimeoutError("the look's own")

    with pytest.raises(TimeoutError, match="the look's own"):
        asyncio.run(wait_for_async("it", look, deadline_s=5))


def test_async_looks_stop_at_the_deadline() -> None:
    """With what was seen last, and not before; no sleep lasts longer."""

    async def look() -> Look[str]:
        return NotYet("not it")

    started = time.monotonic()
    with pytest.raises(WaitTimeoutError, match=r"it: not within 0\.2 s; last seen: not it$"):
        asyncio.run(wait_for_async("it", look, deadline_s=0.2, interval_s=9))
    assert 0.19 <= time.monotonic() - started < 5


def test_one_success_is_enough_unless_more_are_asked_for() -> None:
    """In both loops."""

    async def look() -> Look[str]:
        return looks()

    looks = script(Ready("1"), Ready("2"))
    assert asyncio.run(wait_for_async("it", look, deadline_s=5)) == "1"
    assert wait_for("it", script(Ready("1"), Ready("2")), deadline_s=5) == "1"


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
