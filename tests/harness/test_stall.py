"""The meter of our own event loop."""

import asyncio
import time

from fixtures.clients.stall import BEAT_S, StallMeter


def test_a_blocked_loop_is_measured() -> None:
    """A loop that is blocked for a while is late by about that while."""

    async def block() -> float:
        async with StallMeter() as meter:
            ends = time.monotonic() + 0.2
            await asyncio.to_thread(lambda: None)
            while time.monotonic() < ends:
                pass
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        return meter.longest_s

    assert 0.2 - 2 * BEAT_S <= asyncio.run(block()) < 2


def test_it_ends_with_its_block() -> None:
    """Nothing is left scheduled when the block ends, so the loop can close."""

    async def once() -> StallMeter:
        async with StallMeter() as meter:
            pass
        return meter

    meter = asyncio.run(once())
    assert meter.longest_s == 0
    assert meter._next is not None
    assert meter._next.cancelled()
