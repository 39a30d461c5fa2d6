"""A call just at each of its limits is good, and one just beyond has that fault and no other."""

from dataclasses import replace

import pytest

from fixtures.judge.media import call_faults, sound_faults, video_faults
from fixtures.limits import Limits
from fixtures.observe.media.playback import Freeze, MediaReport
from tests.harness.samples.report import call

LIMITS = Limits(call_loss_max=0.02, call_freezes_max=1, call_out_of_order_max=1, call_latency_p95_ms=400)
AT_EACH = MediaReport(1, 49, 1, 1, 9, (Freeze(2.0, 0.7),), 390.0, 400.0, 900.0, 3.0)


def test_at_its_limits_a_picture_is_good() -> None:
    """One lost of fifty, one freeze, one out of order and the very delay that is allowed; the fewest frames too."""
    assert video_faults(AT_EACH, LIMITS) == []
    assert video_faults(replace(AT_EACH, frames=30, lost=0), replace(LIMITS, call_frames=30)) == []


@pytest.mark.parametrize(
    ("beyond", "said"),
    [
        ({"frames": 29, "lost": 0}, "29 frames, wanted 30 or more"),
        ({"frames": 48}, "loss 2.0%, limit 2.0%"),
        ({"out_of_order": 2}, "2 frames out of order"),
        ({"freezes": (Freeze(2.0, 0.7), Freeze(3.0, 0.625))}, "freezes: 0.70 s, 0.62 s"),
        ({"latency_p95_ms": 400.5}, "latency p95 400.5 ms, limit 400 ms"),
        ({"latency_p95_ms": None}, "no latency was measured, limit 400 ms"),
    ],
)
def test_beyond_a_limit_a_picture_has_that_fault(beyond: dict[str, object], said: str) -> None:
    """In full words."""
    assert video_faults(replace(AT_EACH, **beyond), LIMITS) == [said]  # type: ignore[arg-type]


def test_a_peer_must_hear_the_other_and_not_itself() -> None:
    """As many windows as wanted are enough; what was heard is told, each pitch once."""
    first, second = call().peers
    few = replace(first, tones=first.tones[:4], limits=replace(first.limits, tone_windows=4))
    assert sound_faults(few, second) == []
    one_less = replace(few, tones=few.tones[:3])
    pitch = f"{second.pitch_hz:g} Hz"
    assert sound_faults(one_less, second) == [
        f"3 windows of {pitch}, wanted 4; heard {round(second.pitch_hz)}"
    ]
    assert sound_faults(replace(few, tones=()), second) == [f"0 windows of {pitch}, wanted 4; heard nothing"]
    assert sound_faults(replace(few, tones=(*few.tones, *second.tones)), second) == [
        f"hears its own {first.pitch_hz:g} Hz"
    ]


def test_each_peer_is_judged_by_what_it_received() -> None:
    """A peer that gets too little is named with the other, its picture and its transports; the other is not."""
    whole, short = call(), call(29)
    assert call_faults(whole) == []
    (fault,) = call_faults(replace(whole, second=short.second))
    video = short.second.video_from(whole.first.sender)
    shown = f"29 frames, wanted 30 or more; observed: {video}; {short.second.links_text}"
    assert fault == f"second, receiving from first: {shown}"
    stalled = replace(whole, second=short.second, own_stall_s=whole.limits.own_stall_s)
    assert call_faults(stalled) == [fault]
    (slow,) = call_faults(replace(stalled, own_stall_s=whole.limits.own_stall_s + 0.01))
    assert "this machine was overloaded and held up our own peers for " in slow
