"""call: two people in one room see and hear each other, whichever signaling replicas they are on."""

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.judge.media import packet_faults, video_faults
from fixtures.limits import Limits
from fixtures.observe.media.losses import losses_of, summed
from fixtures.observe.media.values import CallObservation, CallRelation
from fixtures.target.planned import Plan
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.texts import listed

pytestmark = [
    pytest.mark.criterion("call"), pytest.mark.lab, pytest.mark.smoke, pytest.mark.xdist_group("calls"),
]  # fmt: skip
Note = Callable[[str], None]
RELATIONS = {CallRelation.ACROSS: "call_across", CallRelation.SAME: "call_together"}
REPLICAS = {CallRelation.ACROSS: "different", CallRelation.SAME: "the same"}


@pytest.fixture(params=RELATIONS, ids=REPLICAS.get)
def call(request: pytest.FixtureRequest, plan: Plan) -> CallObservation:
    """A call whose peers are on different signaling replicas, and one whose are on the same."""
    relation: CallRelation = request.param
    made: CallObservation = request.getfixturevalue(RELATIONS[relation])
    if plan.signaling.replicas == 1:
        return made  # on the one there is, which needs no cookie
    first, second = (peer.replica for peer in made.peers)
    assert first is not None, "no sticky cookie names the replica: where the peers are is not known"
    assert second is not None, "no sticky cookie names the replica: where the peers are is not known"
    apart = first.value != second.value
    assert apart == (relation is CallRelation.ACROSS), (
        f"peers on {first} and {second}, wanted {REPLICAS[relation]} replicas"
    )
    return made


def test_each_sees_the_other(call: CallObservation, limits: Limits, measured: Note) -> None:
    """Each peer decodes the other's stamped frames, in order, without loss or freeze, within the latency."""
    for peer, other, video in zip(call.peers, call.peers[::-1], call.videos, strict=True):
        seen = f"{video}; {peer.undecodable} frames undecodable; {listed(peer.links)}"
        wrong = "; ".join(video_faults(video, limits))
        if wrong and call.own_stall_s > limits.own_stall_s:
            wrong += f"; this machine was overloaded and held up our own peers for {call.own_stall_s:.2f} s"
        assert not wrong, f"{peer.name}, receiving from {other.name}: {wrong}\n  observed: {seen}"
    first, second = call.videos
    replicas = {peer.replica.value if peer.replica else "the only one" for peer in call.peers}
    measured(
        f"{len(replicas)} replica{'s' * (len(replicas) > 1)}: {first.frames}+{second.frames} frames, "
        f"{first.lost + second.lost} lost, p95 {max(first.latency_p95_ms or 0, second.latency_p95_ms or 0):.0f} ms"
        f"{call.void_text}"
    )


def test_each_hears_the_other(call: CallObservation, limits: Limits, measured: Note) -> None:
    """Each peer hears the other's pitch, and not its own."""
    for peer, other, windows in zip(call.peers, call.peers[::-1], call.right_tones, strict=True):
        heard = sorted({round(window.hz) for window in peer.tones})
        assert windows >= limits.tone_windows, (
            f"{peer.name}: {windows} windows of {other.pitch_hz:g} Hz, wanted {limits.tone_windows}; heard {listed(heard)} Hz"
        )
        assert not peer.tone_windows(peer.pitch_hz), f"{peer.name} hears its own {peer.pitch_hz:g} Hz"
    measured(f"{' and '.join(f'{peer.pitch_hz:g}' for peer in call.peers)} Hz heard by the other")


def test_few_packets_are_lost(call: CallObservation, measured: Note) -> None:
    """Of each peer's sound and picture few packets are lost, into the SFU and out of it: repairs may hide many."""
    wrong = [f"{peer.name}: {text}" for peer in call.peers for text in packet_faults(peer)]
    assert not wrong, f"{listed(wrong)}: {listed(link for peer in call.peers for link in peer.links)}"
    lost = summed(each for peer in call.peers for each in losses_of(peer.links))
    measured(f"{sum(each.lost for each in lost)} of {sum(each.packets for each in lost)} packets lost")


def test_leaving_is_told(call: CallObservation, limits: Limits, measured: Note) -> None:
    """When one leaves, the other is notified in time."""
    leave = call.leave
    assert leave.noticed_after_s is not None, (
        f"{leave.who} left; the other was not notified within {limits.call_leave_deadline_s:g} s"
    )
    measured(f"the other was notified of leaving after {leave.noticed_after_s * 1000:.0f} ms")


def test_resources_are_freed(
    call: CallObservation, media_stats: Callable[[], dict[str, Any]], limits: Limits, measured: Note
) -> None:
    """When both have left, the SFU holds neither the room nor a port of it."""

    def look() -> Look[None]:
        stats = media_stats()
        held = [f"port {one['port']}" for one in stats["ports"]["in_use"] if one["roomId"] == call.room]
        return (
            NotYet(f"{call.room} still holds {listed(held) if held else 'the room'}")
            if held or call.room in stats["rooms"]
            else Ready(None)
        )

    wait_for(f"room {call.room} freed in mediasoup", look, deadline_s=limits.call_leave_deadline_s)
    measured("room and ports freed")
