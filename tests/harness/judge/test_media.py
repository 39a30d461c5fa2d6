"""What of a call is outside the limits is said in words, for each peer, and what is within them is not."""

from dataclasses import replace

import pytest

from fixtures.judge.media import call_faults, video_faults
from fixtures.limits import Limits
from fixtures.observe.media.playback import Freeze, MediaReport, Received
from fixtures.observe.media.stamp import Stamp
from fixtures.observe.media.tone_window import ToneWindow
from fixtures.observe.media.values import CallObservation, Leave, PeerObservation

LIMITS = Limits()
WELL = MediaReport(1, LIMITS.call_frames, 0, 0, 0, (), 80.0, 100.0, 120.0, 2.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frames": 29}, "29 frames, wanted 30"),
        ({"lost": 2}, "loss 6.2%, limit 2.0%"),
        ({"out_of_order": 1}, "1 frames out of order"),
        ({"freezes": (Freeze(1.0, 0.6),)}, "freezes"),
        ({"latency_p95_ms": 401.0}, "latency p95 401 ms, limit 400 ms"),
        ({"latency_p95_ms": None}, "no latency was measured"),
    ],
)
def test_each_limit_of_the_picture_is_held(change: dict[str, object], said: str) -> None:
    """A picture just outside one limit has that one fault, and a good one has none."""
    assert video_faults(WELL, LIMITS) == []
    (fault,) = video_faults(replace(WELL, **change), LIMITS)  # type: ignore[arg-type]
    assert said in fault


def _peer(name: str, sender: int, other: int, hears: tuple[float, ...]) -> PeerObservation:
    received = tuple(
        Received(Stamp(other, sequence, int((10 + sequence / 15) * 1000)), 10.1 + sequence / 15)
        for sequence in range(30)
    )
    tones = tuple(ToneWindow(1.0, hz, 0.99, 0.5) for hz in hears)
    return PeerObservation(name, sender, 100.0 * sender, "", "", None, None, (), (), received, tones=tones)


def _call(*hears: tuple[float, ...], stall_s: float = 0.0) -> CallObservation:
    peers = _peer("first", 4, 7, hears[0]), _peer("second", 7, 4, hears[1])
    return CallObservation("room", 0.0, 0.0, *peers, Leave("second", 0.1), stall_s)


def test_who_hears_wrongly_is_named() -> None:
    """Too little of the other's tone, and one's own, are faults of the peer that heard it, and of nobody else."""
    seven, four = (700.0,) * LIMITS.tone_windows, (400.0,) * LIMITS.tone_windows
    assert call_faults(_call(seven, four)) == []
    (silent,) = call_faults(_call(seven, four[1:], stall_s=1.0))
    assert silent.startswith(
        "second, receiving from first: 4 windows of 400 Hz, wanted 5; heard 400; this machine was overloaded"
    )
    (echo,) = call_faults(_call((*seven, 400.0), four))
    assert echo.startswith("first, receiving from second: hears its own 400 Hz")
