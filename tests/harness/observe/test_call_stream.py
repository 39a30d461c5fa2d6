"""A call that runs on: who comes back keeps the old transports until the other sees the new ones."""

import asyncio
import time
from typing import Any

import pytest

from fixtures.observe.media.playback import Received
from fixtures.observe.media.stamp import Stamp
from fixtures.observe.signaling.dialling import Dial
from fixtures.observe.steady import call_stream
from fixtures.observe.steady.beats import Stopped
from fixtures.observe.steady.notes import Notes
from fixtures.target.reach import Reach


class Track:
    def __init__(self, *received: Received) -> None:
        self.received = list(received)


class Person:
    """Stands in for a peer: the tracks that it receives, and whether it was closed."""

    def __init__(self, *videos: Track) -> None:
        self.watches, self.videos = self, list(videos)
        self.ends: list[str] = []

    async def __aexit__(self, *_: object) -> None:
        self.ends.append("closed")


def frame(sender: int, at: float) -> Received:
    return Received(Stamp(sender, 0, 0), at)


@pytest.mark.parametrize("away", [True, False], ids=["the other is away", "the other is there"])
def test_the_old_transports_stay_until_the_new_ones_are_seen(
    away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other may be away for longer than they stay in any case; a picture of before we left tells nothing."""
    monkeypatch.setattr(call_stream, "LINGER_S", 0.0)

    async def scenario() -> None:
        seat, other = call_stream.CallStream(Dial(Reach(), "api.test"), Notes()).seats
        left = time.monotonic()
        old, new, watching = (
            Person(),
            Person(),
            Person(Track(frame(seat.sender, left - 1), frame(seat.sender, left + 1))),
        )
        people: Any = [old, new]
        seat.peers, watchers = people, ([] if away else [watching])
        others: Any = watchers
        other.peers = others
        letting_go = asyncio.create_task(seat._let_go(people[:1], left, Stopped()))
        await asyncio.wait({letting_go}, timeout=5 * call_stream.LOOK_S)
        assert old.ends == []
        others[:] = [Person(Track(frame(seat.sender, left + 2)))]
        await asyncio.wait_for(letting_go, timeout=5)
        assert old.ends == ["closed"]
        assert new.ends == []

    asyncio.run(scenario())


def test_they_are_let_go_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """An other who never comes back keeps nothing open for ever."""
    monkeypatch.setattr(call_stream, "LINGER_S", 0.0)
    monkeypatch.setattr(call_stream, "RETURN_S", 0.1)

    async def scenario() -> None:
        seat, _ = call_stream.CallStream(Dial(Reach(), "api.test"), Notes()).seats
        old: Any = [Person()]
        await asyncio.wait_for(seat._let_go(old, time.monotonic(), Stopped()), timeout=5)
        assert old[0].ends == ["closed"]

    asyncio.run(scenario())
