"""The only polling loops of the project.

Waiting is for set-up and recovery. What is measured is never waited for: an availability check records
every attempt, the failed ones too.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
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
    """The bookkeeping both loops share: successes in a row, the deadline, the last thing seen."""

    def __init__(self, what: str, deadline_s: float, in_a_row: int, started: float) -> None:
        self.what, self.deadline_s, self.in_a_row, self.started = what, deadline_s, in_a_row, started
        self.successes, self.last = 0, "nothing was observed"

    def take(self, look: "Look[T]") -> Ready[T] | None:
        if isinstance(look, Hopeless):
            raise HopelessError(f"{self.what}: will not come: {look.why}")
        if isinstance(look, NotYet):
            self.successes, self.last = 0, look.seen
            return None
        self.successes += 1
        return look if self.successes >= self.in_a_row else None

    def check(self, now: float) -> None:
        if now - self.started >= self.deadline_s:
            raise WaitTimeoutError(f"{self.what}: not within {self.deadline_s:g} s; last seen: {self.last}")


def wait_for(
    what: str,
    look: Callable[[], "Look[T]"],
    *,
    deadline_s: float,
    interval_s: float = 0.1,
    in_a_row: int = 1,
    clock: Clock = SYSTEM_CLOCK,
    on_wait: Callable[[str], None] | None = None,
) -> T:
    """Call `look` until it says Ready `in_a_row` times running, and return the last value.

    `on_wait` is told each thing seen instead, for progress. Whatever `look` raises passes through at once:
    only NotYet is waited out. Raises WaitTimeoutError, HopelessError.
    """
    progress: _Progress[T] = _Progress(what, deadline_s, in_a_row, clock.now())
    while True:
        ready = progress.take(look())
        if ready is not None:
            return ready.value
        if on_wait is not None:
            on_wait(progress.last)
        progress.check(clock.now())
        clock.sleep(interval_s)


async def wait_for_async(
    what: str,
    look: Callable[[], Awaitable["Look[T]"]],
    *,
    deadline_s: float,
    interval_s: float = 0.05,
    in_a_row: int = 1,
) -> T:
    """As `wait_for`, in an event loop; each look is itself bounded by what is left of the deadline."""
    loop = asyncio.get_running_loop()
    progress: _Progress[T] = _Progress(what, deadline_s, in_a_row, loop.time())
    while True:
        left = progress.started + deadline_s - loop.time()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                look_now = await look()
        except TimeoutError as late:
            raise WaitTimeoutError(
                f"{what}: not within {deadline_s:g} s; last seen: {progress.last}"
            ) from late
        ready = progress.take(look_now)
        if ready is not None:
            return ready.value
        progress.check(loop.time())
        await asyncio.sleep(interval_s)
