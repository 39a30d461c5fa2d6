"""The meter of our own event loop."""

import asyncio
import time

import pytest

from fixtures.observe.media import call as made_by
from fixtures.observe.media.peer import PeerSetup
from fixtures.observe.media.stall import BEAT_S, StallMeter
from fixtures.observe.media.values import CallObservation
from fixtures.observe.signaling.dialling import Dial
from fixtures.plugins import calls as media
from fixtures.target.reach import Reach


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


@pytest.mark.parametrize(("stalls", "calls", "void"), [
    ([0.01], 1, ()),
    ([0.4, 0.02], 2, (0.4,)),
    ([0.4, 0.5, 0.6, 0.01], 3, (0.4, 0.5)),
])  # fmt: skip
def test_a_call_of_a_stalled_machine_is_void(
    monkeypatch: pytest.MonkeyPatch, stalls: list[float], calls: int, void: tuple[float, ...]
) -> None:
    """It is made again, a few times at most; the last is judged, and those before it are on record."""
    made: list[float] = []

    async def call(first: PeerSetup, second: PeerSetup) -> CallObservation:
        made.append(stalls[len(made)])
        return CallObservation(first.room, 0.0, 0.0, None, None, None, made[-1])  # type: ignore[arg-type]

    monkeypatch.setattr(made_by, "two_peer_call", call)
    dial = Dial(Reach(), "api.example")
    judged = media._valid_call(dial, dial, None)
    assert (len(made), judged.own_stall_s, judged.void_s) == (calls, stalls[calls - 1], void)
    assert ("void before" in judged.void_text) == bool(void)
