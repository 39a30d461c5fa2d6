"""The only polling loops of the project.

Waiting is for set-up and recovery. What is measured is never waited for: an availability check records
every attempt, the failed ones too.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Ready(Generic[T]):
    """What was waited for is there."""

    value: T


@dataclass(frozen=True)
class NotYet:
    """Not there yet, and this is what was seen instead."""

    seen: str


@dataclass(frozen=True)
class Hopeless:
    """It will not come: stop at once, and this is why."""

    why: str


Look = Ready[T] | NotYet | Hopeless


class WaitError(Exception):
    """What was waited for did not come; the text holds the last observation."""


class WaitTimeoutError(WaitError):
    """The deadline passed."""


class HopelessError(WaitError):
    """An observation said that waiting on is of no use."""


class Clock(Protocol):
    """Time as a waiting loop needs it; tests put a fake in its place."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class _SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


SYSTEM_CLOCK: Clock = _SystemClock()


class _Progress(Generic[T]):
    """What both loops keep: successes in a row, the deadline, the last thing seen."""

    def __init__(self, what: str, deadline_s: float, in_a_row: int, started: float) -> None:
        self.what, self.deadline_s, self.in_a_row, self.started = what, deadline_s, in_a_row, started
        self.successes, self.last = 0, "nothing was observed"

    def take(self, look: "Look[T]") -> Ready[T] | None:
        """The value when it is the last of enough successes in a row; raises HopelessError."""
        if isinstance(look, Hopeless):
            raise HopelessError(f"{self.what}: will not come: {look.why}")
        if isinstance(look, NotYet):
            self.successes, self.last = 0, look.seen
            return None
        self.successes += 1
        return look if self.successes >= self.in_a_row else None

    def left(self, now: float) -> float:
        """Seconds until the deadline, more than none; raises WaitTimeoutError once it has passed."""
        left = self.started + self.deadline_s - now
        if left <= 0:
            raise self.timeout()
        return left

    def timeout(self, hung: str = "") -> WaitTimeoutError:
        return WaitTimeoutError(
            f"{self.what}: not within {self.deadline_s:g} s; last seen: {self.last}{hung}"
        )


HUNG = "; the look after that never returned"


def wait_for(
    what: str,
    look: Callable[[], "Look[T]"],
    *,
    deadline_s: float,
    interval_s: float = 0.1,
    in_a_row: int = 1,
    clock: Clock = SYSTEM_CLOCK,
    on_wait: Callable[[str], None] | None = None,
    look_s: float | None = None,
) -> T:
    """Call `look` until it says Ready `in_a_row` times running, and return the last value.

    `on_wait` is given each thing seen instead, for progress. Whatever `look` raises passes through at once:
    only NotYet is waited out. Each look is bounded by what is left of the deadline, so it runs in a thread of its
    own (0.1 ms each): a look that hangs is left behind there, and ends with the process at the latest. With `look_s`
    the next one is made after so many seconds, and whichever answers first counts: for a look that only asks, so that
    one answer that never comes does not use up the wait, and one that comes late is not lost.
    Raises WaitTimeoutError, HopelessError.
    """
    progress: _Progress[T] = _Progress(what, deadline_s, in_a_row, clock.now())
    asked: list[Future[Look[T]]] = []
    while True:
        asked.append(_in_a_thread(look))
        left = progress.left(clock.now())
        bound = left if look_s is None else min(look_s, left)
        if done := wait(asked, timeout=bound, return_when=FIRST_COMPLETED).done:
            first = next(each for each in asked if each in done)
            asked.remove(first)
            ready = progress.take(first.result())
        elif bound < left:
            ready = progress.take(NotYet(f"no answer within {bound:g} s"))
        else:
            raise progress.timeout(HUNG)
        if ready is not None:
            return ready.value
        if on_wait is not None:
            on_wait(progress.last)
        clock.sleep(min(interval_s, progress.left(clock.now())))


def _in_a_thread(look: Callable[[], T]) -> "Future[T]":
    ended: Future[T] = Future()

    def run() -> None:
        try:
            ended.set_result(look())
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            ended.set_exception(error)

    threading.Thread(target=run, name="look", daemon=True).start()
    return ended


async def wait_for_async(
    what: str,
    look: Callable[[], Awaitable["Look[T]"]],
    *,
    deadline_s: float,
    interval_s: float = 0.05,
    in_a_row: int = 1,
) -> T:
    """As `wait_for`, in an event loop; a look that is still under way at the deadline is cancelled."""
    loop = asyncio.get_running_loop()
    progress: _Progress[T] = _Progress(what, deadline_s, in_a_row, loop.time())
    while True:
        bound = asyncio.timeout(progress.left(loop.time()))
        try:
            async with bound:
                seen = await look()
        except TimeoutError as late:
            if not bound.expired():
                raise  # the look's own
            raise progress.timeout(HUNG) from late
        ready = progress.take(seen)
        if ready is not None:
            return ready.value
        await asyncio.sleep(min(interval_s, progress.left(loop.time())))
