"""The peer: media over real WebRTC on loopback, and what it says when a step of joining fails."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import aioice
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection

from fixtures.limits import Limits
from fixtures.observe.media import synthetic
from fixtures.observe.media.call import two_peer_call
from fixtures.observe.media.peer import Peer, PeerSetup
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.media.playback import media_report
from fixtures.observe.media.tone import ToneMeter
from fixtures.observe.media.watch import AudioWatch, VideoWatch, watch
from fixtures.observe.signaling.own_rooms import room_name
from lab.waiting import Look, NotYet, Ready, wait_for_async
from tests.harness.stand_ins import sfu_stub
from tests.harness.stand_ins.signaling_server import PATIENT, Served, signaling_server

FRAMES, WINDOWS = 8, 3
LIMITS = Limits()


def impatient(deadline_s: float) -> Limits:
    """ICE and DTLS are waited for so long: what does not answer here never will."""
    return replace(PATIENT, transport_connect_deadline_s=deadline_s)


async def _send_to(receiver: RTCPeerConnection, sender: RTCPeerConnection) -> None:
    await sender.setLocalDescription(await sender.createOffer())
    await receiver.setRemoteDescription(sender.localDescription)
    await receiver.setLocalDescription(await receiver.createAnswer())
    await sender.setRemoteDescription(receiver.localDescription)


async def _heard(video: VideoWatch, audio: AudioWatch) -> None:
    """Let two synthetic tracks arrive over loopback until there is enough of both."""
    sender, receiver = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    readers: list[asyncio.Task[None]] = []

    def read(track: MediaStreamTrack) -> None:
        readers.append(asyncio.create_task(watch(track, video if track.kind == "video" else audio)))

    async def enough() -> Look[None]:
        there = len(video.received) >= FRAMES and len(audio.windows) >= WINDOWS
        return Ready(None) if there else NotYet(f"{len(video.received)} frames")

    receiver.on("track", read)
    sender.addTrack(synthetic.StampedVideo(3))
    sender.addTrack(synthetic.Tone(synthetic.pitch_of(3)))
    try:
        await _send_to(receiver, sender)
        await wait_for_async("media over loopback", enough, deadline_s=20)
    finally:
        await asyncio.gather(sender.close(), receiver.close())
        await asyncio.gather(*readers)


def test_stamps_and_tone_arrive_over_webrtc() -> None:
    """What one aiortc peer paints and plays, another reads: frames in order, none lost, the right pitch."""
    video, audio = VideoWatch("video/VP8"), AudioWatch("audio/opus", ToneMeter(synthetic.RATE, LIMITS))
    asyncio.run(_heard(video, audio))
    report = media_report(3, video.received, LIMITS.call_freeze_s)
    assert (report.lost, report.out_of_order, report.duplicates, video.undecodable) == (0, 0, 0, 0)
    assert report.latency_p95_ms is not None
    assert 0 < report.latency_p95_ms < LIMITS.call_latency_p95_ms
    assert sum(window.is_pitch(synthetic.pitch_of(3), LIMITS) for window in audio.windows) >= WINDOWS - 1


def _setup(served: Served, name: str = "anna") -> PeerSetup:
    return PeerSetup(served.dial, room_name(), name, sender=1)


async def _failure(peer: Peer) -> PeerError:
    with pytest.raises(PeerError) as failed:
        async with peer:
            await peer.join()
    return failed.value


@pytest.mark.parametrize(
    ("event", "step"),
    [
        ("createWebRtcTransport", "send transport: created on the SFU"),
        ("produce", "produce audio"),
        ("connectWebRtcTransport", "send transport: ICE and DTLS connected"),
    ],
)
def test_a_refused_step_is_named_with_the_reason(tmp_path: Path, event: str, step: str) -> None:
    """Where the server refuses a request the error names the step, and gives the server's words."""

    async def scenario() -> PeerError:
        refusing = sfu_stub.answers(others={event: {"error": "no free RTC port"}})
        async with signaling_server(tmp_path, refusing) as served:
            return await _failure(Peer(_setup(served)))

    error = asyncio.run(scenario())
    assert error.step == step
    assert f"signaling refused {event}: no free RTC port" in str(error)


def test_an_unanswered_candidate_is_named(tmp_path: Path) -> None:
    """Where ICE gets no answer the error says so, with the offer, the states and the steps before."""

    async def scenario() -> PeerError:
        async with signaling_server(tmp_path, sfu_stub.answers(), limits=impatient(0.5)) as served:
            return await _failure(Peer(_setup(served)))

    error = asyncio.run(scenario())
    assert error.step == "send transport: ICE and DTLS connected"
    for part in ("not within 0.5 s", "ICE checking", "udp 127.0.0.1:9 host", "pair none", "produce video ("):
        assert part in str(error)


def test_no_public_server_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ICE agent of a peer gathers from a STUN or TURN server that nobody configured."""
    asked: list[object] = []
    gather = aioice.Connection.gather_candidates

    async def recorded(agent: aioice.Connection) -> None:
        asked.append((agent.stun_server, agent.turn_server))
        await gather(agent)

    monkeypatch.setattr(aioice.Connection, "gather_candidates", recorded)

    async def scenario() -> None:
        async with signaling_server(tmp_path, sfu_stub.answers(), limits=impatient(0.2)) as served:
            await _failure(Peer(_setup(served)))

    asyncio.run(scenario())
    assert set(asked) == {(None, None)}


def test_a_candidate_name_is_dialled_at_its_override(tmp_path: Path) -> None:
    """A candidate whose host has an override is dialled there, and its own name stays on record."""

    async def scenario() -> tuple[PeerError, str]:
        async with signaling_server(
            tmp_path, sfu_stub.answers("media.test"), limits=impatient(0.3)
        ) as served:
            reach = served.dial.reach
            overrides = {**reach.overrides, "media.test": "127.0.0.9"}
            served.dial = replace(served.dial, reach=replace(reach, overrides=overrides))
            peer = Peer(_setup(served))
            error = await _failure(peer)
            ice = peer.links["send"].pc.getTransceivers()[0].sender.transport.transport
            return error, ice.getRemoteCandidates()[0].ip

    error, dialled = asyncio.run(scenario())
    assert "udp media.test:9 host (dialled at 127.0.0.9)" in str(error)
    assert dialled == "127.0.0.9"


def test_a_name_without_address_is_named(tmp_path: Path) -> None:
    """A candidate whose name does not resolve fails the step that resolves it."""

    async def scenario() -> PeerError:
        async with signaling_server(tmp_path, sfu_stub.answers("media.invalid")) as served:
            return await _failure(Peer(_setup(served)))

    assert asyncio.run(scenario()).step == "send transport: candidates resolved"


def test_a_failed_peer_leaves_nothing(tmp_path: Path) -> None:
    """When joining fails the peer still leaves: disconnected, transport closed, no decoder thread."""

    async def scenario() -> tuple[bool, str]:
        async with signaling_server(tmp_path, sfu_stub.answers(), limits=impatient(0.2)) as served:
            peer = Peer(_setup(served))
            await _failure(peer)

            async def gone() -> Look[None]:
                return Ready(None) if served.left else NotYet("the server has not seen it leave")

            await wait_for_async("the server to see it leave", gone, deadline_s=5)
            return peer.client.connected, peer.links["send"].pc.connectionState

    assert asyncio.run(scenario()) == (False, "closed")
    assert [thread.name for thread in threading.enumerate() if "decoder" in thread.name] == []


def test_a_failed_call_tells_of_both_peers(tmp_path: Path) -> None:
    """When one peer cannot join, the error notes how far the other came."""

    async def scenario() -> PeerError:
        async with signaling_server(tmp_path, sfu_stub.answers(), limits=impatient(0.2)) as served:
            with pytest.raises(PeerError, match="peer anna") as failed:
                await two_peer_call(_setup(served, "anna"), _setup(served, "berta"))
            return failed.value

    assert "meanwhile peer berta" in "".join(asyncio.run(scenario()).__notes__)
